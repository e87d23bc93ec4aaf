// What attention told in runs of a method, read from its outputs.

#ifndef FOVEA_TOOLS_SESSION_REPORTS_H_
#define FOVEA_TOOLS_SESSION_REPORTS_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// Numbers of each row: [rows][width].
struct ReportRows {
  size_t width = 0;
  std::vector<float> data;
};

// One attention, "attention.0" or "cross_attention.0".
struct LayerReport {
  std::string name;
  uint32_t layer = 0;
  bool cross = false;
  size_t heads = 0, keys = 0;  // 0 where no kind says it
  size_t first_head = 0;
  std::vector<size_t> queries;  // which one each row is of
  // By kind, rows of queries first: "entropy", "effective", "maximum", "position" [rows, heads],
  // "weights", "scaled_scores", "capped_scores", "scores" [rows, heads, keys], "average" [rows,
  // keys], "average_entropy" and "average_effective" [rows, 1].
  std::map<std::string, ReportRows> kinds;

  bool has(const std::string& kind) const { return kinds.contains(kind); }
  // Row `row` of a kind that is there.
  const float* row(const std::string& kind, size_t row) const;
};

struct MethodReport {
  std::string method;
  std::vector<LayerReport> layers;
  // What stands at each position, where that is known: of queries and their own keys, and of the
  // keys of a cross-attention.
  std::vector<std::string> tokens, source;
};

// First to last, both included.
struct IndexRange {
  uint32_t first = 0, last = std::numeric_limits<uint32_t>::max();
  bool has(size_t i) const { return i >= first && i <= last; }
};

// Tokens of the one sequence of a run, and how many came before them.
struct RunTokens {
  size_t before, count;
};

// What the last run of the method told. Without `tokens` queries are counted in the run.
MethodReport read_reports(const ModelFile& file, const Session& session, uint32_t method,
                          const RunTokens* tokens = nullptr);

// Whether a kind has a number for each key.
bool has_keys(const std::string& kind);

// Adds the rows of a later run of the same method.
void append_reports(MethodReport& to, const MethodReport& from);

// Whether any method reports anything.
bool has_reports(const ModelFile& file, uint32_t method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_REPORTS_H_
