// Opening takes time linear in the bytes of a header, though parts of it stand in many places.

#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/runtime/open_seconds.h"

namespace fovea::test {
namespace {

using schema::Attributes;

// A file around a header that is written part by part, so that parts can be shared.
Image shared(
    const std::function<void(flatbuffers::FlatBufferBuilder&, schema::ModelBuilder*)>& fill,
    const std::function<void(flatbuffers::FlatBufferBuilder&)>& before) {
  flatbuffers::FlatBufferBuilder builder;
  before(builder);
  schema::ModelBuilder model(builder);
  model.add_format(kFormatVersion);
  model.add_arithmetic_revision(kernels::kArithmeticRevision);
  fill(builder, &model);
  builder.Finish(model.Finish(), schema::ModelIdentifier());
  return frame(builder.GetBufferPointer(), builder.GetSize());
}

using Names = std::vector<flatbuffers::Offset<flatbuffers::String>>;

}  // namespace

TEST_CASE("tokenizers that share their pieces") {
  for (uint32_t count : {1u, 2u, 50000u}) {
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<schema::Tokenizer>>> list;
    const Image image =
        shared([&](auto&, auto* model) { model->add_tokenizers(list); },
               [&](auto& b) {
                 const Names pieces(kMegabyte / 5, b.CreateString("a"));
                 const auto text = b.CreateVector(pieces);
                 std::vector<flatbuffers::Offset<schema::Tokenizer>> all(
                     count, schema::CreateTokenizer(b, 0, schema::TokenizerKind::Characters, text));
                 list = b.CreateVector(all);
               });
    CAPTURE(count);
    check_time(image, count == 1 ? FOVEA_BAD_SHAPE : FOVEA_BAD_STRUCTURE);
  }
}

TEST_CASE("a tensor's extents that many tensors share") {
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<schema::Weight>>> list;
  const Image image = shared([&](auto&, auto* model) { model->add_weights(list); },
                             [&](auto& b) {
                               const auto shape =
                                   b.CreateVector(std::vector<uint32_t>(kMegabyte / 8, 1));
                               std::vector<flatbuffers::Offset<schema::Weight>> all;
                               for (size_t i = 0; i < kMegabyte / 128; ++i) {
                                 all.push_back(schema::CreateWeight(b, 0, schema::DType::Float32,
                                                                    schema::Layout::Plain, shape));
                               }
                               list = b.CreateVector(all);
                             });
  check_time(image, FOVEA_BAD_VALUE);
}

TEST_CASE("outputs that many methods share") {
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<schema::Method>>> list;
  const Image image = shared(
      [&](auto&, auto* model) { model->add_methods(list); },
      [&](auto& b) {
        const auto extents = b.CreateVector(std::vector<uint32_t>{1});
        const auto zero = b.CreateVector(std::vector<int32_t>{0});
        const auto one = b.CreateVector(std::vector<int32_t>{1});
        const auto tensors = b.CreateVector(std::vector<flatbuffers::Offset<schema::Tensor>>{
            schema::CreateTensor(b, 0, schema::DType::Float32, extents),
            schema::CreateTensor(b, 0, schema::DType::Float32, extents, 0, schema::Storage::Planned,
                                 64)});
        const auto op = schema::CreateOperator(b, Attributes::Activation,
                                               schema::CreateActivation(b).Union(), zero, one);
        const auto operators =
            b.CreateVector(std::vector<flatbuffers::Offset<schema::Operator>>{op});
        const auto inputs = b.CreateVector(std::vector<uint32_t>{0});
        const auto outputs = b.CreateVector(std::vector<uint32_t>(kMegabyte / 5, 1));
        const auto method = schema::CreateMethod(b, 0, inputs, outputs, tensors, operators);
        list = b.CreateVector(std::vector<flatbuffers::Offset<schema::Method>>(10000, method));
      });
  check_time(image, FOVEA_TOO_COMPLEX);
}

TEST_CASE("one table that stands in a list many times") {
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<schema::Weight>>> list;
  const Image image = shared(
      [&](auto&, auto* model) { model->add_weights(list); },
      [&](auto& b) {
        const auto one = schema::CreateWeight(b);
        list = b.CreateVector(std::vector<flatbuffers::Offset<schema::Weight>>(kMegabyte / 4, one));
      });
  check_time(image, FOVEA_BAD_STRUCTURE);
}

}  // namespace fovea::test
