#include "tools/plan/arena.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "runtime/checked.h"

namespace fovea::tools {
namespace {

using Order = std::vector<uint32_t>;

// The smallest gap between the taken ranges that holds `bytes`; the end of all where none does.
uint64_t best_fit(std::vector<std::pair<uint64_t, uint64_t>>& taken, uint64_t bytes) {
  std::sort(taken.begin(), taken.end());
  uint64_t best = 0, smallest = std::numeric_limits<uint64_t>::max(), end = 0;
  for (const auto& [begin, stop] : taken) {
    if (begin >= end + bytes && begin - end < smallest) {
      smallest = begin - end;
      best = end;
    }
    end = std::max(end, stop);
  }
  return smallest == std::numeric_limits<uint64_t>::max() ? end : best;
}

// Places everything in the given order.
Arena place(std::span<const Lifetime> lifetimes, const Order& order) {
  Arena arena;
  arena.offsets.resize(lifetimes.size());
  std::vector<std::pair<uint64_t, uint64_t>> taken;
  for (size_t i = 0; i < order.size(); ++i) {
    const Lifetime& mine = lifetimes[order[i]];
    taken.clear();
    for (size_t j = 0; j < i; ++j) {
      const Lifetime& other = lifetimes[order[j]];
      const uint64_t offset = arena.offsets[order[j]];
      if (mine.overlaps(other)) taken.emplace_back(offset, offset + other.bytes);
    }
    arena.offsets[order[i]] = best_fit(taken, mine.bytes);
    arena.bytes = std::max(arena.bytes, arena.offsets[order[i]] + mine.bytes);
  }
  return arena;
}

uint64_t fullest_step(std::span<const Lifetime> lifetimes) {
  uint64_t most = 0;
  for (const Lifetime& at : lifetimes) {  // the fullest step is one at which something begins
    uint64_t alive = 0;
    for (const Lifetime& other : lifetimes) {
      if (other.first <= at.first && at.first <= other.last) alive += other.bytes;
    }
    most = std::max(most, alive);
  }
  return most;
}

// Largest first is Pisarchyk and Lee's greedy by size (2020), the best of their heuristics; the
// other orders win now and then.
std::vector<Order> starting_orders(std::span<const Lifetime> lifetimes) {
  Order order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::vector<Order> orders(3, order);
  const auto sort = [&](Order& which, auto key) {
    std::stable_sort(which.begin(), which.end(),
                     [&](uint32_t a, uint32_t b) { return key(lifetimes[a]) > key(lifetimes[b]); });
  };
  sort(orders[0], [](const Lifetime& l) { return l.bytes; });
  sort(orders[1], [](const Lifetime& l) { return l.bytes * (l.last - l.first + 1); });
  sort(orders[2], [](const Lifetime& l) { return std::pair(l.last - l.first, l.bytes); });
  return orders;
}

// Exchanges two places of the order at a time and keeps what is no worse. A fixed generator
// (Knuth's MMIX constants) keeps the result reproducible.
Arena improve(std::span<const Lifetime> lifetimes, Order order, Arena best, uint64_t goal) {
  constexpr size_t kWork = 20'000'000;  // comparisons, about a tenth of a second
  const size_t n = order.size();
  uint64_t random = 1;
  const auto next = [&] {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>((random >> 33) % n);
  };
  for (size_t tries = kWork / (n * n + 1); tries > 0 && best.bytes > goal; --tries) {
    const size_t a = next(), b = next();
    std::swap(order[a], order[b]);
    Arena arena = place(lifetimes, order);
    if (arena.bytes <= best.bytes) {
      best = std::move(arena);
    } else {
      std::swap(order[a], order[b]);
    }
  }
  return best;
}

}  // namespace

Arena arrange(std::vector<Lifetime> lifetimes, uint64_t alignment) {
  for (Lifetime& lifetime : lifetimes) lifetime.bytes = round_up(lifetime.bytes, alignment);
  const uint64_t goal = fullest_step(lifetimes);
  Arena best;
  Order order;
  for (Order& start : starting_orders(lifetimes)) {
    Arena arena = place(lifetimes, start);
    if (order.empty() || arena.bytes < best.bytes) {
      best = std::move(arena);
      order = std::move(start);
    }
  }
  if (best.bytes > goal) best = improve(lifetimes, std::move(order), std::move(best), goal);
  best.lower_bound = goal;
  return best;
}

}  // namespace fovea::tools
