#include "runtime/measure.h"
#include "runtime/open_file.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

fovea_code check_memory(const schema::Model& model, const fovea_operators& operators,
                        uint32_t header_size, fovea_error* error) {
  fovea_memory needed;
  FOVEA_TRY(measure(model, operators, &needed, error, header_size));
  const Where where = {FOVEA_TABLE_MODEL};
  const schema::Memory* stored = model.memory();
  if (stored == nullptr) return fail(error, FOVEA_BAD_STRUCTURE, where);
  const struct {
    uint64_t stored, needed;
    fovea_field field;
  } pairs[] = {{stored->state(), needed.state, FOVEA_FIELD_STATE_MEMORY},
               {stored->planned(), needed.planned, FOVEA_FIELD_PLANNED_MEMORY},
               {stored->per_thread(), needed.scratch, FOVEA_FIELD_SCRATCH_MEMORY}};
  for (const auto& pair : pairs) {
    if (pair.stored != pair.needed) {
      return fail(error, FOVEA_BAD_VALUE, where.at(pair.field), pair.stored, pair.needed);
    }
  }
  return FOVEA_OK;
}

}  // namespace
}  // namespace fovea

extern "C" {

fovea_code fovea_open_with(const fovea_operators* operators, fovea_span header, fovea_span weights,
                           fovea_model* model, fovea_error* error) {
  using namespace fovea;
  if (model == nullptr) return fail(error, FOVEA_BAD_ARGUMENT, {});
  Model m;
  FOVEA_TRY(open_file(operators, header, weights, &m, error));
  const auto size = static_cast<uint32_t>(m.preamble->header_size);
  const auto* bytes = reinterpret_cast<const unsigned char*>(m.preamble + 1);
  FOVEA_TRY(verify_structure(bytes, size, error));
  FOVEA_TRY(check_memory(*m.root, *operators, size, error));
  FOVEA_TRY(verify_weights_end(*m.root, m.preamble->weights_size, error));
  store(m, model);
  return succeed(error);
}

fovea_code fovea_check_weights(const fovea_model* model, fovea_error* error) {
  const fovea::Model m = fovea::view(model);
  if (m.preamble == nullptr) return fovea::fail(error, FOVEA_BAD_ARGUMENT, {});
  const uint32_t crc = fovea_crc32(0, m.weights, static_cast<size_t>(m.preamble->weights_size));
  if (crc == m.preamble->weights_crc) return fovea::succeed(error);
  return fovea::fail(error, FOVEA_BAD_CHECKSUM, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_WEIGHTS}, crc,
                     m.preamble->weights_crc);
}

fovea_memory fovea_arena(const fovea_model* model, uint32_t threads) {
  const fovea::schema::Memory* m = fovea::view(model).root->memory();
  if (m == nullptr) return {};
  using fovea::Checked;
  const Checked scratch = Checked(m->per_thread()) * (threads == 0 ? 1 : threads);
  const Checked total = scratch + m->state() + m->planned();
  return {m->state(), m->planned(), scratch.value(), total.value()};
}

}  // extern "C"
