// Reads a checkpoint's config, says what is wrong with it, and knows what nobody read.

#ifndef FOVEA_TOOLS_IMPORT_CONFIG_H_
#define FOVEA_TOOLS_IMPORT_CONFIG_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "runtime/schema.h"

namespace fovea::tools {

// All functions throw InputError where a key has a value of the wrong kind, and those without a
// default where it is missing. A value of null counts as missing. Asking for a key is reading it.
class Config {
 public:
  // `path`: whose config it is, for messages. The JSON must outlive this object.
  Config(const nlohmann::json& values, std::string path)
      : values_(values), path_(std::move(path)), read_(std::make_shared<std::set<std::string>>()) {}

  bool has(const char* key) const;
  // Whether the key stands there at all, be it with null.
  bool names(const char* key) const;
  const nlohmann::json& at(const char* key) const;

  // The object of this key: what is read of it counts as read here. `key` must have an object.
  Config object(const char* key) const;
  // A key's name as messages have it, those of objects around it in front.
  std::string name(const char* key) const { return prefix_ + key; }

  // Whole numbers from 1 on.
  uint32_t count(const char* key) const;
  uint32_t count(const char* key, uint32_t otherwise) const;
  // Finite numbers.
  double number(const char* key) const;
  double number(const char* key, double otherwise) const;
  double positive(const char* key) const;
  double positive(const char* key, double otherwise) const;
  std::vector<double> numbers(const char* key) const;
  bool flag(const char* key, bool otherwise) const;
  // Throws InputError where the flag, by default `wanted`, is another.
  void expect(const char* key, bool wanted) const;
  std::string text(const char* key) const;
  std::string text(const char* key, const char* otherwise) const;
  // The string of this key, which must be one of `known`.
  std::string choice(const char* key, const char* otherwise,
                     std::initializer_list<const char*> known) const;
  std::vector<std::string> texts(const char* key) const;
  // A token id or a list of them; negative ones, which some configs write, count as none.
  std::vector<int32_t> tokens(const char* key) const;
  // The first of these, or -1.
  int32_t token(const char* key) const;

  schema::Function function(const char* key) const;
  // count(key) divided by what it must be a multiple of.
  uint32_t divided(const char* key, const char* by) const;

  // Keys that the caller knows to mean nothing here.
  void skip(std::initializer_list<const char*> keys) const;
  // All those of this object that are without effect in a config (inert.h).
  void skip_inert() const;

  // "KEY (VALUE)" of the keys that were neither read nor are without effect, ascending.
  std::vector<std::string> unread() const;
  // Throws InputError where a key was neither read nor is one without effect on results (inert.h):
  // the model is then another than its weights alone say. `family` names it in the message.
  void expect_all_read(const char* family) const;

  const std::string& path() const { return path_; }

 private:
  void collect_unread(std::map<std::string, std::string>& unread) const;

  const nlohmann::json& values_;
  std::string path_;
  std::string prefix_;                           // "rope_scaling." inside an object
  std::shared_ptr<std::set<std::string>> read_;  // full names; "NAME." where an object was opened
};

// Takes keys out of a config, as though it had never had them. An object's are named
// "rope_scaling.factor". Throws UsageError where there is no such key.
void remove_keys(nlohmann::json& config, const std::vector<std::string>& keys);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_CONFIG_H_
