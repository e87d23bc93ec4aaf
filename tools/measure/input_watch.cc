#include "tools/measure/input_watch.h"

#include <algorithm>

#include "tools/session/seen.h"

namespace fovea::tools {

InputWatch::InputWatch(const Session& session, std::vector<Place> operators)
    : session_(session), operators_(std::move(operators)), trace_{this, record, nullptr, false} {
  session_.set_trace(&trace_);
}

void InputWatch::record(void* context, const fovea_record* record) {
  InputWatch& watch = *static_cast<InputWatch*>(context);
  const Place place = {record->method, record->operator_index};
  const auto& wanted = watch.operators_;
  if (std::find(wanted.begin(), wanted.end(), place) == wanted.end()) return;
  const auto rows = first_input(*watch.session_.get(), record->method, record->operator_index);
  watch.rows_.insert(watch.rows_.end(), rows.begin(), rows.end());
}

}  // namespace fovea::tools
