#include "tools/session/session.h"

#include <cstdlib>
#include <limits>
#include <new>

#include "kernels/kernels.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr std::align_val_t kArenaAlignment{FOVEA_ALIGNMENT};

fovea::api::Model open_model(const MappedFile& file) {
  const auto model = fovea::api::Model::open(file.bytes().data(), file.bytes().size());
  if (!model) fail("{}: {}", file.path(), model.error().message().c_str());
  return *model;
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result.empty() ? "none" : result;
}

}  // namespace

ModelFile::ModelFile(const std::string& path) : file_(path), model_(open_model(file_)) {}

const Preamble& ModelFile::preamble() const {
  return *reinterpret_cast<const Preamble*>(file_.bytes().data());
}

const schema::Model& ModelFile::tables() const {
  return *schema::GetModel(file_.bytes().data() + preamble().header_offset);
}

std::string ModelFile::method_names() const {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < model_.method_count(); ++i) names.emplace_back(model_.method_name(i));
  return joined(names);
}

uint32_t ModelFile::method(const std::string& name) const {
  if (name.empty() && model_.method_count() == 1) return 0;
  const int32_t found = model_.find_method(name.empty() ? "forward" : name.c_str());
  if (found >= 0) return static_cast<uint32_t>(found);
  if (name.empty())
    fail("{}: has several methods, choose with --method: {}", path(), method_names());
  fail("{}: has no method '{}', only: {}", path(), name, method_names());
}

void ModelFile::throw_error(const Error& error) const {
  fail("{}: {}", path(), error.message(&model_).c_str());
}

std::vector<std::string> usable_rows() {
  std::vector<std::string> names;
  for (const kernels::Kernels* const* row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (kernels::cpu_has(**row)) names.emplace_back((*row)->name);
  }
  return names;
}

std::string chosen_row(const std::string& row) {
  const char* variable = std::getenv("FOVEA_ISA");
  const std::string name = row.empty() && variable != nullptr ? variable : row;
  if (name.empty()) return name;
  if (kernels::select_row(name.c_str()) != nullptr) return name;
  throw UsageError(
      fmt::format("instruction set '{}'{} is not in this program or this CPU, which have: {}", name,
                  row.empty() ? " (from FOVEA_ISA)" : "", joined(usable_rows())));
}

void BoundSession::Free::operator()(uint8_t* memory) const {
  ::operator delete(memory, kArenaAlignment);
}

BoundSession::BoundSession(const ModelFile& file, uint32_t threads, const std::string& row)
    : threads_(threads), memory_(file.model().arena(threads)) {
  const fovea_options session_options = options(row);
  if (memory_.total <= std::numeric_limits<size_t>::max()) {
    arena_.reset(static_cast<uint8_t*>(
        ::operator new(static_cast<size_t>(memory_.total), kArenaAlignment, std::nothrow)));
  }
  if (arena_ == nullptr) {
    fail("{}: a session needs {} bytes, which this machine does not have: see `fovea plan`",
         file.path(), memory_.total);
  }
  session_ = file.check(
      file.model().bind(arena_.get(), static_cast<size_t>(memory_.total), session_options));
}

fovea_options BoundSession::options(const std::string& row) {
  fovea_options result = {};
  if (!row.empty()) result.row = row.c_str();
  if (threads_ < 2) return result;
  pool_.reset(fovea_threads_create(threads_, nullptr));
  if (pool_ == nullptr) fail("{} threads cannot be made: ask for fewer", threads_);
  result.executor = fovea_threads_executor(pool_.get());
  return result;
}

}  // namespace fovea::tools
