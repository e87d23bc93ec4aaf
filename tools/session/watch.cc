#include "tools/session/watch.h"

#include <algorithm>

namespace fovea::tools {

Watch::Watch(const Session& session, uint32_t method, const std::vector<uint32_t>& operators)
    : method_(method),
      session_(session),
      operators_(operators),
      trace_{this, record, nullptr, false} {
  session_.set_trace(&trace_);
}

void Watch::record(void* context, const fovea_record* record) {
  Watch& watch = *static_cast<Watch*>(context);
  const auto& wanted = watch.operators_;
  if (record->method != watch.method_) return;
  if (std::find(wanted.begin(), wanted.end(), record->operator_index) == wanted.end()) return;
  const auto seen = first_output(*watch.session_.get(), watch.method_, record->operator_index);
  if (seen) watch.seen_[record->operator_index] = *seen;
}

}  // namespace fovea::tools
