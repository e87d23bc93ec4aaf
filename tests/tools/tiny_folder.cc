#include "tests/tools/tiny_folder.h"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

#include "fovea/fovea.hpp"
#include "runtime/schema.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

// The logits' bytes of `forward` on the tokens, by the C interface.
std::vector<uint8_t> forward(const Image& image) {
  const auto model = api::Model::open(image.data(), image.size());
  REQUIRE(model.ok());
  Image arena(model->arena().total);
  const auto session = model->bind(arena.data(), arena.size());
  REQUIRE(session.ok());
  REQUIRE(session->set_dim("batch", 2).ok());
  REQUIRE(session->set_dim("tokens", 6).ok());
  const auto method = session->method("forward");
  REQUIRE(method->set_input<int32_t>("tokens", {6}, kIds.data()).ok());
  REQUIRE(method->set_input<int32_t>("lengths", {2}, kLengths.data()).ok());
  REQUIRE(method->run().ok());
  const auto logits = method->output<float>("logits");
  REQUIRE(logits.ok());
  const auto* first = reinterpret_cast<const uint8_t*>(logits->data());
  return {first, first + logits->raw().bytes};
}

void add_fingerprint(schema::ModelT& model, uint32_t crc) {
  auto run = std::make_unique<schema::FingerprintRunT>();
  run->method = 0;
  run->dims = {2, 6};
  for (const auto& input : model.methods[0]->inputs) {
    auto data = std::make_unique<schema::BytesT>();
    const bool lengths = model.methods[0]->tensors[input]->name == "lengths";
    data->data = bytes_of(lengths ? kLengths : kIds);
    run->inputs.push_back(std::move(data));
  }
  run->crc = crc;
  model.fingerprint.push_back(std::move(run));
}

}  // namespace

std::vector<uint8_t> bytes_of(const std::vector<int32_t>& values) {
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  return {first, first + values.size() * sizeof(int32_t)};
}

Image fingerprinted(uint32_t crc) {
  return tiny_model([&](schema::ModelT& model) { add_fingerprint(model, crc); });
}

std::string text_of_image(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

TinyFolder::TinyFolder() : logits(forward(tiny_model())) {
  crc = fovea_crc32(0, logits.data(), logits.size());
  bytes = text_of_image(fingerprinted(crc));
  write_bytes(path, bytes);
  tools::write_npy(file("ids.npy"), FOVEA_INT32, std::vector<uint64_t>{6}, bytes_of(kIds));
  tools::write_npy(file("lengths.npy"), FOVEA_INT32, std::vector<uint64_t>{2}, bytes_of(kLengths));
}

std::string TinyFolder::run_arguments() const {
  return "run " + path + " --method forward --input tokens=" + file("ids.npy") +
         " --input lengths=" + file("lengths.npy") + " --output-dir " + file("out");
}

void check_done(const Outcome& outcome) {
  INFO("standard error: ", outcome.err);
  CHECK(outcome.code == 0);
}

}  // namespace fovea::test
