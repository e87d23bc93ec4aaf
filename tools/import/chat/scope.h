// The variables of a template while it runs.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_SCOPE_H_
#define FOVEA_TOOLS_IMPORT_CHAT_SCOPE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/import/chat/value.h"

namespace fovea::tools::chat {

// What is set in a loop, a macro or a group is gone behind it; other statements have no scope.
class Scopes {
 public:
  Scopes() { push(); }

  void push() { all_.emplace_back(); }
  void pop() { all_.pop_back(); }

  void set(const std::string& name, Value value) {
    Dict& scope = all_.back();
    const auto found = std::find_if(scope.begin(), scope.end(),
                                    [&](const auto& item) { return item.first == name; });
    if (found != scope.end()) {
      found->second = std::move(value);
    } else {
      scope.emplace_back(name, std::move(value));
    }
  }

  // Null where there is none.
  const Value* find(const std::string& name) const {
    for (auto scope = all_.rbegin(); scope != all_.rend(); ++scope) {
      for (const auto& [key, value] : *scope) {
        if (key == name) return &value;
      }
    }
    return nullptr;
  }

  // A macro sees what is outside of all others: the template's own variables.
  Scopes outermost() const {
    Scopes scopes;
    scopes.all_ = {all_.front()};
    return scopes;
  }

 private:
  std::vector<Dict> all_;
};

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_SCOPE_H_
