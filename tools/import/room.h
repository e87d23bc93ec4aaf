// What a model makes room for: dims, caches and states, their maxima being what the user asked for,
// within what the model allows.

#ifndef FOVEA_TOOLS_IMPORT_ROOM_H_
#define FOVEA_TOOLS_IMPORT_ROOM_H_

#include <cstdint>
#include <set>
#include <string>

#include "tools/graph/builder.h"
#include "tools/graph/graph.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

class Room {
 public:
  Room(const Maxima& wanted, Graph& graph) : wanted_(wanted), graph_(graph) {}

  // What the user asked for under this name, `otherwise` where nothing. Throws UsageError where it
  // is 0 or more than `most`, which the graph remembers.
  uint32_t take(const std::string& name, uint32_t otherwise, uint32_t most);
  // Throws UsageError where the user named something that nobody took.
  void expect_all_taken() const;

  // These return an index.
  int32_t add_dim(const std::string& name, uint32_t max);
  // One that is always `count`: a cache's update has its tokens from a dim. It counts as derived of
  // dim `x`.
  int32_t constant_dim(int32_t x, uint32_t count);
  // How many sequences the user asked for.
  uint32_t take_batch();
  // The dim "batch" where there is more than one sequence; -1 otherwise.
  int32_t add_batch();
  uint32_t add_cache(const std::string& name, uint32_t context);
  // A cache for rows of a stream, which goes on as long as numbers do.
  uint32_t add_stream_cache(const std::string& name);
  // The state in it for rows, whose slots have so many columns.
  int32_t add_rows(const std::string& name, uint32_t cache, uint32_t width);
  // The states "key.NAME" and "value.NAME" of a cache.
  KeyValues add_states(const std::string& name, uint32_t cache, const Heads& heads);

 private:
  int32_t add_state(std::string name, schema::StateLayout layout, uint32_t cache, uint32_t heads,
                    uint32_t width);

  const Maxima& wanted_;
  Graph& graph_;
  std::set<std::string> taken_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ROOM_H_
