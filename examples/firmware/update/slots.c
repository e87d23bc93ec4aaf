#include "examples/firmware/update/slots.h"

#include <stddef.h>

static const uint32_t kErased = 0xffffffff;

// What stands in a slot's first sector. The words behind the checksum are programmed later.
typedef struct Record {
  uint32_t number;  // of the update: the larger one is newer
  uint32_t size;    // of the file
  uint32_t crc;     // of the two above
  uint32_t tried[kTries];
  uint32_t good;
} Record;

static uint32_t crc_of(const Record* record) {
  return fovea_crc32(0, record, offsetof(Record, crc));
}

static uint32_t address_of(const Flash* flash, uint32_t slot) {
  return slot * flash->slot;
}

static const Record* record_of(const Flash* flash, uint32_t slot) {
  const Record* record = (const Record*)(const void*)(flash->base + address_of(flash, slot));
  const bool whole = record->crc == crc_of(record) && record->size <= flash->slot - flash->sector;
  return whole && record->number != kErased ? record : NULL;
}

static bool set_word(const Flash* flash, const uint32_t* word, uint32_t value) {
  const uint32_t address = (uint32_t)((const uint8_t*)word - flash->base);
  return flash->program(flash->context, address, &value, sizeof value) && *word == value;
}

// Opens the file in a slot and checks every byte of it. Behind the file is padding: its length is
// in its first bytes.
static fovea_code open_slot(const Flash* flash, uint32_t slot, fovea_block arena, Loaded* out,
                            fovea_error* error) {
  const uint8_t* data = flash->base + address_of(flash, slot) + flash->sector;
  const fovea_span none = {NULL, 0}, file = {data, (size_t)fovea_file_size(data, 64)};
  const fovea_spans memory = {arena, {NULL, 0}, {NULL, 0}};
  if (file.size == 0 || file.size > flash->slot - flash->sector) {
    error->code = FOVEA_NOT_A_MODEL;
    return FOVEA_NOT_A_MODEL;
  }
  fovea_code code = fovea_open(file, none, &out->model, error);
  if (code == FOVEA_OK) code = fovea_check_weights(&out->model, error);
  if (code == FOVEA_OK) code = fovea_bind(&out->model, memory, NULL, &out->session, error);
  if (code == FOVEA_OK) code = fovea_check_fingerprint(out->session, error);
  out->slot = slot;
  return code;
}

// Whether the slot's model may be tried, which is written down before it is: a model that hangs is
// not tried for ever.
static bool may_try(const Flash* flash, const Record* record) {
  if (record->good == 0) return true;
  for (uint32_t i = 0; i < kTries; ++i) {
    if (record->tried[i] == kErased) return set_word(flash, &record->tried[i], 0);
  }
  return false;
}

bool slots_load(const Flash* flash, fovea_block arena, Loaded* out) {
  const Record* records[kSlots] = {record_of(flash, 0), record_of(flash, 1)};
  const uint32_t newer =
      records[1] != NULL && (records[0] == NULL || records[1]->number > records[0]->number);
  for (uint32_t i = 0; i < kSlots; ++i) {
    const uint32_t slot = i == 0 ? newer : 1 - newer;
    fovea_error error;
    if (records[slot] == NULL || !may_try(flash, records[slot])) continue;
    if (open_slot(flash, slot, arena, out, &error) != FOVEA_OK) continue;
    // It runs, whether or not that can be written down.
    if (records[slot]->good != 0) (void)set_word(flash, &records[slot]->good, 0);
    return true;
  }
  return false;
}

bool slots_begin(const Flash* flash, uint32_t running, uint32_t size, Update* update) {
  const uint32_t slot = running == 0 ? 1 : 0, address = address_of(flash, slot);
  if (size > flash->slot - flash->sector) return false;
  *update = (Update){flash, slot, size, 0};
  return flash->erase(flash->context, address, flash->sector) &&
         flash->erase(flash->context, address + flash->sector, flash->slot - flash->sector);
}

bool slots_write(Update* update, const void* data, uint32_t size) {
  const Flash* flash = update->flash;
  if (size > update->size - update->written) return false;
  const uint32_t address = address_of(flash, update->slot) + flash->sector + update->written;
  if (!flash->program(flash->context, address, data, size)) return false;
  update->written += size;
  return true;
}

bool slots_finish(Update* update, fovea_block arena, fovea_error* error) {
  const Flash* flash = update->flash;
  const Record* other = record_of(flash, 1 - update->slot);
  Loaded loaded;
  if (open_slot(flash, update->slot, arena, &loaded, error) != FOVEA_OK) return false;
  Record record = {other == NULL ? 1 : other->number + 1, update->size, 0, {0}, 0};
  record.crc = crc_of(&record);
  return flash->program(flash->context, address_of(flash, update->slot), &record,
                        offsetof(Record, tried));
}
