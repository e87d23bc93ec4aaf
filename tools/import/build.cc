#include "tools/import/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tools/common/error.h"
#include "tools/import/room.h"
#include "tools/import/tower.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kUsualTokens = 64;     // maximum of tokens in a run, unless asked otherwise
constexpr uint32_t kMostRows = 1u << 30;  // of a run
constexpr uint32_t kMostHops = 1u << 12;  // the same, of a stream

class Builder {
 public:
  Builder(TransformerSpec& spec, const std::string& path, Graph& graph, Room& room,
          Weights& weights)
      : spec_(spec), path_(path), graph_(graph), room_(room), weights_(weights) {}

  void check() {
    for (const TowerSpec* tower : towers()) expect_tower(*tower);
    for (auto* tower : {&spec_.encoder, &spec_.decoder}) {
      if (*tower) settle_tie(**tower);
    }
  }

  // Dims, for so many sequences.
  void take_room(uint32_t sequences) {
    sequences_ = sequences;
    if (spec_.encoder) {
      hops_ = take_hops(*spec_.encoder);
      encoded_tokens_ = add_encoder_dim(*spec_.encoder);
    }
    if (!writes()) return;
    limit_sight(spec_.decoder->layers);
    context_ = add_decoder_dim(*spec_.decoder);
  }

  // Caches and rotary embeddings; `batch` counts the sequences, or is -1.
  void fill_room(int32_t batch) {
    encoder_.batch = decoder_.batch = batch;
    if (!writes()) {
      encoder_.rotaries = decoder_.rotaries = add_rotaries(encoded_tokens_);
      return;
    }
    if (spec_.encoder) {
      const auto before = static_cast<uint32_t>(spec_.encoder->embedding.prefix.size());
      encoded_ = room_.add_cache("cross", encoded_tokens_ + before);
    }
    decoder_.cache = static_cast<int32_t>(room_.add_cache(spec_.encoder ? "self" : "kv", context_));
    add_states(spec_.decoder->layers);
    decoder_.rotaries = add_rotaries(context_);
    if (spec_.encoder) encoder_.rotaries = decoder_.rotaries;
  }

  void add_methods() {
    if (spec_.together) return add_together();
    if (writes()) return add_decoder();
    if (hops_ == 0) return add_encoder();
    if (spec_.encoder->embedding.convolutions.empty()) return add_stream();
    add_stream_of_convolutions();
    encoder_.tokens = true;
    add_encoder();
  }

  void ignore_unneeded() {
    for (const auto& [copy, of] : spec_.copies) expect_copy(copy, of);
    for (const std::string& prefix : spec_.ignored) weights_.ignore_prefix(prefix);
    for (const TowerSpec* tower : towers()) {
      for (uint32_t i = 0; i < tower->layers.count; ++i) {
        const std::string layer = tower->layers.name(i);
        for (const std::string& name : tower->layers.ignored) weights_.ignore(layer + name);
      }
    }
  }

 private:
  // Whether there is a decoder that makes one token after another.
  bool writes() const { return spec_.decoder && !spec_.together; }

  std::vector<const TowerSpec*> towers() const {
    std::vector<const TowerSpec*> all;
    if (spec_.encoder) all.push_back(&*spec_.encoder);
    if (spec_.decoder) all.push_back(&*spec_.decoder);
    return all;
  }

  // What everything else is built from: no config makes more of it than the checkpoint has.
  void expect_tower(const TowerSpec& tower) const {
    const EmbeddingSpec& e = tower.embedding;
    if (e.kind == EmbeddingSpec::kTokens) {
      weights_.expect_matrix(e.name + ".weight", e.rows,
                             e.width > 0 ? e.width : tower.width_of(spec_));
    }
    if (tower.layers.shared.empty())
      weights_.expect_layers(tower.layers.prefix, tower.layers.count, tower.layers.key);
    const AttentionSpec* a = tower.layers.attention(0, Sight::kPast);
    if (a == nullptr) return;
    const auto expect = [&](const LinearSpec& linear, uint32_t heads) {
      weights_.expect_matrix(linear.full_name(tower.layers.name(0)) + ".weight",
                             heads * a->heads.key_width, tower.width_of(spec_), linear.view);
    };
    expect(a->query, a->heads.count);
    expect(a->key, a->heads.kv_count);
  }

  void settle_tie(TowerSpec& tower) {
    if (tower.head.tie != HeadSpec::kUnlessStored) return;
    const std::string head = tower.head.linear.name + ".weight";
    const std::string embedding = tower.embedding.name + ".weight";
    const bool tied = weights_.implied_by(head, embedding);
    tower.head.tie = tied ? HeadSpec::kTied : HeadSpec::kApart;
    if (tied) return;
    graph_.notes.push_back(fmt::format(
        "{}: the config says tie_word_embeddings is true, but {} differs from {}; both are used",
        path_, head, embedding));
  }

  void expect_copy(const std::string& copy, const std::string& of) {
    if (weights_.implied_by(copy, of)) return;
    fail("{}: tensor {} holds other numbers than {}, which the architecture has them share", path_,
         copy, of);
  }

  std::vector<RotaryWeights> add_rotaries(uint32_t context) {
    std::vector<RotaryWeights> made;
    for (const RotarySpec& rotary : spec_.rotaries) {
      made.push_back(add_rotary(rotary, made.size(), context, path_, weights_, graph_));
    }
    return made;
  }

  // Hops that a run of a stream takes at most; 0: there is no method for streams.
  uint32_t take_hops(const TowerSpec& tower) {
    const EmbeddingSpec& e = tower.embedding;
    if (!e.front.samples && e.input != "samples") return 0;
    const uint32_t hops = room_.take("hops", 0, kMostHops);
    if (hops == 0) return 0;
    const auto refuse = [&](const std::string& why) {
      throw UsageError(fmt::format("--max hops={}: {}; no stream can be converted", hops, why));
    };
    if (e.front.norm) refuse("the extractor norms a whole recording (do_normalize)");
    bool fills = false;
    for (const FrameConvolution& c : e.convolutions) {
      if (c.norm_groups > 0) refuse(c.norm + " is over a whole recording");
      fills = fills || c.form.before > 0 || c.form.after > 0;
    }
    const schema::SpectrumT& s = e.front.spectrum;
    const bool convolves = !e.convolutions.empty() && !fills && e.front.bins == 0;
    const bool slides = e.front.bins > 0 && !e.front.range && s.before == 0 && s.after == 0;
    if (spec_.decoder || !(convolves || (slides && tower.dim.empty()))) {
      refuse("extractor and layers look at a whole recording");
    }
    return hops;
  }

  uint32_t add_encoder_dim(TowerSpec& tower) {
    const EmbeddingSpec& e = tower.embedding;
    if (tower.dim.empty()) return e.made_of(tower.tokens);
    if (hops_ > 0) {
      const uint32_t most = e.made_of(tower.tokens);
      const uint32_t usual = tower.usual > 0 ? e.made_of(tower.usual) : most;
      const uint32_t tokens = room_.take("tokens", usual, most);
      encoder_.dim = room_.add_dim("tokens", tokens);
      return tokens;
    }
    const uint32_t all = tower.embedding.apart() ? tower.tokens : of_all(tower.tokens);
    const uint32_t usual = tower.usual > 0 ? std::min(of_all(tower.usual), all) : all;
    const uint32_t tokens = room_.take(tower.dim, usual, all);
    const uint32_t longest = std::min(tokens, tower.tokens);
    graph_.limits[tower.dim] = std::min(tower.tokens, longest_alike(longest));
    if (tower.embedding.tiles.ends) {
      // Tiles are of as many lines as a run may have; no plan can make others.
      tower.embedding.set_lines(longest);
      graph_.limits[tower.dim] = std::min(tower.tokens, tower.embedding.tiles.lines);
    }
    encoder_.dim = room_.add_dim(tower.dim, tokens);
    return tower.embedding.made_of(longest);
  }

  // Tokens look at as many keys and at as many first ones as the user asked for, at most.
  void limit_sight(LayersSpec& layers) {
    const uint32_t window = room_.take("window", 0, kMostRows);
    const uint32_t kept = room_.take("kept", 0, kMostRows);
    if (kept > 0 && window == 0) {
      throw UsageError(
          fmt::format("--max kept={}: first keys are kept beside a window: give "
                      "--max window=N, too",
                      kept));
    }
    if (window == 0) return;
    for (LayerSpec& layer : layers.pattern) {
      for (BlockSpec& block : layer) {
        auto* attention = std::get_if<AttentionSpec>(&block.part);
        if (attention == nullptr || attention->sight != Sight::kPast) continue;
        if (attention->window == 0 || window < attention->window) attention->window = window;
        attention->kept = kept;
      }
    }
  }

  // Tokens of all sequences, where each has so many.
  uint32_t of_all(uint32_t tokens) const {
    return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{tokens} * sequences_, kMostRows));
  }

  // Whether a sequence may go on past the positions that the config promises: windows bound every
  // distance but those of kept keys, and one table of frequencies serves any length.
  bool is_endless(const LayersSpec& layers) const {
    bool windows = !spec_.rotaries.empty();
    for (const RotarySpec& rotary : spec_.rotaries) {
      const RotaryType type = rotary.settings.type;
      windows = windows && type != RotaryType::kDynamic && type != RotaryType::kLongRope;
    }
    for (uint32_t i = 0; i < layers.count; ++i) {
      const AttentionSpec* attention = layers.attention(i, Sight::kPast);
      windows = windows && attention != nullptr && attention->window > 0;
    }
    return windows;
  }

  // The longest sequence that all rotary embeddings allow; kMostRows without one.
  uint32_t longest() const {
    uint32_t most = kMostRows;
    for (const RotarySpec& r : spec_.rotaries) most = std::min(most, r.settings.longest());
    return most;
  }

  // The longest context that has the tables of this one: `fovea plan` cannot make others.
  uint32_t longest_alike(uint32_t context) const {
    uint32_t most = kMostRows;
    for (const RotarySpec& r : spec_.rotaries) {
      most = std::min(most, r.settings.longest_alike(context));
    }
    return most;
  }

  // Returns the context.
  uint32_t add_decoder_dim(const TowerSpec& tower) {
    const bool endless = is_endless(tower.layers);
    const bool turns = !spec_.rotaries.empty();
    const uint32_t most = endless ? static_cast<uint32_t>(kMostAngle)
                          : turns ? longest()
                                  : std::max(tower.tokens, tower.longest);
    const uint32_t context = room_.take("context", tower.tokens, most);
    if (turns) graph_.limits["context"] = endless ? most : longest_alike(context);
    // At least one token of every sequence.
    const uint32_t usual = std::max(std::min(kUsualTokens, context), sequences_);
    const uint32_t tokens = room_.take(tower.dim, usual, of_all(context));
    decoder_.dim = room_.add_dim(tower.dim, tokens);
    return context;
  }

  void add_states(const LayersSpec& layers) {
    for (uint32_t i = 0; i < layers.count; ++i) {
      const std::string name = std::to_string(i);
      LayerStates states;
      if (const auto* a = layers.attention(i, Sight::kEncoder)) {
        states.encoder = room_.add_states("cross." + name, encoded_, a->heads);
      }
      if (const auto* a = layers.attention(i, Sight::kPast)) {
        const uint32_t cache = static_cast<uint32_t>(decoder_.cache);
        states.past = room_.add_states(spec_.encoder ? "self." + name : name, cache, a->heads);
      }
      decoder_.states.push_back(states);
    }
  }

  void add_encoder() {
    const bool named = !spec_.encoder->outputs.empty();
    const std::string name = !spec_.method.empty() ? spec_.method : named ? "encode" : "forward";
    MethodBuilder method(graph_, name, encoder_.batch);
    TowerBuilder tower(spec_, *spec_.encoder, encoder_, path_, weights_, method);
    const int32_t x = tower.encode();
    named ? tower.finish_named(x) : tower.finish(x, /*last_only=*/false);
    method.finish();
  }

  void add_together() {
    MethodBuilder method(graph_, spec_.method, encoder_.batch);
    TowerBuilder encoder(spec_, *spec_.encoder, encoder_, path_, weights_, method);
    const int32_t encoded = encoder.ending(encoder.encode());
    TowerBuilder decoder(spec_, *spec_.decoder, decoder_, path_, weights_, method);
    decoder.read(encoded, encoder);
    decoder.finish_named(decoder.encode());
    method.finish();
  }

  // Instead: what that makes of the last window, of which a run gets the newest samples alone.
  void add_stream() {
    const EmbeddingSpec& e = spec_.encoder->embedding;
    TowerRoom room = encoder_;
    Stream& stream = room.stream;
    stream.dim = room_.add_dim("hops", hops_);
    stream.hop = e.front.spectrum.stride;
    const uint32_t samples = room_.add_stream_cache("samples");
    const uint32_t frames = room_.add_stream_cache("frames");
    stream.samples = room_.add_rows("samples", samples, stream.hop);
    stream.frames = room_.add_rows("frames", frames, e.rows);
    MethodBuilder method(graph_, "next", room.batch);
    TowerBuilder tower(spec_, *spec_.encoder, room, path_, weights_, method);
    const int32_t x = tower.encode();
    spec_.encoder->outputs.empty() ? tower.finish(x, /*last_only=*/false) : tower.finish_named(x);
    const auto dim = static_cast<uint32_t>(stream.dim);
    for (const uint32_t cache : {samples, frames}) {
      method.update(cache, schema::UpdateMode::Append, dim);
    }
    method.finish();
  }

  // The tokens that convolutions make of a recording, as its samples come; a token each hop.
  // Windows begin where those of the whole recording do, so that a convolution reads more rows than
  // a window of its overlaps the next one where the rows themselves come late.
  void add_stream_of_convolutions() {
    const std::vector<FrameConvolution>& all = spec_.encoder->embedding.convolutions;
    TowerRoom room = encoder_;
    room.dim = -1;
    Stream& stream = room.stream;
    uint64_t hop = 1;
    for (const FrameConvolution& c : all) hop = std::min<uint64_t>(hop * c.form.stride, kMostRows);
    const auto refuse = [&](const char* why) {
      throw UsageError(fmt::format("--max hops={}: {}", hops_, why));
    };
    if (hop * hops_ > kMostRows) refuse("a run would have too many samples");
    stream.hop = static_cast<uint32_t>(hop);
    stream.dim = room_.add_dim("hops", hops_);
    const uint32_t cache = room_.add_stream_cache("convolved");
    uint32_t late = 0;  // rows
    for (const FrameConvolution& c : all) {
      const uint32_t reach = c.form.dilation * (c.form.taps - 1) + 1, stride = c.form.stride;
      uint32_t before = reach > stride ? reach - stride : 0;
      before += (stride - (late + before) % stride) % stride;
      if (before >= reach)
        refuse("convolutions that leave out rows cannot be converted to a stream");
      late = (late + before) / stride;
      const std::string name = "convolved." + std::to_string(stream.before.size());
      if (hop * c.columns > kMostRows) refuse("a hop would have too many numbers");
      const auto width = static_cast<uint32_t>(hop * c.columns);
      stream.before.push_back(before);
      stream.convolved.push_back(before > 0 ? room_.add_rows(name, cache, width) : -1);
      hop /= stride;
    }
    MethodBuilder method(graph_, "next", room.batch);
    TowerBuilder(spec_, *spec_.encoder, room, path_, weights_, method).convolve_stream();
    method.update(cache, schema::UpdateMode::Append, static_cast<uint32_t>(stream.dim));
    method.finish();
    graph_.notes.push_back(
        fmt::format("next gives {} tokens of what was before a recording; encode takes those "
                    "behind them",
                    late));
  }

  void add_decoder() {
    if (spec_.encoder) {
      add_encode();
      add_decode("decode", /*last_only=*/false);
    } else {
      add_decode("forward", /*last_only=*/false);
      add_decode("next", /*last_only=*/true);
    }
  }

  void add_encode() {
    MethodBuilder method(graph_, "encode", encoder_.batch);
    TowerBuilder tower(spec_, *spec_.encoder, encoder_, path_, weights_, method);
    const int32_t x = tower.ending(tower.encode());
    tower.store_encoded(x, spec_.decoder->layers, decoder_.states);
    const Extent tokens = method.extent_from_end(x, 1);
    const int32_t dim =
        tokens.dim < 0 ? room_.constant_dim(decoder_.dim, tokens.count) : tokens.dim;
    method.update(encoded_, schema::UpdateMode::Replace, static_cast<uint32_t>(dim));
    method.finish();
  }

  // Everything up to the logits: of all tokens, or of each sequence's last.
  void add_decode(const char* name, bool last_only) {
    MethodBuilder method(graph_, name, decoder_.batch);
    TowerBuilder tower(spec_, *spec_.decoder, decoder_, path_, weights_, method);
    tower.finish(tower.encode(), last_only);
    method.update(static_cast<uint32_t>(decoder_.cache), schema::UpdateMode::Append,
                  static_cast<uint32_t>(decoder_.dim));
    method.finish();
  }

  TransformerSpec& spec_;
  const std::string& path_;
  Graph& graph_;
  Room& room_;
  Weights& weights_;
  TowerRoom encoder_, decoder_;
  uint32_t sequences_ = 1;
  uint32_t encoded_tokens_ = 0, context_ = 0;
  uint32_t encoded_ = 0;  // the cache of what the encoder made
  uint32_t hops_ = 0;     // of a run of a stream, or 0
};

}  // namespace

const AttentionSpec* LayersSpec::attention(uint32_t index, Sight sight) const {
  for (const BlockSpec& block : at(index)) {
    const auto* attention = std::get_if<AttentionSpec>(&block.part);
    if (attention != nullptr && attention->sight == sight) return attention;
  }
  return nullptr;
}

Graph build_transformer(TransformerSpec spec, const Checkpoint& checkpoint, const Maxima& maxima,
                        const char* family) {
  Graph graph;
  Room room(maxima, graph);
  Weights weights(checkpoint, graph, spec.base, spec.stored_base);
  std::vector<Builder> builders;
  builders.emplace_back(spec, checkpoint.path, graph, room, weights);
  for (TransformerSpec& other : spec.others) {
    builders.emplace_back(other, checkpoint.path, graph, room, weights);
  }
  for (Builder& builder : builders) builder.check();
  const uint32_t sequences = room.take_batch();
  for (Builder& builder : builders) builder.take_room(sequences);
  const int32_t batch = room.add_batch();
  room.expect_all_taken();
  for (Builder& builder : builders) builder.fill_room(batch);
  for (Builder& builder : builders) builder.add_methods();
  graph.model.labels = spec.labels;
  graph.model.label_function = spec.label_function;
  graph.model.tokenizers = std::move(spec.tokenizers);
  graph.model.audio = std::move(spec.audio);
  graph.filled = spec.filled;
  if (spec.encoder && spec.encoder->embedding.picture) {
    graph.model.picture = std::make_unique<schema::PictureT>(*spec.encoder->embedding.picture);
  }
  for (Builder& builder : builders) builder.ignore_unneeded();
  weights.expect_all_used(family);
  return graph;
}

}  // namespace fovea::tools
