#include "tools/measure/samples.h"

#include <algorithm>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npz.h"
#include "tools/common/printable.h"
#include "tools/session/dropout.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 33;

std::vector<fovea_tensor> inputs_of(const ModelFile& file, uint32_t method) {
  std::vector<fovea_tensor> inputs;
  for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
    const fovea_tensor tensor = file.check(file.model().input(method, i));
    if (!is_dropout(tensor)) inputs.push_back(tensor);
  }
  return inputs;
}

// An array of one sample, or of `count`.
struct Stack {
  std::string name;
  Npy npy;
  uint64_t count = 1;
  bool stacked = false;

  Npy at(uint64_t sample) const {
    if (!stacked) return npy;
    Npy one = {npy.type, {npy.shape.begin() + 1, npy.shape.end()}, {}};
    const auto bytes = static_cast<ptrdiff_t>(npy.data.size() / count);
    const auto first = npy.data.begin() + bytes * static_cast<ptrdiff_t>(sample);
    one.data.assign(first, first + bytes);
    return one;
  }
};

class Reader {
 public:
  Reader(const ModelFile& file, const MappedFile& samples) : file_(file), samples_(samples) {}

  std::vector<Sample> archive() {
    const Npz npz(samples_.bytes(), samples_.path());
    std::vector<std::vector<Stack>> stacks(file_.model().method_count());
    std::vector<std::string> left = npz.keys();
    for (uint32_t m = 0; m < stacks.size(); ++m) read_method(npz, m, &stacks[m], &left);
    if (!left.empty()) {
      fail("{}: has {}, which is no input of a method that has all of its inputs there",
           samples_.path(), printable(left.front()));
    }
    return samples(stacks);
  }

  std::vector<Sample> array() {
    std::vector<std::vector<Stack>> stacks(file_.model().method_count());
    for (uint32_t m = 0; m < stacks.size(); ++m) {
      const auto inputs = inputs_of(file_, m);
      if (inputs.size() != 1) continue;
      stacks[m].push_back(stack(samples_.bytes(), samples_.path(), inputs[0]));
      return samples(stacks);  // others that take the same would see the same
    }
    fail("{}: is one array, and no method has one input: give a .npz file", samples_.path());
  }

 private:
  static std::string key_of(const Npz& npz, const std::string& method, const std::string& name) {
    return npz.has(method + "." + name) ? method + "." + name : npz.has(name) ? name : "";
  }

  Stack stack(std::span<const uint8_t> bytes, const std::string& name,
              const fovea_tensor& input) const {
    const auto type = static_cast<fovea_type>(input.type);
    Stack made = {input.name, parse_npy(bytes, name, type, fmt::format("input '{}'", input.name))};
    made.stacked = made.npy.shape.size() == input.rank + 1;
    if (made.stacked) made.count = made.npy.shape[0];
    if (made.count == 0) fail("{}: has no samples", name);
    DimValues(file_).infer(input, made.at(0), name);  // its shape
    return made;
  }

  void read_method(const Npz& npz, uint32_t method, std::vector<Stack>* stacks,
                   std::vector<std::string>* left) {
    const auto inputs = inputs_of(file_, method);
    const std::string name = file_.method_name(method);
    const auto missing = [&](const fovea_tensor& input) {
      return key_of(npz, name, input.name).empty();
    };
    if (inputs.empty() || std::any_of(inputs.begin(), inputs.end(), missing)) return;
    for (const fovea_tensor& input : inputs) {
      const std::string key = key_of(npz, name, input.name);
      const std::vector<uint8_t> bytes = npz.read(key, kMostBytes);
      stacks->push_back(stack(bytes, samples_.path() + ":" + key, input));
      std::erase(*left, key);
    }
  }

  std::vector<Sample> samples(const std::vector<std::vector<Stack>>& stacks) const {
    uint64_t count = 1;
    for (const auto& method : stacks) {
      for (const Stack& one : method) {
        if (!one.stacked || one.count == count) continue;
        if (count != 1)
          fail("{}: {} has {} samples, others have {}", samples_.path(), one.name, one.count,
               count);
        count = one.count;
      }
    }
    std::vector<Sample> made(count);
    for (uint64_t i = 0; i < count; ++i) {
      for (uint32_t m = 0; m < stacks.size(); ++m) {
        if (stacks[m].empty()) continue;
        SampleRun run = {m, {}};
        for (const Stack& one : stacks[m]) run.inputs.push_back({one.name, one.at(i)});
        made[i].push_back(std::move(run));
      }
    }
    return made;
  }

  const ModelFile& file_;
  const MappedFile& samples_;
};

// What NumPy's files of one array begin with.
bool looks_like_npy(std::span<const uint8_t> bytes) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

}  // namespace

Samples::Samples(const ModelFile& file, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const MappedFile samples(path);
    const auto bytes = samples.bytes();
    Reader reader(file, samples);
    std::vector<Sample> more =
        looks_like_zip(bytes) ? reader.archive()
        : looks_like_npy(bytes)
            ? reader.array()
            : text_samples(file, samples.path(), std::string(bytes.begin(), bytes.end()));
    for (Sample& sample : more) all_.push_back(std::move(sample));
  }
}

void run_sample(const ModelFile& file, const Session& session, const Sample& sample,
                const std::function<void(const SampleRun&)>& after) {
  for (uint32_t i = 0; i < file.tables().sequences(); ++i) file.check(session.reset(i));
  for (const SampleRun& run : sample) {
    DimValues dims(file);
    for (const auto& [name, npy] : run.inputs) {
      for (const fovea_tensor& tensor : inputs_of(file, run.method)) {
        if (tensor.name == name) dims.infer(tensor, npy, "a sample");
      }
    }
    dims.apply(session);
    set_pass(file, session, run.method, Pass());
    for (const auto& [name, npy] : run.inputs) {
      const std::vector<uint32_t> extents(npy.shape.begin(), npy.shape.end());
      fovea_error error = {};
      const fovea_code code = fovea_set_input(session.get(), run.method, name.c_str(), npy.type,
                                              static_cast<uint32_t>(extents.size()), extents.data(),
                                              npy.data.data(), &error);
      if (code != FOVEA_OK) file.throw_error(Error(error));
    }
    file.check(session.method(run.method).run());
    if (after) after(run);
  }
}

}  // namespace fovea::tools
