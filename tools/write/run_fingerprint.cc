#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "fovea/fovea.h"
#include "runtime/preamble.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"
#include "tools/graph/dims.h"
#include "tools/write/describe_error.h"
#include "tools/write/fingerprint.h"

namespace fovea::tools {
namespace {

// Memory that is taken from the machine only where it is touched: caches of a large context are
// mostly empty in these short runs.
class LazyMemory {
 public:
  explicit LazyMemory(size_t size) : size_(size) {
    data_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (data_ == MAP_FAILED) {
      fail("{} bytes for running the model: {}; lower its maxima with --max", size,
           std::strerror(errno));
    }
  }
  ~LazyMemory() { munmap(data_, size_); }
  LazyMemory(const LazyMemory&) = delete;
  LazyMemory& operator=(const LazyMemory&) = delete;

  fovea_block block() const { return {data_, size_}; }

 private:
  void* data_;
  size_t size_;
};

// One session on a file. Everything the runtime refuses becomes an InputError.
class Runner {
 public:
  Runner(const MappedFile& file, const schema::ModelT& model, const std::string& name)
      : file_(file), model_(model), name_(name), opened_(open()), memory_(arena_bytes()) {
    fovea_error error = {};
    check(fovea_bind(&opened_, {memory_.block(), {}, {}}, nullptr, &session_, &error), error);
    trace_ = {this, &Runner::forget_weights, nullptr, false};
    fovea_set_trace(session_, &trace_);
  }

  uint32_t run(const schema::FingerprintRunT& run) {
    fovea_error error = {};
    for (uint32_t i = 0; i < run.dims.size(); ++i) {
      if (is_derived(*model_.dims[i])) continue;
      check(fovea_set_dim(session_, i, run.dims[i], &error), error);
    }
    const schema::MethodT& method = *model_.methods[run.method];
    for (size_t i = 0; i < method.inputs.size(); ++i) {
      const auto& data = run.inputs[i]->data;
      std::memcpy(tensor(run.method, method.inputs[i], fovea_input).data, data.data(), data.size());
    }
    check(fovea_run(session_, run.method, &error), error);
    uint32_t crc = 0;
    for (const uint32_t index : method.outputs) {
      const fovea_tensor output = tensor(run.method, index, fovea_output);
      crc = fovea_crc32(crc, output.data, static_cast<size_t>(output.bytes));
    }
    return crc;
  }

 private:
  using Find = fovea_code (*)(fovea_session*, uint32_t, const char*, fovea_tensor*, fovea_error*);

  void check(fovea_code code, const fovea_error& error) const {
    if (code != FOVEA_OK) fail("{}: {}", name_, describe_error(model_, error));
  }

  fovea_model open() const {
    fovea_model opened;
    fovea_error error = {};
    const auto bytes = file_.bytes();
    check(fovea_open({bytes.data(), bytes.size()}, {}, &opened, &error), error);
    return opened;
  }

  size_t arena_bytes() const { return static_cast<size_t>(fovea_arena(&opened_, 1).total); }

  fovea_tensor tensor(uint32_t method, uint32_t index, Find find) const {
    fovea_tensor found = {};
    const std::string& name = model_.methods[method]->tensors[index]->name;
    fovea_error error = {};
    check(find(session_, method, name.c_str(), &found, &error), error);
    return found;
  }

  // Weights that an operator has used need not stay in memory.
  static void forget_weights(void* context, const fovea_record* record) {
    const Runner& self = *static_cast<const Runner*>(context);
    const uint64_t total = self.file_.bytes().size();
    const uint64_t segment = self.weights_size();
    const auto& op = self.model_.methods[record->method]->operators[record->operator_index];
    for (const int32_t index : op->weights) {
      if (index < 0) continue;
      const schema::WeightT& weight = *self.model_.weights[index];
      self.file_.forget(total - segment + weight.offset, weight.size);
    }
  }

  uint64_t weights_size() const {
    Preamble preamble;
    std::memcpy(&preamble, file_.bytes().data(), sizeof preamble);
    return preamble.weights_size;
  }

  const MappedFile& file_;
  const schema::ModelT& model_;
  const std::string& name_;
  fovea_model opened_;
  LazyMemory memory_;
  fovea_session* session_ = nullptr;
  fovea_trace trace_ = {};
};

}  // namespace

std::vector<uint32_t> run_fingerprint(const MappedFile& file, const schema::ModelT& model,
                                      const std::string& name) {
  Runner runner(file, model, name);
  Progress progress("running", model.fingerprint.size());
  std::vector<uint32_t> crcs;
  for (const auto& run : model.fingerprint) {
    crcs.push_back(runner.run(*run));
    progress.update(crcs.size());
  }
  return crcs;
}

}  // namespace fovea::tools
