// Models that are opened by the checksum of their header, without the code that checks headers.

#include "fovea/trusted.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/features.h"
#include "runtime/operator.h"
#include "runtime/preamble.h"
#include "tests/support/tiny_session.h"

extern "C" {
#define FOVEA_OPERATOR(Kind, name) extern const fovea_operator fovea_trusted_##name;
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
extern const fovea_operator fovea_trusted_embedding_int8, fovea_trusted_linear_int8;
extern const fovea_caches fovea_trusted_caches;
extern const fovea_derived_dims fovea_trusted_derived_dims;
extern const fovea_packed_rows fovea_trusted_packed_rows;
}

namespace fovea::test {
namespace {

constexpr const fovea_operator* kTrusted[] = {
#define FOVEA_OPERATOR(Kind, name) &fovea_trusted_##name,
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
};

fovea_operators trusted_operators() {
  fovea_operators operators = fovea_all_operators;
  operators.items = kTrusted;
  operators.count = sizeof kTrusted / sizeof kTrusted[0];
  operators.features.caches = &fovea_trusted_caches;
  operators.features.derived_dims = &fovea_trusted_derived_dims;
  operators.features.packed_rows = &fovea_trusted_packed_rows;
  return operators;
}

uint32_t header_crc(const Image& image) {
  return static_cast<uint32_t>(reinterpret_cast<const Preamble*>(image.data())->header_crc);
}

// What all methods leave in their outputs, with the same inputs.
std::vector<uint8_t> results(const fovea_model& model) {
  std::vector<uint8_t> bytes;
  Image arena(fovea_arena(&model, 1).total);
  fovea_session* session;
  REQUIRE(fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, nullptr) ==
          FOVEA_OK);
  for (uint32_t m = 0; m < fovea_method_count(&model); ++m) {
    clear_inputs(model, session);
    REQUIRE(fovea_run(session, m, nullptr) == FOVEA_OK);
    for (uint32_t i = 0; i < fovea_output_count(&model, m); ++i) {
      fovea_tensor info, output;
      REQUIRE(fovea_output_info(&model, m, i, &info) == FOVEA_OK);
      REQUIRE(fovea_output(session, m, info.name, &output, nullptr) == FOVEA_OK);
      const auto* data = static_cast<const uint8_t*>(output.data);
      bytes.insert(bytes.end(), data, data + output.bytes);
    }
  }
  return bytes;
}

TEST_CASE("a trusted model opens by its header's checksum, and computes the same") {
  const Image image = tiny_model();
  const fovea_operators operators = trusted_operators();
  fovea_model checked, trusted;
  fovea_error error;
  REQUIRE(fovea_open(image.span(), {}, &checked, &error) == FOVEA_OK);
  REQUIRE(fovea_open_trusted(&operators, header_crc(image), image.span(), {}, &trusted, &error) ==
          FOVEA_OK);
  CHECK(fovea_arena(&trusted, 2).total == fovea_arena(&checked, 2).total);
  CHECK(fovea_check_weights(&trusted, &error) == FOVEA_OK);
  const std::vector<uint8_t> expected = results(checked);
  CHECK(!expected.empty());
  CHECK(results(trusted) == expected);
}

TEST_CASE("no other header than the trusted one opens") {
  Image image = tiny_model();
  const fovea_operators operators = trusted_operators();
  const uint32_t crc = header_crc(image);
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open_trusted(&operators, crc ^ 1, image.span(), {}, &model, &error) ==
        FOVEA_BAD_CHECKSUM);
  CHECK(error.field == FOVEA_FIELD_HEADER);
  // One bit of the header, and of the checksum that it carries.
  image.data()[sizeof(Preamble) + 9] ^= 4;
  CHECK(fovea_open_trusted(&operators, crc, image.span(), {}, &model, &error) ==
        FOVEA_BAD_CHECKSUM);
  image.data()[sizeof(Preamble) + 9] ^= 4;
  CHECK(fovea_open_trusted(&operators, crc, image.span(), {}, &model, &error) == FOVEA_OK);
  const fovea_span shorter = {image.data(), image.size() - 64};
  CHECK(fovea_open_trusted(&operators, crc, shorter, {}, &model, &error) == FOVEA_TRUNCATED);
  CHECK(fovea_open_trusted(nullptr, crc, image.span(), {}, &model, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_open_trusted(&operators, crc, image.span(), {}, nullptr, &error) ==
        FOVEA_BAD_ARGUMENT);
}

TEST_CASE("trusted operators are the others without what only checks ask") {
  for (uint32_t i = 0; i < sizeof kTrusted / sizeof kTrusted[0]; ++i) {
    const fovea_operator &a = *fovea_all_operators.items[i], &b = *kTrusted[i];
    CAPTURE(a.name);
    CHECK(b.check == nullptr);
    CHECK(b.scratch == nullptr);
    CHECK(b.shared == nullptr);
    CHECK(b.kind == a.kind);
    CHECK(b.prepare == a.prepare);
    CHECK(b.run == a.run);
    CHECK(b.name == a.name);
    CHECK(b.stores == a.stores);
  }
  CHECK(fovea_trusted_linear_int8.format == schema::DType::Int8);
  CHECK(fovea_trusted_linear_int8.run == fovea_operator_linear_int8.run);
  CHECK(fovea_trusted_linear_int8.prepare == fovea_operator_linear_int8.prepare);
  CHECK(fovea_trusted_embedding_int8.run == fovea_operator_embedding_int8.run);
  CHECK(fovea_trusted_caches.start == fovea_feature_caches.start);
  CHECK(fovea_trusted_caches.commit == fovea_feature_caches.commit);
  CHECK(fovea_trusted_caches.forget == fovea_feature_caches.forget);
  CHECK(fovea_trusted_derived_dims.derive == fovea_feature_derived_dims.derive);
  CHECK(fovea_trusted_packed_rows.start == fovea_feature_packed_rows.start);
}

}  // namespace
}  // namespace fovea::test
