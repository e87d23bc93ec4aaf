// Which files and folders are checkpoints, and what is said of others.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"

namespace fovea::test {
namespace {

using tools::open_checkpoint;

const std::vector<SavedTensor> kThreeTensors = {{"a", {1}, {1}}, {"b", {1}, {2}}, {"c", {1}, {3}}};

}  // namespace

TEST_CASE("folders without their parts are refused") {
  const TemporaryFolder folder;
  check_refusal([&] { open_checkpoint(folder.path()); }, "holds no safetensors file");
  write_bytes(folder.file("a.safetensors"), safetensors_bytes(kThreeTensors));
  check_refusal([&] { open_checkpoint(folder.path()); }, "config.json");
  write_bytes(folder.file("config.json"), "{");
  check_refusal([&] { open_checkpoint(folder.path()); }, "config.json: not JSON at line 1");
  write_bytes(folder.file("config.json"), "{}");
  CHECK(open_checkpoint(folder.path()).tensors.size() == 3);
  CHECK(open_checkpoint(folder.file("a.safetensors")).tensors.size() == 3);
  write_bytes(folder.file("b.safetensors"), safetensors_bytes(kThreeTensors));
  check_refusal([&] { open_checkpoint(folder.path()); }, "holds 2 safetensors files");
}

TEST_CASE("a pickle is named together with what makes safetensors of it") {
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    const TemporaryFolder folder;
    write_bytes(folder.file("config.json"), "{}");
    write_bytes(folder.file(name), "PK\x03\x04");
    check_refusal([&] { open_checkpoint(folder.path()); }, name, "python3 -c", "save_file");
  }
}

TEST_CASE("other kinds of files are called by their names") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& bytes, const std::string& kind) {
    write_bytes(folder.file("model"), bytes);
    check_refusal([&] { open_checkpoint(folder.file("model")); }, folder.file("model"), kind);
  };
  refused("", "is empty");
  refused(
      "\x89"
      "FOVEA\r\n",
      "converted already");
  refused("PK\x03\x04....", "a zip archive");
  refused("\x80\x02", "a Python pickle");
  refused("\x93NUMPY", "a NumPy array");
  refused("\x89HDF\r\n", "an HDF5 file");
  refused("\x1f\x8b\x08", "a gzip archive");
  refused(
      "\x7f"
      "ELF\x02",
      "a program");
  refused("\x89PNG\r\n", "a PNG image");
  refused("RIFF....", "a WAV or similar file");
  refused("version https://git-lfs", "git-lfs");
  refused("<!DOCTYPE html>", "a web page");
  refused("<html><head>", "a web page");
  refused("\x1c....TFL3", "no kind of model file");
  refused("\x1c...TFL3", "a TensorFlow Lite file");
  refused("\x08\x07\x12\x07pytorch", "an ONNX file");
  refused("{\"a\": 1}", "a JSON file");
  refused("hello", "a text file");
  refused(std::string(64, '\xff'), "no kind of model file");
  check_refusal([&] { open_checkpoint(folder.file("none")); }, "none", "cannot be read");
}

}  // namespace fovea::test
