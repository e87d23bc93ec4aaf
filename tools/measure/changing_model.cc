#include "tools/measure/changing_model.h"

#include <algorithm>

#include "tools/measure/compensate.h"
#include "tools/pack/pack.h"
#include "tools/pack/source_reader.h"

namespace fovea::tools {

ChangingModel::ChangingModel(const ModelFile& file, const Checkpoint& checkpoint,
                             const Graph& graph, const std::string& path, uint32_t threads)
    : checkpoint_(checkpoint), graph_(graph), copy_(path) {
  copy_.write(file.mapped().bytes());
  file_ = std::make_unique<ModelFile>(copy_.temporary_path());
  session_ = std::make_unique<BoundSession>(*file_, threads, chosen_row());
}

void ChangingModel::put(size_t weight, const Codes& codes, schema::DType type) {
  const uint64_t columns = matrices_of(*graph_.model.weights[weight]).k.value();
  Part part;
  part.outputs = static_cast<uint32_t>(codes.codes.size() / columns);
  part.generate = [&codes, columns, groups = CodeGroups(type, columns)](uint64_t first,
                                                                        std::span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) {
      const uint64_t row = (first + i) / columns, column = (first + i) % columns;
      out[i] = static_cast<float>(decoded(groups, codes, row, column));
    }
  };
  write(weight, {{part}});
}

void ChangingModel::put(size_t weight, const std::vector<float>& numbers) {
  Part part;
  part.outputs = static_cast<uint32_t>(numbers.size());
  part.constants = numbers;
  write(weight, {{part}});
}

void ChangingModel::put(size_t weight, const Format& format) {
  const Matrices matrices = matrices_of(*graph_.model.weights[weight]);
  const uint64_t columns = matrices.k.value();
  const uint64_t rows = uint64_t{matrices.experts} * matrices.group * matrices.outputs;
  SourceReader reader(checkpoint_, graph_.sources[weight], columns, format);
  if (format.is_codes()) {
    return put(weight, nearest(reader, rows, columns, format.type), format.type);
  }
  Part part;
  part.outputs = static_cast<uint32_t>(rows);
  part.constants.resize(rows * columns);
  reader.read(0, part.constants);
  for (float& number : part.constants) number = format.nearest(number);
  write(weight, {{part}});
}

void ChangingModel::put_back(size_t weight) {
  write(weight, graph_.sources[weight]);
}

void ChangingModel::write(size_t weight, const Source& source) {
  const schema::WeightT& table = *graph_.model.weights[weight];
  uint64_t at = file_->preamble().weights_offset + table.offset;
  pack_weight(checkpoint_, table, source, [&](std::span<const uint8_t> bytes) {
    copy_.write_at(at, bytes);
    at += bytes.size();
  });
}

}  // namespace fovea::tools
