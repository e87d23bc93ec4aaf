// Scores of random vectors vary by their width, unless they are divided by its square root.

#include <algorithm>
#include <cmath>

#include "examples/principles/principles.h"

namespace principles {
namespace {

constexpr uint32_t kTokens = 8;
using Rows = std::vector<std::vector<double>>;  // [query][key]

// The sign of an element, as in make.py.
int32_t sign(uint32_t x) {
  x = (x ^ (x >> 15)) * 0x85EBCA77u;
  x = (x ^ (x >> 13)) * 0xC2B2AE3Du;
  x = (x ^ (x >> 16)) * 0x9E3779B1u;
  return x >> 31 != 0 ? -1 : 1;
}

// Whole numbers: query . key, element by element.
Rows dot_products(uint32_t width) {
  Rows scores(kTokens, std::vector<double>(kTokens));
  for (uint32_t c = 0; c < width; ++c) {
    for (uint32_t q = 0; q < kTokens; ++q) {
      const int32_t query = sign(1 + c * kTokens + q);
      for (uint32_t k = 0; k < kTokens; ++k) {
        scores[q][k] += query * sign(1 + (width + c) * kTokens + k);
      }
    }
  }
  return scores;
}

Rows softmax(Rows scores, double scale) {
  for (auto& row : scores) {
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (double& x : row) sum += x = std::exp(scale * (x - most));
    for (double& x : row) x /= sum;
  }
  return scores;
}

// Of the tokens as they are, or of the larger ones.
Rows weights(const Net& net, bool larger) {
  std::vector<int32_t> tokens(kTokens);
  for (uint32_t i = 0; i < kTokens; ++i) {
    tokens[i] = static_cast<int32_t>(i + (larger ? kTokens : 0));
  }
  const fovea::Method forward = net.method("forward");
  must(forward.set_list("tokens", tokens.data(), tokens.size()));
  must(forward.run());
  const auto seen = net.weights("forward", "attention.0.weights");
  Rows rows;
  for (uint32_t q = 0; q < kTokens; ++q) rows.emplace_back(seen.row(q), seen.row(q) + kTokens);
  return rows;
}

// Mean square of scores less the mean of their query's; weights tell no more of them.
double variance(const Rows& scores) {
  double sum = 0;
  for (const auto& row : scores) {
    double mean = 0;
    for (double x : row) mean += x / kTokens;
    for (double x : row) sum += (x - mean) * (x - mean);
  }
  return sum / (kTokens * (kTokens - 1));
}

Rows logs(Rows rows) {
  for (auto& row : rows) {
    for (double& x : row) x = std::log(x);
  }
  return rows;
}

double mean_entropy(const Rows& rows) {
  double sum = 0;
  for (const auto& row : rows) sum += entropy(row);
  return sum / kTokens;
}

}  // namespace

void scaling(const Place& place, Report& report) {
  for (const uint32_t width : {16u, 32u, 64u, 128u, 256u, 512u, 1024u}) {
    const Net net(place, "scaling_d" + std::to_string(width));
    const Rows exact = dot_products(width), divided = weights(net, false), raw = weights(net, true);
    const std::string name = "width " + std::to_string(width) + ", ";
    const double scale = 1 / std::sqrt(static_cast<double>(width));
    report.near(name + "variance of scores divided by sqrt(d)", variance(logs(divided)),
                variance(exact) / width, 1e-4);
    if (width <= 256) {  // beyond, some weights are 0
      report.near(name + "variance of scores as they are", variance(logs(raw)), variance(exact),
                  1e-4 * width);
    }
    report.near(name + "entropy of weights, divided", mean_entropy(divided),
                mean_entropy(softmax(exact, scale)));
    report.near(name + "entropy of weights, as they are", mean_entropy(raw),
                mean_entropy(softmax(exact, 1)));
    report.near(name + "variance divided, of random vectors 1", variance(logs(divided)), 1, 0.35);
    if (width >= 256) {
      report.below(name + "saturated: entropy as they are", mean_entropy(raw), 0.3);
    }
    report.above(name + "not saturated: entropy divided", mean_entropy(divided), 1.4);
  }
  const Net unit(place, "scaling_unit");
  const double right = mean_entropy(softmax(dot_products(256), 1 / 16.0));
  for (const bool larger : {false, true}) {
    const std::string name = std::string("width 256, of length 1, times 16, tokens ") +
                             (larger ? "4 times as large" : "as they are");
    report.near(name + ": entropy", mean_entropy(weights(unit, larger)), right);
  }
}

}  // namespace principles
