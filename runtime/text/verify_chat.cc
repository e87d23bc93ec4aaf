#include "runtime/features.h"
#include "runtime/text/word_tables.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kMostJoins = 64;          // each message looks through them
constexpr uint32_t kLongestRole = 31;        // bytes: an error says it
constexpr uint32_t kLongestJoin = 1u << 16;  // bytes

fovea_code verify_role(const flatbuffers::String* role, const Where& where, fovea_error* error) {
  if (role == nullptr) return FOVEA_OK;
  if (role->size() == 0) return fail(error, FOVEA_BAD_VALUE, where, 0u, kLongestRole);
  return check_at_most(role->size(), kLongestRole, where, error);
}

fovea_code verify_join(const schema::ChatJoin& join, const Where& where, fovea_error* error) {
  FOVEA_TRY(verify_role(join.after(), where, error));
  FOVEA_TRY(verify_role(join.before(), where, error));
  return check_at_most(size_of(join.text()), kLongestJoin, where, error);
}

fovea_code verify(const schema::Model& model, fovea_error* error) {
  const schema::Chat& chat = *model.chat();
  const Where where = {FOVEA_TABLE_CHAT, 0, 0, FOVEA_FIELD_ATTRIBUTE};
  FOVEA_TRY(check_at_most(size_of(chat.joins()), kMostJoins, where, error));
  if (chat.answer() == nullptr) return fail(error, FOVEA_BAD_VALUE, where, 0u, kLongestRole);
  FOVEA_TRY(verify_role(chat.answer(), where, error));
  FOVEA_TRY(check_below(chat.tokenizer(), size_of(model.tokenizers()), where, error));
  const schema::Tokenizer& t = *model.tokenizers()->Get(chat.tokenizer());
  if (!is_of_words(t)) {
    return fail(error, FOVEA_BAD_VALUE,
                {FOVEA_TABLE_TOKENIZER, chat.tokenizer(), 0, FOVEA_FIELD_TYPE},
                static_cast<uint32_t>(t.kind()), static_cast<uint32_t>(schema::TokenizerKind::MAX));
  }
  for (uint32_t i = 0; i < size_of(chat.joins()); ++i) {
    FOVEA_TRY(
        verify_join(*chat.joins()->Get(i), {FOVEA_TABLE_CHAT, i, 0, FOVEA_FIELD_ATTRIBUTE}, error));
  }
  return FOVEA_OK;
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_chat fovea_feature_chat = {fovea::verify};
