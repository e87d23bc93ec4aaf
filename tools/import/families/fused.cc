#include "tools/import/families/fused.h"

namespace fovea::tools {

void fuse_rows(AttentionSpec& self, const std::string& name, Bias bias) {
  const uint64_t queries = uint64_t{self.heads.count} * self.heads.key_width;
  const uint64_t keys = uint64_t{self.heads.kv_count} * self.heads.key_width;
  const auto rows = [&](uint64_t first) {
    return LinearSpec{name, {.rows = queries + 2 * keys, .first = first}, bias};
  };
  self.query = rows(0);
  self.key = rows(queries);
  self.value = rows(queries + keys);
}

void fuse_groups(AttentionSpec& self, const std::string& name, Bias bias) {
  const Heads& heads = self.heads;
  const uint64_t width = heads.key_width, shared = heads.count / heads.kv_count;
  const uint64_t group = (shared + 2) * width;
  const auto rows = [&](uint64_t first, uint64_t count) {
    const View view = {.rows = heads.kv_count * group,
                       .first = first * width,
                       .stride = group,
                       .block = count * width};
    return LinearSpec{name, view, bias};
  };
  self.query = rows(0, shared);
  self.key = rows(shared, 1);
  self.value = rows(shared + 1, 1);
}

}  // namespace fovea::tools
