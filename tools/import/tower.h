// A tower of a described transformer, from a method's input to its output.

#ifndef FOVEA_TOOLS_IMPORT_TOWER_H_
#define FOVEA_TOOLS_IMPORT_TOWER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/import/blocks.h"

namespace fovea::tools {

// Of a method that takes the next samples of a recording: what it keeps of those before.
struct Stream {
  int32_t dim = -1;      // that counts hops; -1: the method takes a whole recording
  uint32_t hop = 0;      // samples
  int32_t samples = -1;  // the state of samples
  int32_t frames = -1;   // the state of frames, the last of which the layers look at
  // Instead, of each convolution: how many rows before those of a run it reads, and their state.
  std::vector<uint32_t> before = {};
  std::vector<int32_t> convolved = {};
};

// What a tower's methods share.
struct TowerRoom {
  int32_t dim = -1;                 // that counts tokens, or -1
  bool tokens = false;              // the method takes what convolutions made of samples
  int32_t batch = -1;               // that counts sequences, or -1
  int32_t cache = -1;               // of tokens of earlier runs, or -1
  std::vector<LayerStates> states;  // by layer; empty: none
  std::vector<RotaryWeights> rotaries;
  Stream stream = {};
};

class TowerBuilder {
 public:
  // `path`: whose config it is, for messages.
  TowerBuilder(const TransformerSpec& spec, const TowerSpec& tower, const TowerRoom& room,
               const std::string& path, Weights& weights, MethodBuilder& method)
      : spec_(spec),
        tower_(tower),
        room_(room),
        path_(path),
        weights_(weights),
        method_(method),
        blocks_(tower.norms_of(spec), tower.width_of(spec), room.rotaries, room.cache, weights,
                method) {}

  // The method's input, through all layers.
  int32_t encode() { return layers(embed()); }
  // What the first layer takes, of the next samples of a stream: `features`.
  void convolve_stream();
  // The last norm and what follows it for all that the tower gives out.
  int32_t ending(int32_t x);
  // What another tower made in this method, at its ending, is what the layers look at, and its
  // input what is restored.
  void read(int32_t encoded, const TowerBuilder& encoder);
  // Stores what this tower made for the attentions of another, the decoder.
  void store_encoded(int32_t x, const LayersSpec& decoder, const std::vector<LayerStates>& states);
  // The method's output: of all tokens, or, of each sequence, of the last one.
  void finish(int32_t x, bool last_only);
  // The outputs that the tower has by name.
  void finish_named(int32_t x);

 private:
  int32_t embed();
  bool is_head(const std::string& embedding) const;
  uint32_t embedding_width() const {
    return tower_.embedding.width > 0 ? tower_.embedding.width : width();
  }
  uint32_t width() const { return tower_.width_of(spec_); }
  int32_t head(int32_t x);
  // The scale and the soft cap of logits, around what makes them.
  int32_t before_logits(int32_t x);
  int32_t after_logits(int32_t x);
  int32_t step(int32_t x, const StepSpec& step);
  int32_t join(int32_t x, const StepSpec& step);
  int32_t unit(int32_t x);
  int32_t probe(int32_t x, const StepSpec& step);
  int32_t join_stages(const StagesSpec& spec);
  int32_t embed_input();
  int32_t embed_tiles(int32_t x);
  int32_t cut_image();
  int32_t input(schema::DType type, Shape shape);
  int32_t project_frames(int32_t x);
  int32_t front_end(Extent tokens);
  int32_t layers(int32_t x);
  int32_t convolve(int32_t taken, int32_t x);
  int32_t convolve_frames(int32_t x, const FrameConvolution& convolution);
  int32_t norm_tokens(int32_t x, const FrameConvolution& c);

  const TransformerSpec& spec_;
  const TowerSpec& tower_;
  const TowerRoom& room_;
  const std::string& path_;
  Weights& weights_;
  MethodBuilder& method_;
  BlockBuilder blocks_;
  int32_t taken_ = -1;                              // the method's input
  const schema::GroupNormT* taken_norm_ = nullptr;  // of that, or null
  std::vector<int32_t> stages_;                     // what convolutions between layers took
  std::map<std::string, int32_t> made_;  // outputs by name; the last norm's is the empty one
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TOWER_H_
