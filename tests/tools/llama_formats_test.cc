// Random Llama models whose weights are kept in fewer bits.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/formats.h"
#include "tests/reference/llama.h"
#include "tests/support/llama_checkpoint.h"
#include "tests/support/same_bits.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/llama_session.h"
#include "tools/commands/convert.h"

namespace fovea::test {
namespace {

// Numbers that 16 bits hold: those that half_bits() keeps, or that have no more than bf16.
void round_to(LlamaCheckpoint& model, const std::string& dtype) {
  for (auto& [name, values] : model.tensors) {
    for (float& value : values) {
      if (dtype == "F16") {
        kernels::F16 element;
        kernels::narrow(value, element);
        value = std::abs(value) < 0x1p-14f ? 0.0f : kernels::widen(element);
      } else {
        kernels::BF16 element;
        kernels::narrow(value, element);
        value = kernels::widen(element);
      }
    }
  }
}

void write_narrow(const LlamaCheckpoint& model, const std::string& folder,
                  const std::string& dtype) {
  write_checkpoint(model, folder);
  std::vector<SavedTensor> tensors = saved_tensors(model);
  for (SavedTensor& tensor : tensors) tensor.dtype = dtype;
  write_safetensors(folder + "/model.safetensors", tensors);
}

void convert(const TemporaryFolder& folder, const std::string& output, const std::string& format,
             const std::vector<tools::Keep>& keeps = {}) {
  tools::ConvertOptions options;
  options.input = folder.path();
  options.output = folder.file(output);
  options.format = format;
  options.keeps = keeps;
  tools::convert(options);
}

void check_lossless(const std::string& dtype, const std::string& format) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const LlamaShape shape = random_llama_shape(seed);
    LlamaCheckpoint model = random_llama(shape, seed);
    round_to(model, dtype);
    const TemporaryFolder folder;
    write_narrow(model, folder.path(), dtype);
    convert(folder, "wide.fovea", "f32");
    convert(folder, "narrow.fovea", format);
    CHECK(std::filesystem::file_size(folder.file("narrow.fovea")) <
          std::filesystem::file_size(folder.file("wide.fovea")));
    LlamaSession wide(folder.file("wide.fovea")), narrow(folder.file("narrow.fovea"));
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> whole = wide.forward(tokens, tokens.size());
    check_close(whole, llama_logits(model, tokens), shape);
    for (const size_t chunk : {tokens.size(), size_t{1}, size_t{3}}) {
      CHECK(same_bits(narrow.forward(tokens, chunk), whole));
    }
    CHECK(same_bits(narrow.next(tokens), wide.next(tokens)));
  }
}

// Each 32 numbers of a row of the table become codes from 3 to 12 times an f16 and another f16: no
// extreme of theirs tells the minimum.
void snap_table(LlamaCheckpoint& model, const std::string& name, size_t vocabulary) {
  std::vector<float>& table = model.tensors.at(name);
  const size_t width = table.size() / vocabulary;
  for (size_t at = 0; at < table.size(); at += std::min<size_t>(32, width - at % width)) {
    const auto first = table.begin() + static_cast<ptrdiff_t>(at);
    const auto last = first + static_cast<ptrdiff_t>(std::min<size_t>(32, width - at % width));
    const auto [least, most] = std::minmax_element(first, last);
    kernels::F16 unit, minimum;
    kernels::narrow((*most - *least) / 9, unit);
    kernels::narrow(*least - 3 * widen(unit), minimum);
    for (auto number = first; number != last; ++number) {
      const float code = std::round((*number - widen(minimum)) / widen(unit));
      *number = std::min(std::max(code, 0.0f), 15.0f) * widen(unit) + widen(minimum);
    }
  }
}

}  // namespace

TEST_CASE("a table of codes with minima, as Q4_1 has them, gives the bits of the same in f32") {
  const std::string table = "model.embed_tokens.weight";
  int seen = 0;
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const LlamaShape shape = random_llama_shape(seed);
    if (shape.tied) continue;  // a head that is codes reads codes
    ++seen;
    LlamaCheckpoint model = random_llama(shape, seed);
    snap_table(model, table, shape.vocabulary);
    const TemporaryFolder folder;
    write_checkpoint(model, folder.path());
    convert(folder, "wide.fovea", "f32");
    convert(folder, "codes.fovea", "f32", {tools::parse_keep(table + "=uint4")});
    CHECK(std::filesystem::file_size(folder.file("codes.fovea")) <
          std::filesystem::file_size(folder.file("wide.fovea")));
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    CHECK(same_bits(LlamaSession(folder.file("codes.fovea")).forward(tokens, tokens.size()),
                    LlamaSession(folder.file("wide.fovea")).forward(tokens, tokens.size())));
  }
  CHECK(seen > 3);
}

TEST_CASE("weights kept in f16 give the bits of the same weights in f32") {
  check_lossless("F16", "f16");
}

TEST_CASE("weights kept in bf16 give the bits of the same weights in f32") {
  check_lossless("BF16", "bf16");
}

TEST_CASE("codes: the bits of a prompt do not depend on its pieces") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const std::string format = seed % 3 == 0 ? "int4" : seed % 3 == 1 ? "uint4" : "int8";
    const LlamaShape shape = random_llama_shape(seed);
    const LlamaCheckpoint model = random_llama(shape, seed);
    const TemporaryFolder folder;
    write_checkpoint(model, folder.path());
    convert(folder, "wide.fovea", "f32");
    convert(folder, "codes.fovea", format);
    LlamaSession wide(folder.file("wide.fovea")), codes(folder.file("codes.fovea"));
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> exact = wide.forward(tokens, tokens.size());
    const std::vector<float> whole = codes.forward(tokens, tokens.size());
    for (const size_t chunk : {size_t{1}, size_t{3}}) {
      CHECK(same_bits(codes.forward(tokens, chunk), whole));
    }
    const std::vector<float> last(whole.end() - static_cast<ptrdiff_t>(shape.vocabulary),
                                  whole.end());
    CHECK(same_bits(codes.next(tokens), last));
    // Rounded a hundred times coarser than anything else here, or two thousand, but to the same
    // model.
    double error = 0, power = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      error += (whole[i] - exact[i]) * (whole[i] - exact[i]);
      power += exact[i] * exact[i];
    }
    CHECK(error < (format == "int8" ? 0.01 : 0.2) * power);
    CHECK(error > 0);
  }
}

TEST_CASE("caches of other formats: pieces and threads give the same bits, near those of f32") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const LlamaShape shape = random_llama_shape(seed);
    const TemporaryFolder folder;
    write_checkpoint(random_llama(shape, seed), folder.path());
    const std::string path = folder.file("model.fovea");
    tools::ConvertOptions options = {folder.path(), path, {}, {}};
    options.quiet = true;
    tools::convert(options);
    const std::vector<int32_t> tokens = some_tokens(shape, seed);
    const std::vector<float> exact = LlamaSession(path).forward(tokens, tokens.size());
    for (const char* cache : {"f16", "int8"}) {
      CAPTURE(cache);
      options.cache = cache;
      tools::convert(options);
      LlamaSession session(path), threads(path, 3);
      const std::vector<float> whole = session.forward(tokens, tokens.size());
      for (const size_t chunk : {1, 3}) CHECK(same_bits(session.forward(tokens, chunk), whole));
      CHECK(same_bits(threads.forward(tokens, 5), whole));
      double error = 0, power = 0;
      for (size_t i = 0; i < exact.size(); ++i) {
        error += (whole[i] - exact[i]) * (whole[i] - exact[i]);
        power += exact[i] * exact[i];
      }
      CHECK(error < (cache == std::string("f16") ? 1e-4 : 0.01) * power);
      CHECK(error > 0);
    }
  }
}

TEST_CASE("f16 weights are those of f32, rounded to nearest; norms and biases are not rounded") {
  const LlamaShape shape = random_llama_shape(7);
  const LlamaCheckpoint exact = random_llama(shape, 7);
  LlamaCheckpoint model = exact;
  for (auto& [name, values] : model.tensors) {
    if (name.find("norm") != std::string::npos || name.ends_with(".bias")) continue;
    for (float& value : values) {
      kernels::F16 element;
      kernels::narrow(value, element);
      value = kernels::widen(element);
    }
  }
  const TemporaryFolder folder, rounded;
  write_checkpoint(exact, folder.path());
  write_checkpoint(model, rounded.path());
  convert(folder, "model.fovea", "f16");
  convert(rounded, "model.fovea", "f32");
  const std::vector<int32_t> tokens = some_tokens(shape, 7);
  const std::vector<float> found = LlamaSession(folder.file("model.fovea")).forward(tokens, 3);
  CHECK(same_bits(found, LlamaSession(rounded.file("model.fovea")).forward(tokens, 3)));
  CHECK(!same_bits(found, [&] {
    convert(folder, "exact.fovea", "f32");
    return LlamaSession(folder.file("exact.fovea")).forward(tokens, 3);
  }()));
}

}  // namespace fovea::test
