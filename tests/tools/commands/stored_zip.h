// Zip archives without compression.

#ifndef FOVEA_TESTS_TOOLS_COMMANDS_STORED_ZIP_H_
#define FOVEA_TESTS_TOOLS_COMMANDS_STORED_ZIP_H_

#include <cstdint>
#include <string>

#include "fovea/fovea.h"

namespace fovea::test {

class StoredZip {
 public:
  void add(const std::string& name, const std::string& bytes) {
    const uint32_t size = static_cast<uint32_t>(bytes.size());
    std::string common;  // of what stands before the bytes and of the directory
    put16(&common, 20), put16(&common, 0), put16(&common, 0), put32(&common, 0x21);
    put32(&common, fovea_crc32(0, bytes.data(), bytes.size()));
    put32(&common, size), put32(&common, size);
    put16(&common, static_cast<uint32_t>(name.size())), put16(&common, 0);
    directory_ += "PK\1\2";
    put16(&directory_, 20);
    directory_ += common;
    put16(&directory_, 0), put16(&directory_, 0), put16(&directory_, 0), put32(&directory_, 0);
    put32(&directory_, static_cast<uint32_t>(archive_.size()));
    directory_ += name;
    archive_ += "PK\3\4" + common + name + bytes;
    ++entries_;
  }

  std::string bytes() const {
    std::string all = archive_ + directory_ + "PK\5\6";
    put16(&all, 0), put16(&all, 0), put16(&all, entries_), put16(&all, entries_);
    put32(&all, static_cast<uint32_t>(directory_.size()));
    put32(&all, static_cast<uint32_t>(archive_.size())), put16(&all, 0);
    return all;
  }

 private:
  static void put16(std::string* s, uint32_t v) {
    *s += static_cast<char>(v & 255);
    *s += static_cast<char>(v >> 8 & 255);
  }
  static void put32(std::string* s, uint32_t v) { put16(s, v & 65535), put16(s, v >> 16); }

  std::string archive_, directory_;
  uint32_t entries_ = 0;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_COMMANDS_STORED_ZIP_H_
