#include "tools/measure/input_watch.h"

#include <algorithm>

#include "tools/session/seen.h"

namespace fovea::tools {

RowsWatch::RowsWatch(const Session& session, std::vector<std::vector<Place>> groups, Look look)
    : session_(session),
      groups_(std::move(groups)),
      look_(std::move(look)),
      trace_{this, record, nullptr, false} {
  session_.set_trace(&trace_);
}

void RowsWatch::record(void* context, const fovea_record* record) {
  const RowsWatch& watch = *static_cast<RowsWatch*>(context);
  const Place place = {record->method, record->operator_index};
  for (size_t i = 0; i < watch.groups_.size(); ++i) {
    const std::vector<Place>& wanted = watch.groups_[i];
    if (std::find(wanted.begin(), wanted.end(), place) == wanted.end()) continue;
    watch.look_(i, first_input(*watch.session_.get(), record->method, record->operator_index));
  }
}

}  // namespace fovea::tools
