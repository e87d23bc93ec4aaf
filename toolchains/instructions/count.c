// A plugin for qemu's translator that counts executed instructions: in total, and for each symbol
// between two visits of a marked address.
//
//   qemu-... -plugin libcount.so,mark=0xADDRESS,out=FILE PROGRAM
//
// Each visit of the mark writes "mark N TOTAL"; the second also writes "symbol NAME COUNT" for what
// ran since the first. The interface is qemu's plugin API, version 1 (qemu 4.2 and later), declared
// here because distributions do not package its header.

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- qemu's side

typedef uint64_t Plugin;
typedef struct qemu_plugin_tb Block;
typedef struct qemu_plugin_insn Instruction;
struct qemu_info_t;

enum CallFlags { kNoRegisters = 0 };
enum InlineOperation { kAdd = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(Plugin id, void (*callback)(Plugin, Block*));
extern void qemu_plugin_register_vcpu_insn_exec_cb(Instruction* instruction,
                                                   void (*callback)(unsigned cpu, void* data),
                                                   enum CallFlags flags, void* data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(Instruction* instruction,
                                                       enum InlineOperation operation, void* value,
                                                       uint64_t immediate);
extern size_t qemu_plugin_tb_n_insns(const Block* block);
extern Instruction* qemu_plugin_tb_get_insn(const Block* block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const Instruction* instruction);
extern const char* qemu_plugin_insn_symbol(const Instruction* instruction);
extern void qemu_plugin_register_atexit_cb(Plugin id, void (*callback)(Plugin, void*), void* data);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(Plugin id, const struct qemu_info_t* info, int argc, char** argv);

// ---- Counting

typedef struct Symbol {
  char* name;
  uint64_t count, before;  // before: at the first visit of the mark
  struct Symbol* next;
} Symbol;

static Symbol* symbols;
static uint64_t total, mark;
static int visits;
static FILE* out;

static Symbol* symbol_named(const char* name) {
  for (Symbol* s = symbols; s != NULL; s = s->next) {
    if (strcmp(s->name, name) == 0) return s;
  }
  Symbol* s = calloc(1, sizeof *s);
  if (s == NULL || (s->name = strdup(name)) == NULL) abort();
  s->next = symbols;
  symbols = s;
  return s;
}

static void report_symbols(void) {
  for (const Symbol* s = symbols; s != NULL; s = s->next) {
    if (s->count != s->before) {
      fprintf(out, "symbol %s %" PRIu64 "\n", s->name, s->count - s->before);
    }
  }
}

static void visit_mark(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  ++visits;
  fprintf(out, "mark %d %" PRIu64 "\n", visits, total);
  if (visits == 1) {
    for (Symbol* s = symbols; s != NULL; s = s->next) s->before = s->count;
  } else if (visits == 2) {
    report_symbols();
  }
  fflush(out);
}

static void translate(Plugin id, Block* block) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    Instruction* instruction = qemu_plugin_tb_get_insn(block, i);
    const char* name = qemu_plugin_insn_symbol(instruction);
    Symbol* symbol = symbol_named(name == NULL || name[0] == '\0' ? "?" : name);
    if (mark != 0 && qemu_plugin_insn_vaddr(instruction) == mark) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, visit_mark, kNoRegisters, NULL);
    }
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kAdd, &total, 1);
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kAdd, &symbol->count, 1);
  }
}

static void finish(Plugin id, void* data) {
  (void)id, (void)data;
  fprintf(out, "total %" PRIu64 "\n", total);
  fflush(out);
}

int qemu_plugin_install(Plugin id, const struct qemu_info_t* info, int argc, char** argv) {
  (void)info;
  out = stderr;
  for (int i = 0; i < argc; ++i) {
    // A Thumb function's symbol may have bit 0 set; its instructions have not.
    if (strncmp(argv[i], "mark=", 5) == 0) mark = strtoull(argv[i] + 5, NULL, 0) & ~(uint64_t)1;
    if (strncmp(argv[i], "out=", 4) == 0) out = fopen(argv[i] + 4, "w");
  }
  if (out == NULL) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, finish, NULL);
  return 0;
}
