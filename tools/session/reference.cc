#include "tools/session/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tools/common/error.h"
#include "tools/session/tensor_input.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 33;

std::span<const uint8_t> archive(const MappedFile& file) {
  if (looks_like_zip(file.bytes())) return file.bytes();
  fail("{}: is no .npz file: save it with numpy.savez", file.path());
}

double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double apart = std::abs(a - b);
  return std::isfinite(apart) ? apart : std::numeric_limits<double>::infinity();
}

}  // namespace

Reference::Reference(const std::string& path)
    : file_(path), archive_(archive(file_), file_.path()) {}

std::string Reference::key(const std::string& method, const std::string& name) const {
  const std::string full = method + "." + name;
  return archive_.has(full) ? full : archive_.has(name) ? name : "";
}

Npy Reference::input(const std::string& key, const fovea_tensor& tensor) const {
  return read_tensor({file_.path(), key}, tensor);
}

Numbers Reference::numbers(const std::string& key) const {
  return parse_numbers(archive_.read(key, kMostBytes), file_.path() + ":" + key);
}

Difference difference(std::span<const float> found, std::span<const double> wanted) {
  Difference d;
  double largest = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double apart = distance(static_cast<double>(found[i]), wanted[i]);
    if (apart > d.error) {
      d.error = apart;
      d.at = i;
    }
    if (std::isfinite(wanted[i])) largest = std::max(largest, std::abs(wanted[i]));
  }
  d.share = d.error == 0 ? 0 : d.error / largest;
  return d;
}

bool same_shape(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  std::vector<uint64_t> x(a.begin(), a.end()), y(b.begin(), b.end());
  std::erase(x, 1u);
  std::erase(y, 1u);
  return x == y;
}

}  // namespace fovea::tools
