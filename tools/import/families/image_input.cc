#include "tools/import/families/image_input.h"

#include <optional>

#include "runtime/layout.h"
#include "tools/checkpoint/beside.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr uint32_t kMostSide = 1u << 12;  // as operators allow
constexpr uint32_t kMostChannels = 64;

struct Size {
  uint32_t height = 0, width = 0;
  bool operator==(const Size&) const = default;
};

bool is_side(const json& value) {
  return value.is_number_unsigned() && value >= 1 && value <= kMostSide;
}

// A number, a pair, or an object of height and width; nothing where only an edge is named.
std::optional<Size> read_size(const Config& config, const char* key) {
  const json& value = config.at(key);
  if (is_side(value)) return Size{value, value};
  if (value.is_array() && value.size() == 2 && is_side(value[0]) && is_side(value[1])) {
    return Size{value[0], value[1]};
  }
  if (value.is_object() && is_side(value.value("height", json())) &&
      is_side(value.value("width", json())) && value.size() == 2) {
    return Size{value["height"], value["width"]};
  }
  if (value.is_object() && value.size() == 1 && is_side(value.value("shortest_edge", json()))) {
    return {};
  }
  fail("{}: the config says {} is {}; it must be a height and a width of at most {}", config.path(),
       config.name(key), show_json(value), kMostSide);
}

uint32_t read_square(const Config& config, const char* key) {
  const std::optional<Size> size = read_size(config, key);
  if (size && size->height == size->width) return size->height;
  fail("{}: the config says {} is {}; squares can be converted", config.path(), config.name(key),
       show_json(config.at(key)));
}

// Image processors of transformers that resize, cut and normalise, in this order, by what their
// configs leave out.
struct PictureClass {
  const char* name;
  bool square;  // a size of one number is that of both sides, otherwise of the shorter one
  schema::Filter filter;
  bool crops;
};
constexpr PictureClass kClasses[] = {{"ViT", true, schema::Filter::Bilinear, false},
                                     {"DeiT", true, schema::Filter::Bicubic, true},
                                     {"Beit", true, schema::Filter::Bicubic, false},
                                     {"CLIP", false, schema::Filter::Bicubic, true},
                                     {"Bit", false, schema::Filter::Bicubic, true},
                                     {"Siglip", false, schema::Filter::Bicubic, false},
                                     {"DINOv3ViT", true, schema::Filter::Bilinear, false},
                                     {"Segformer", true, schema::Filter::Bilinear, false}};

// What an image processor says, if one is there.
class Processor {
 public:
  explicit Processor(const Checkpoint& checkpoint) {
    values_ = read_beside(checkpoint, "preprocessor_config.json", &path_);
    if (!values_.empty()) return;
    const json all = read_beside(checkpoint, "processor_config.json", &path_);
    if (all.contains("image_processor")) values_ = all.at("image_processor");
  }

  bool is_there() const { return !values_.empty(); }
  const std::string& path() const { return path_; }

  // The size of what it makes, or of what the config says where its results vary in size.
  Size size(const Size& otherwise) const {
    const Config config(values_, path_);
    if (config.flag("do_center_crop", config.has("crop_size"))) {
      return config.has("crop_size") ? read_size(config, "crop_size").value_or(otherwise)
                                     : otherwise;
    }
    const bool resizes = config.flag("do_resize", true) && config.has("size");
    return resizes ? read_size(config, "size").value_or(otherwise) : otherwise;
  }

  // What it does with a picture before that; nothing where it is of a class that is not known to do
  // just that.
  std::optional<schema::PictureT> recipe() const {
    const Config config(values_, path_);
    const PictureClass* of = find_class();
    const bool resizes = config.flag("do_resize", true);
    if (of == nullptr || (resizes && !config.has("size")) || config.has("crop_pct") ||
        config.has("size_divisor")) {
      return {};
    }
    schema::PictureT made;
    made.crops = config.flag("do_center_crop", of->crops);
    if (made.crops && !config.has("crop_size")) return {};
    if (!resizes) return made;
    made.filter = of->filter;
    if (config.has("resample")) {
      const json& filter = config.at("resample");
      if (!filter.is_number_unsigned() || filter > static_cast<uint32_t>(schema::Filter::MAX)) {
        return {};
      }
      made.filter = static_cast<schema::Filter>(filter.get<uint32_t>());
    }
    const json& size = config.at("size");
    const bool edge =
        size.is_object() ? size.contains("shortest_edge") : size.is_number() && !of->square;
    const std::optional<Size> exact = read_size(config, "size");
    made.resize = edge ? schema::Resize::ShortestEdge : schema::Resize::Exact;
    made.height = size.is_object() && edge ? size["shortest_edge"].get<uint32_t>() : exact->height;
    made.width = edge ? 0 : exact->width;
    return made;
  }

  // (pixel * factor - mean) / deviation, by channel.
  void read_pixels(const char* family, EmbeddingSpec& e) const {
    const Config config(values_, path_);
    const double factor =
        config.flag("do_rescale", true) ? config.positive("rescale_factor", 1.0 / 255) : 1;
    const bool normalizes = config.flag("do_normalize", true);
    const std::vector<double> means = numbers(config, "image_mean", normalizes, 0, e);
    const std::vector<double> deviations = numbers(config, "image_std", normalizes, 1, e);
    for (uint32_t c = 0; c < e.image.channels; ++c) {
      if (!(deviations[c] > 0)) fail("{}: image_std must be above 0", path_);
      e.pixel_scales.push_back(static_cast<float>(factor / deviations[c]));
      e.pixel_offsets.push_back(static_cast<float>(-means[c] / deviations[c]));
    }
    for (const char* key : {"do_flip_channel_order", "do_pad", "do_grayscale"}) {
      config.expect(key, false);
    }
    // What images go through before they have the model's size, and where to.
    config.skip({"_processor_class",  "_valid_processor_keys",
                 "crop_pct",          "crop_size",
                 "data_format",       "device",
                 "disable_grouping",  "do_center_crop",
                 "do_convert_rgb",    "do_reduce_labels",
                 "do_resize",         "feature_extractor_type",
                 "image_mean",        "image_processor_type",
                 "image_seq_length",  "image_std",
                 "input_data_format", "processor_class",
                 "reduce_labels",     "resample",
                 "return_tensors",    "size",
                 "size_divisor"});
    config.expect_all_read(family);
  }

 private:
  // By its name, whatever transformers' version adds to it.
  const PictureClass* find_class() const {
    std::string name;
    for (const char* key : {"feature_extractor_type", "image_processor_type"}) {
      if (values_.contains(key) && values_[key].is_string()) name = values_[key];
    }
    for (const char* end : {"Fast", "Pil", "ImageProcessor", "FeatureExtractor"}) {
      if (name.ends_with(end)) name.resize(name.size() - std::string_view(end).size());
    }
    for (const PictureClass& one : kClasses) {
      if (name == one.name) return &one;
    }
    return nullptr;
  }

  std::vector<double> numbers(const Config& config, const char* key, bool wanted, double otherwise,
                              const EmbeddingSpec& e) const {
    const uint32_t channels = e.image.channels;
    if (!wanted) return std::vector<double>(channels, otherwise);
    const std::vector<double> all = config.numbers(key);
    if (all.size() == channels) return all;
    fail("{}: {} has {} numbers; images have {} channels", path_, key, all.size(), channels);
  }

  json values_;
  std::string path_;
};

// Of a convolution's [outputs, channels, side, side], as a patch has its pixels.
View patch_view(const schema::PatchesT& image) {
  const uint32_t area = image.patch * image.patch;
  View view = {.inner = {image.channels, image.patch, image.patch}};
  for (uint32_t pixel = 0; pixel < area; ++pixel) {
    for (uint32_t c = 0; c < image.channels; ++c) view.columns.push_back(c * area + pixel);
  }
  return view;
}

Size image_size(const Config& config, const Processor& processor, const ImageForm& form,
                const Size& said) {
  const Size made = processor.is_there() ? processor.size(said) : said;
  if (made == said || form.stretches) return made;
  fail(
      "{}: makes images of {} x {}, the config says image_size is {}; one of them is "
      "wrong",
      processor.path(), made.height, made.width, show_json(config.at("image_size")));
}

// Images of this size, cut into patches of `side` pixels; what a processor does with them.
void set_image(const Config& config, const Processor& processor, const char* family,
               const Size& size, uint32_t side, EmbeddingSpec& e) {
  e.kind = EmbeddingSpec::kPatches;
  e.input = "pixels";
  e.image.height = size.height;
  e.image.width = size.width;
  e.image.channels = config.count("num_channels", 3);
  e.image.patch = side;
  if (side > size.height || side > size.width || e.image.channels > kMostChannels ||
      uint64_t{side} * side * e.image.channels > kMaxExtent) {
    fail(
        "{}: patches of {} x {} pixels and the config's num_channels of {} fit no image of {} x {}",
        config.path(), side, side, e.image.channels, size.height, size.width);
  }
  if (!processor.is_there()) return;
  e.picture = processor.recipe();
  processor.read_pixels(family, e);
}

}  // namespace

void read_pixels(const Config& config, const Checkpoint& checkpoint, const char* family,
                 EmbeddingSpec& e) {
  const Processor processor(checkpoint);
  Size size;
  if (config.has("image_size")) size = read_size(config, "image_size").value_or(size);
  if (processor.is_there()) size = processor.size(size);
  if (size == Size()) {
    fail("{}: neither image_size nor an image processor beside it says the size of images",
         config.path());
  }
  set_image(config, processor, family, size, 1, e);
}

uint32_t read_image_input(const Config& config, const Checkpoint& checkpoint, const ImageForm& form,
                          const std::string& convolution, const std::string& table,
                          EmbeddingSpec& e) {
  const Processor processor(checkpoint);
  const std::optional<Size> said = read_size(config, "image_size");
  if (!said) fail("{}: the config's image_size must be a height and a width", config.path());
  const Size size = image_size(config, processor, form, *said);
  const uint32_t side = read_square(config, "patch_size");
  set_image(config, processor, form.family, size, side, e);
  e.name = convolution;
  const Grid trained = {said->height / side, said->width / side};
  const Grid grid = {size.height / side, size.width / side};
  if (trained.patches() == 0) {
    fail("{}: the config's patch_size of {} fits no image of its image_size", config.path(), side);
  }
  e.patch_view = patch_view(e.image);
  if (!table.empty()) {
    e.positions = {PositionsSpec::kLearned, table};
    e.positions.first = form.positions;
    e.positions.rows = form.positions + trained.lines * trained.columns;
    if (grid != trained) {
      e.positions.from = trained;
      e.positions.to = grid;
    }
  }
  return grid.patches();
}

}  // namespace fovea::tools
