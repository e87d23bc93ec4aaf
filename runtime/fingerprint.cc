#include "runtime/dims.h"
#include "runtime/layout.h"
#include "runtime/session.h"

namespace fovea {
namespace {

// The dims are put back after the fingerprint ran. A trace stays on: it finds what differs.
class Aside {
 public:
  explicit Aside(fovea_session* session) : session_(session) {
    std::memcpy(dims_, session->dims, sizeof dims_);
  }
  ~Aside() { std::memcpy(session_->dims, dims_, sizeof dims_); }

 private:
  fovea_session* session_;
  uint32_t dims_[kMaxDims];
};

fovea_code set_inputs(fovea_session* s, const schema::FingerprintRun& run, const Where& where,
                      fovea_error* error) {
  const Frame f = frame_of(*s, run.method());
  for (uint32_t i = 0; i < size_of(run.inputs()); ++i) {
    const auto tensor = static_cast<int32_t>(f.method->inputs()->Get(i));
    const Rows x = f.rows(tensor);
    const bool pixels = f.tensor(tensor)->dtype() == schema::DType::UInt8;
    const uint64_t bytes = uint64_t{x.rows} * x.width * (pixels ? 1 : kElementBytes);
    const auto* data = run.inputs()->Get(i)->data();
    if (size_of(data) != bytes) {
      return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_INPUT, i), size_of(data), bytes);
    }
    std::memcpy(x.data, data->data(), static_cast<size_t>(bytes));
  }
  return FOVEA_OK;
}

uint32_t outputs_crc(const fovea_session& s, uint32_t method) {
  const Frame f = frame_of(s, method);
  uint32_t crc = 0;
  for (uint32_t i = 0; i < size_of(f.method->outputs()); ++i) {
    const Rows y = f.rows(static_cast<int32_t>(f.method->outputs()->Get(i)));
    crc = fovea_crc32(crc, y.data, size_t{y.rows} * y.width * kElementBytes);
  }
  return crc;
}

fovea_code check_run(fovea_session* s, uint32_t index, fovea_error* error) {
  const schema::FingerprintRun& run = *s->model.root->fingerprint()->Get(index);
  const Where where = {FOVEA_TABLE_FINGERPRINT, index};
  for (uint32_t i = 0; i < s->model.dim_count(); ++i) {
    if (is_derived(*s->model.root->dims()->Get(i))) continue;
    FOVEA_TRY(fovea_set_dim(s, i, run.dims()->Get(i), error));
  }
  FOVEA_TRY(set_inputs(s, run, where, error));
  FOVEA_TRY(fovea_run(s, run.method(), error));
  const uint32_t crc = outputs_crc(*s, run.method());
  return crc == run.crc() ? FOVEA_OK : fail(error, FOVEA_WRONG_RESULT, where, crc, run.crc());
}

}  // namespace
}  // namespace fovea

extern "C" fovea_code fovea_check_fingerprint(fovea_session* session, fovea_error* error) {
  using namespace fovea;
  if (session == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_SESSION});
  if (session->busy) return fail(error, FOVEA_BUSY, {FOVEA_TABLE_SESSION});
  clear_lengths(session);
  const Aside aside(session);
  fovea_code code = FOVEA_OK;
  for (uint32_t i = 0; i < size_of(session->model.root->fingerprint()) && code == FOVEA_OK; ++i) {
    code = check_run(session, i, error);
  }
  clear_lengths(session);
  return code;
}
