#include <fmt/format.h>

#include "tools/common/npy.h"
#include "tools/common/table.h"
#include "tools/firmware/names.h"
#include "tools/firmware/sources.h"
#include "tools/session/cost.h"
#include "tools/session/shape.h"

namespace fovea::tools {
namespace {

// Lines "#define NAME VALUE" with what they mean beside them.
class Macros {
 public:
  Macros(std::string prefix, std::string* text) : prefix_(std::move(prefix)), text_(text) {}

  void define(const std::string& name, const std::string& value, const std::string& meaning = "") {
    const std::string unique = names_.take(prefix_ + "_" + name);
    *text_ += fmt::format("#define {} {}{}\n", unique, value,
                          meaning.empty() ? "" : " /* " + in_comment(meaning) + " */");
  }
  void define(const std::string& name, uint64_t value, const std::string& meaning = "") {
    define(name, fmt::format("{}u", value), meaning);
  }
  void comment(const std::string& line) { *text_ += "\n/* " + in_comment(line) + " */\n"; }

  // A text as C has it. Names come from the file: what could end the literal is escaped.
  static std::string quoted(const char* name) {
    std::string result = "\"";
    for (const char c : std::string(name)) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = byte >= 32 && byte < 127 && c != '"' && c != '\\' && c != '?';
      result += plain ? std::string(1, c) : fmt::format("\\{:03o}", byte);
    }
    return result + "\"";
  }

 private:
  static std::string in_comment(const std::string& text) {
    std::string result;
    for (const char c : printable(text)) result += c == '*' || c == '\\' ? ' ' : c;
    return result;
  }

  std::string prefix_;
  std::string* text_;
  UniqueNames names_;
};

std::string part(const char* name) {
  return upper(identifier_of(name));
}

void define_model(const ModelFile& file, Opening opening, Macros& macros) {
  macros.define("MODEL_BYTES", file.size(), "of flash, all constant");
  macros.define("WEIGHT_BYTES", file.preamble().weights_size, "the weights among them");
  if (opening == Opening::kTrusted) {
    macros.define("HEADER_CRC", fmt::format("0x{:08x}u", file.preamble().header_crc),
                  "of the header that was checked");
  }
}

void define_memory(const ModelFile& file, const std::string& prefix, Macros& macros) {
  const fovea_memory one = file.model().arena(1);
  macros.comment(
      "Memory of a session with one thread, exactly. One block aligned to 64 bytes "
      "holds all; or three blocks hold one each.");
  macros.define("STATE_BYTES", one.state, "outlives runs: the session and its caches");
  macros.define("PLANNED_BYTES", one.planned, "inputs, outputs and activations of a run");
  macros.define("SCRATCH_BYTES", one.scratch, "the operators' own; once for each thread");
  macros.define("ARENA_BYTES",
                fmt::format("({0}_STATE_BYTES + {0}_PLANNED_BYTES + {0}_SCRATCH_BYTES)", prefix));
  macros.define("ARENA_BYTES_FOR(threads)",
                fmt::format("({0}_ARENA_BYTES + {0}_SCRATCH_BYTES * ((threads) - 1u))", prefix));
}

void define_dims(const fovea::api::Model& model, Macros& macros) {
  if (model.dim_count() != 0) macros.comment("Dims: index and maximum.");
  for (uint32_t i = 0; i < model.dim_count(); ++i) {
    const auto dim = model.dim(i);
    if (!dim || dim->derived) continue;
    macros.define("DIM_" + part(dim->name), i);
    macros.define("MAX_" + part(dim->name), dim->max);
  }
}

void define_caches(const fovea::api::Model& model, Macros& macros) {
  if (model.cache_count() != 0) macros.comment("Key-value caches: index and tokens.");
  for (uint32_t i = 0; i < model.cache_count(); ++i) {
    const auto cache = model.cache(i);
    if (!cache) continue;
    macros.define("CACHE_" + part(cache->name), i);
    macros.define("CACHE_" + part(cache->name) + "_CONTEXT", cache->context);
  }
}

void define_tensor(const fovea::api::Model& model, const Result<fovea_tensor>& tensor,
                   const std::string& prefix, Macros& macros) {
  if (!tensor) return;
  const std::string name = prefix + part(tensor->name);
  macros.define(name, Macros::quoted(tensor->name),
                type_name(tensor->type) + symbolic_shape(model, *tensor));
  macros.define(name + "_ELEMENTS", tensor->bytes / 4, "at most");
  for (uint32_t i = 0; i < tensor->rank; ++i) {
    macros.define(fmt::format("{}_EXTENT_{}", name, i), tensor->extents[i]);
  }
}

void define_method(const ModelFile& file, uint32_t method, Macros& macros) {
  const fovea::api::Model& model = file.model();
  const std::string name = part(model.method_name(method));
  macros.comment(fmt::format("Method {}.", model.method_name(method)));
  macros.define("METHOD_" + name, method);
  macros.define(name + "_MULTIPLY_ADDS", cost_at_maxima(file, method, Caches::kEmpty).multiply_adds,
                "of a full run");
  for (uint32_t i = 0; i < model.input_count(method); ++i) {
    define_tensor(model, model.input(method, i), name + "_INPUT_", macros);
  }
  for (uint32_t i = 0; i < model.output_count(method); ++i) {
    define_tensor(model, model.output(method, i), name + "_OUTPUT_", macros);
  }
}

constexpr const char* kFunctions = R"(
/* The file's bytes, as 64-bit words. NAME_ALIGNMENT may be defined as 16 or 32 where flash is
 * short and wide loads are of no use. */
#ifndef NAME_ALIGNMENT
#define NAME_ALIGNMENT 64
#endif
extern const uint64_t name_model[];

/* The operators and features that the model uses: a linker takes no others. */
extern const fovea_operators name_operators;

)";

constexpr const char* kOpen = R"(
/* Checks the model and refers to it in place. */
static inline FOVEA_NODISCARD fovea_code name_open(fovea_model* model, fovea_error* error) {
  const fovea_span bytes = {name_model, NAME_MODEL_BYTES};
  const fovea_span none = {0, 0};
  return fovea_open_with(&name_operators, bytes, none, model, error);
}
)";

constexpr const char* kOpenTrusted = R"(
/* Refers to the model in place, if its header is the one that `fovea firmware` checked. */
static inline FOVEA_NODISCARD fovea_code name_open(fovea_model* model, fovea_error* error) {
  const fovea_span bytes = {name_model, NAME_MODEL_BYTES};
  const fovea_span none = {0, 0};
  return fovea_open_trusted(&name_operators, NAME_HEADER_CRC, bytes, none, model, error);
}
)";

// Puts the model's name in place of "name" and "NAME".
std::string functions(const std::string& text, const std::string& name) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 5, "name_") == 0) {
      result += name + "_";
      i += 5;
    } else if (text.compare(i, 5, "NAME_") == 0) {
      result += upper(name) + "_";
      i += 5;
    } else {
      result += text[i++];
    }
  }
  return result;
}

}  // namespace

std::string firmware_header(const ModelFile& file, const std::string& name, Opening opening) {
  const std::string prefix = upper(name);
  std::string text = fmt::format(
      "/* {0}: a model for linking into firmware. Made by `fovea firmware`; not to be edited. */\n"
      "#ifndef {1}_MODEL_H_\n#define {1}_MODEL_H_\n\n#include <stdint.h>\n\n"
      "#include \"fovea/{2}.h\"\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
      name, prefix, opening == Opening::kTrusted ? "trusted" : "fovea");
  Macros macros(prefix, &text);
  define_model(file, opening, macros);
  define_memory(file, prefix, macros);
  define_dims(file.model(), macros);
  define_caches(file.model(), macros);
  for (uint32_t i = 0; i < file.model().method_count(); ++i) define_method(file, i, macros);
  if (file.model().label_count() != 0) {
    macros.comment("fovea_label gives their names.");
    macros.define("LABELS", file.model().label_count());
  }
  text += functions(kFunctions, name);
  text += functions(opening == Opening::kTrusted ? kOpenTrusted : kOpen, name);
  text += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

}  // namespace fovea::tools
