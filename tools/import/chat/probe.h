// Conversations that a chat template is tried with.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_PROBE_H_
#define FOVEA_TOOLS_IMPORT_CHAT_PROBE_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/import/chat/source.h"
#include "tools/import/chat/syntax.h"

namespace fovea::tools::chat {

inline const std::string kSystem = "system", kUser = "user", kAssistant = "assistant";

using Roles = std::vector<std::string>;
using Texts = std::vector<std::string>;

// The roles of the contents on both sides; "" where there is none.
using Pair = std::pair<std::string, std::string>;
struct Join {
  std::string text;
  bool strip_left = false, strip_right = false;  // schema/model.fbs
};
using Joins = std::map<Pair, Join>;

// The pairs of a conversation that ends where the answer begins.
std::vector<Pair> pairs_of(const Roles& roles);
// What joins make of it. All of its pairs are there.
std::string joined(const Joins& joins, const Roles& roles, const Texts& contents);

// A user asks, the assistant answers, so many times; the last answer is what is asked for.
Roles turns(bool system, size_t answers);
// All conversations of the roles that have so many messages at most and no other pairs.
std::vector<Roles> conversations(const Joins& joins, size_t most);
std::vector<Roles> conversations(const Roles& roles, size_t most);

class Probe {
 public:
  // Throws NotUnderstood.
  explicit Probe(const Source& source);

  // Nothing where the template refuses the conversation, for the reason that `refusal` then has.
  std::optional<std::string> render(const Roles& roles, const Texts& contents);
  const std::string& refusal() const { return refusal_; }
  // What stands around and between contents that are unlike anything else; nothing where not all of
  // these come once and in order.
  std::optional<Texts> between(const Roles& roles);
  // Whether the template has looked for today's date.
  bool asked_date() const { return asked_date_; }

  // Such contents.
  static Texts marks(size_t count);

 private:
  Dict variables_;
  Body body_;
  std::string refusal_;
  bool asked_date_ = false;
};

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_PROBE_H_
