#include "tools/session/trace.h"

#include <charconv>
#include <sstream>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

template <typename T>
bool parse(const std::string& text, int base, T* value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *value, base);
  return result.ec == std::errc() && result.ptr == end;
}

TraceLine parse_line(const std::string& path, size_t number, const std::string& text) {
  std::istringstream words(text);
  std::string method, index, kind, crc, rest;
  words >> method >> index >> kind >> crc;
  TraceLine line;
  line.method = method;
  line.kind = kind;
  if ((words >> rest) || !parse(index, 10, &line.operator_index) || !parse(crc, 16, &line.crc)) {
    fail("{}: line {} is not \"method operator kind crc\", such as \"forward 3 Linear 1b2c3d4e\"",
         path, number);
  }
  return line;
}

}  // namespace

std::string trace_text(const TraceLine& line) {
  return fmt::format("{} {} {} {:08x}", printable(line.method), line.operator_index,
                     printable(line.kind), line.crc);
}

std::vector<TraceLine> read_trace(const std::string& path) {
  const MappedFile file(path);
  std::istringstream lines(std::string(file.bytes().begin(), file.bytes().end()));
  std::vector<TraceLine> result;
  std::string text;
  for (size_t number = 1; std::getline(lines, text); ++number) {
    const size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos || text[first] == '#') continue;
    result.push_back(parse_line(path, number, text));
  }
  if (result.empty()) fail("{}: has no trace lines", path);
  return result;
}

Tracer::Tracer(const ModelFile& file, const Session& session)
    : file_(file), session_(session), trace_{this, record, nullptr, true} {
  session_.set_trace(&trace_);
}

void Tracer::record(void* context, const fovea_record* record) {
  Tracer& tracer = *static_cast<Tracer*>(context);
  tracer.lines_.push_back({tracer.file_.method_name(record->method), record->operator_index,
                           record->kind, record->crc});
}

}  // namespace fovea::tools
