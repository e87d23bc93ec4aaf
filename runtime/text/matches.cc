// Steps of normalisation that look for more than fixed texts.

#include "runtime/features.h"
#include "runtime/text/entries.h"
#include "runtime/text/split.h"
#include "runtime/text/utf8.h"

namespace fovea {
namespace {

using schema::Normalization;
using schema::NormalizationKind;

constexpr size_t kLongestCluster = 5;  // bytes, of one that is replaced as a whole

fovea_code added(bool fits) {
  return fits ? FOVEA_OK : FOVEA_ARENA_TOO_SMALL;
}

fovea_code replace_matches(const Normalization& table, Text text, TextOutput* out) {
  const Text value = Keys{table}.value(0);
  size_t done = 0;
  Words words(*table.words(), text);
  for (Text found; words.next(&found);) {
    const auto begin = static_cast<size_t>(found.data - text.data);
    if (table.left() && begin > 0) break;
    if (table.right() && begin + found.size < text.size) continue;
    FOVEA_TRY(added(out->add(Text{text.data + done, begin - done}) && out->add(value)));
    done = begin + found.size;
  }
  if (words.too_complex()) return FOVEA_TOO_COMPLEX;
  return added(out->add(Text{text.data + done, text.size - done}));
}

// Code points, each a key or left as it is.
bool replace_points(const Keys& keys, Text text, TextOutput* out) {
  while (text.size > 0) {
    const Text point = {text.data, first_point(text).size};
    size_t size = 0;
    const int32_t key = keys.find(point, &size);
    if (!out->add(key < 0 ? point : keys.value(static_cast<uint32_t>(key)))) return false;
    text = {text.data + point.size, text.size - point.size};
  }
  return true;
}

fovea_code replace_clusters(const Normalization& table, Text text, TextOutput* out) {
  const Keys keys = {table};
  Words words(*table.words(), text);
  for (Text cluster; words.next(&cluster);) {
    size_t size = 0;
    const int32_t key = cluster.size > kLongestCluster ? -1 : keys.find(cluster, &size);
    FOVEA_TRY(added(key < 0 ? replace_points(keys, cluster, out)
                            : out->add(keys.value(static_cast<uint32_t>(key)))));
  }
  return words.too_complex() ? FOVEA_TOO_COMPLEX : FOVEA_OK;
}

fovea_code run(const Normalization& table, Text text, TextOutput* out) {
  return table.kind() == NormalizationKind::ReplaceMatches ? replace_matches(table, text, out)
                                                           : replace_clusters(table, text, out);
}

fovea_code verify(const Normalization& table, const Where& where, fovea_error* error) {
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(table.kind()),
                          static_cast<uint32_t>(NormalizationKind::MAX), where, error));
  const bool matches = table.kind() == NormalizationKind::ReplaceMatches;
  const uint32_t values = matches ? 1 : size_of(table.key_ends());
  if (size_of(table.value_ends()) != values) {
    return fail(error, FOVEA_BAD_SHAPE, where, size_of(table.value_ends()), values);
  }
  // Between words there is other text, or there are none between.
  if (table.words() == nullptr || table.words()->drop() != matches) {
    return fail(error, FOVEA_BAD_VALUE, where, 0u, 1u);
  }
  FOVEA_TRY(verify_splitter(*table.words(), where, error));
  FOVEA_TRY(verify_entries(table.keys(), table.key_ends(), 1, where, error));
  return verify_entries(table.values(), table.value_ends(), 0, where, error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_text_matches fovea_feature_text_matches = {{fovea::verify, fovea::run}};
