// What the cases of convolutions of a grid share.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_GRID_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_GRID_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

// Lines or columns, in this order: of the grid, of taps, from window to window, from tap to tap,
// zeros before and after.
struct Way {
  uint32_t extent, taps = 1, step = 1, apart = 1, before = 0, after = 0;

  int64_t last() const {
    return int64_t{before} + extent + after - int64_t{apart} * (taps - 1) - 1;
  }
  uint32_t made() const { return static_cast<uint32_t>(last() / step + 1); }
  // Where the grid has a tap; outside of it where it has none.
  int64_t at(uint32_t window, uint32_t tap) const {
    return int64_t{window} * step - before + int64_t{tap} * apart;
  }
  bool has(int64_t place) const { return place >= 0 && place < extent; }
};

struct GridForm {
  Way lines, columns;

  uint32_t tokens() const { return lines.extent * columns.extent; }
  uint32_t made() const { return lines.made() * columns.made(); }
  uint32_t taps() const { return lines.taps * columns.taps; }
  std::unique_ptr<schema::GridWindowsT> windows() const {
    auto w = std::make_unique<schema::GridWindowsT>();
    w->lines = lines.extent;
    w->columns = columns.extent;
    w->high = lines.taps;
    w->wide = columns.taps;
    w->down = lines.step;
    w->right = columns.step;
    w->apart_down = lines.apart;
    w->apart_right = columns.apart;
    w->above = lines.before;
    w->below = lines.after;
    w->before = columns.before;
    w->after = columns.after;
    return w;
  }
  // For each tap that the grid has for a token of what is made: its number, and its token.
  void each_tap(size_t token, const std::function<void(size_t tap, size_t from)>& each) const {
    const auto line = static_cast<uint32_t>(token / columns.made());
    const auto column = static_cast<uint32_t>(token % columns.made());
    for (uint32_t k = 0; k < lines.taps; ++k) {
      for (uint32_t l = 0; l < columns.taps; ++l) {
        const int64_t i = lines.at(line, k), j = columns.at(column, l);
        if (!lines.has(i) || !columns.has(j)) continue;
        each(k * columns.taps + l, static_cast<size_t>(i * columns.extent + j));
      }
    }
  }
};

// Attributes of `Table` whose windows are wrong, where they are right for a grid of 7 lines of 9
// tokens with 3 x 2 taps.
template <class Table>
std::vector<Wrong> wrong_windows() {
  using Windows = schema::GridWindowsT;
  const auto with = [](std::function<void(Windows&)> change) {
    return [change](schema::OperatorT& o) {
      change(*static_cast<Table*>(o.attributes.value)->windows);
    };
  };
  std::vector<Wrong> wrong = {
      {"no windows",
       [](schema::OperatorT& o) { static_cast<Table*>(o.attributes.value)->windows.reset(); },
       "windows"}};
  struct Number {
    const char* name;
    uint32_t Windows::*field;
    bool may_be_0 = false;
  };
  for (const Number& n : {Number{"lines", &Windows::lines},
                          {"columns", &Windows::columns},
                          {"high", &Windows::high},
                          {"wide", &Windows::wide},
                          {"down", &Windows::down},
                          {"right", &Windows::right},
                          {"apart_down", &Windows::apart_down},
                          {"apart_right", &Windows::apart_right},
                          {"above", &Windows::above, true},
                          {"below", &Windows::below, true},
                          {"before", &Windows::before, true},
                          {"after", &Windows::after, true}}) {
    const std::string name = std::string("windows.") + n.name;
    const auto field = n.field;
    if (!n.may_be_0) wrong.push_back({name + " 0", with([=](auto& w) { w.*field = 0; }), name});
    wrong.push_back({name + " 4097", with([=](auto& w) { w.*field = 4097; }), name});
    // Other tokens are made, or none.
    wrong.push_back({name + ", 30 more", with([=](auto& w) { w.*field += 30; })});
  }
  return wrong;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_GRID_H_
