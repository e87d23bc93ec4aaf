// An object of tokenizer.json, of which every field is read or named in a refusal.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_FIELDS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_FIELDS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

namespace fovea::tools {

// Throws InputError, beginning with `where`, for what is missing or of the wrong kind. null counts
// as missing.
class Fields {
 public:
  // `where`: file and place, such as "d/tokenizer.json: pre_tokenizer". The JSON must outlive this.
  Fields(const nlohmann::json& object, std::string where);

  const std::string& where() const { return where_; }
  // "where.key"
  std::string place(const std::string& key) const { return where_ + "." + key; }

  bool has(const std::string& key);
  const nlohmann::json& at(const std::string& key);
  bool flag(const std::string& key, std::optional<bool> otherwise = std::nullopt);
  std::string text(const std::string& key);
  std::string text(const std::string& key, const std::string& otherwise);
  uint32_t count(const std::string& key);
  const nlohmann::json& list(const std::string& key);
  const nlohmann::json& object(const std::string& key);

  // Fields that change nothing here.
  void ignore(std::initializer_list<const char*> keys);
  // Refuses a field unless it is missing, false, or an empty text.
  void refuse(std::initializer_list<const char*> keys);
  // Refuses fields that nobody has asked for.
  void expect_all_read() const;

 private:
  [[noreturn]] void wrong(const std::string& key, const char* kind) const;

  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> read_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_FIELDS_H_
