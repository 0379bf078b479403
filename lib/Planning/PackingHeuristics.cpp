//===- PackingHeuristics.cpp - Greedy orders and local search ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/PackingSolvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>

using namespace coppice::planning;
using namespace coppice::planning::detail;

Instance::Instance(std::vector<const Buffer *> list, int64_t bound)
    : buffers(std::move(list)), neighbours(buffers.size()), bound(bound) {
  // Sweep over the steps, with the buffers that are live when the next one
  // begins.
  std::vector<uint32_t> order(buffers.size());
  for (uint32_t i = 0; i < order.size(); ++i)
    order[i] = i;
  llvm::sort(order, [&](uint32_t a, uint32_t b) {
    return std::make_pair(buffers[a]->first, a) <
           std::make_pair(buffers[b]->first, b);
  });
  std::vector<uint32_t> live;
  for (uint32_t i : order) {
    llvm::erase_if(
        live, [&](uint32_t j) { return buffers[j]->last < buffers[i]->first; });
    for (uint32_t j : live) {
      neighbours[i].push_back(j);
      neighbours[j].push_back(i);
    }
    live.push_back(i);
  }
}

namespace {
/// Places buffers one by one among those already placed.
class Packer {
public:
  Packer(const Instance &instance, bool tightest)
      : instance(instance), tightest(tightest) {
    // With few conflicts, it is faster to sort those of a buffer than to look
    // at all placed buffers.
    int64_t count = instance.buffers.size();
    dense = count * count <= 16 * countConflicts(instance);
  }

  Placement pack(const std::vector<uint32_t> &order) {
    Placement result;
    result.offsets.assign(instance.buffers.size(), -1);
    for (uint32_t i = 0; i < instance.buffers.size(); ++i)
      if (instance.buffers[i]->offset)
        put(result, i, *instance.buffers[i]->offset);
    (void)resume(result, order, 0, std::numeric_limits<int64_t>::max());
    return result;
  }

  /// Packs an order that equals the order of `before` up to the place `begin`.
  /// Returns nullopt as soon as the total exceeds `limit`.
  std::optional<Placement> repack(const Placement &before,
                                  const std::vector<uint32_t> &order,
                                  size_t begin, int64_t limit) {
    Placement result;
    result.offsets = before.offsets;
    for (size_t place = begin; place < order.size(); ++place)
      if (!instance.buffers[order[place]]->offset)
        result.offsets[order[place]] = -1;
    for (auto [buffer, offset] : llvm::zip(instance.buffers, result.offsets))
      if (offset >= 0)
        result.total = std::max(result.total, offset + buffer->size);
    if (!resume(result, order, begin, limit))
      return std::nullopt;
    return result;
  }

private:
  /// The place and the lifetime of a buffer.
  struct Placed {
    int64_t begin, end, first, last;
    bool operator<(const Placed &other) const { return begin < other.begin; }
  };

  Placed getPlaced(uint32_t i, int64_t offset) const {
    const Buffer &buffer = *instance.buffers[i];
    return {offset, offset + buffer.size, buffer.first, buffer.last};
  }

  /// Places the buffers of `order` from `begin` on; false as soon as the total
  /// exceeds `limit`.
  bool resume(Placement &result, const std::vector<uint32_t> &order,
              size_t begin, int64_t limit) {
    placed.clear();
    for (uint32_t i = 0; dense && i < result.offsets.size(); ++i)
      if (result.offsets[i] >= 0)
        placed.push_back(getPlaced(i, result.offsets[i]));
    llvm::sort(placed);
    for (size_t place = begin; place < order.size(); ++place) {
      if (result.total > limit)
        return false;
      uint32_t i = order[place];
      if (result.offsets[i] >= 0)
        continue;
      int64_t offset = find(result, i);
      put(result, i, offset);
      if (!dense)
        continue;
      Placed added = getPlaced(i, offset);
      placed.insert(llvm::upper_bound(placed, added), added);
    }
    result.optimal = result.total == instance.bound;
    return result.total <= limit;
  }

  void put(Placement &result, uint32_t i, int64_t offset) {
    result.offsets[i] = offset;
    result.total = std::max(result.total, offset + instance.buffers[i]->size);
  }

  int64_t find(const Placement &result, uint32_t i) {
    const Buffer &buffer = *instance.buffers[i];
    if (!dense) {
      placed.clear();
      for (uint32_t j : instance.neighbours[i])
        if (result.offsets[j] >= 0)
          placed.push_back(getPlaced(j, result.offsets[j]));
      llvm::sort(placed);
    }
    int64_t top = 0, bestOffset = -1, bestGap = 0;
    for (auto [begin, end, first, last] : placed) {
      if (last < buffer.first || buffer.last < first)
        continue;
      int64_t offset = llvm::alignTo(top, buffer.alignment);
      if (offset + buffer.size <= begin) {
        if (!tightest)
          return offset;
        if (bestOffset < 0 || begin - top < bestGap) {
          bestOffset = offset;
          bestGap = begin - top;
        }
      }
      top = std::max(top, end);
    }
    return bestOffset >= 0 ? bestOffset : llvm::alignTo(top, buffer.alignment);
  }

  const Instance &instance;
  bool tightest, dense;
  /// In the order of their places: all placed buffers if the instance is dense,
  /// else those that the buffer conflicts with.
  std::vector<Placed> placed;
};
} // namespace

/// For each buffer, returns the largest number of live bytes at one of its
/// steps.
static std::vector<double> getPeaks(const Instance &instance) {
  const std::vector<const Buffer *> &buffers = instance.buffers;
  std::map<int64_t, double> change;
  for (const Buffer *buffer : buffers) {
    change[buffer->first] += double(buffer->size);
    change[buffer->last + 1] -= double(buffer->size);
  }
  std::vector<std::pair<int64_t, double>> live;
  double sum = 0;
  for (auto [step, bytes] : change)
    live.emplace_back(step, sum += bytes);
  std::vector<double> peaks;
  for (const Buffer *buffer : buffers) {
    double most = 0;
    for (auto it = std::lower_bound(live.begin(), live.end(),
                                    std::pair(buffer->first, -1.0));
         it != live.end() && it->first <= buffer->last; ++it)
      most = std::max(most, it->second);
    peaks.push_back(most);
  }
  return peaks;
}

/// Returns orders to try. Each is by a key of the buffers, the greatest first.
static std::vector<std::vector<uint32_t>>
greedyOrders(const Instance &instance) {
  using Key = std::pair<double, double>;
  const std::vector<const Buffer *> &buffers = instance.buffers;
  auto length = [&](uint32_t i) {
    return double(buffers[i]->last - buffers[i]->first + 1);
  };
  auto size = [&](uint32_t i) { return double(buffers[i]->size); };
  // The bytes of the buffers that are live together with this one.
  std::vector<double> weight(buffers.size());
  for (uint32_t i = 0; i < buffers.size(); ++i)
    for (uint32_t j : instance.neighbours[i])
      weight[i] += size(j);
  // The most live bytes at a step of the buffer.
  std::vector<double> peak = getPeaks(instance);
  std::function<Key(uint32_t)> keys[] = {
      [&](uint32_t i) { return Key(size(i), length(i)); },
      [&](uint32_t i) { return Key(size(i) * length(i), size(i)); },
      [&](uint32_t i) { return Key(length(i), size(i)); },
      [&](uint32_t i) { return Key(weight[i], size(i)); },
      [&](uint32_t i) { return Key(peak[i], length(i)); },
      [&](uint32_t i) {
        return Key(double(instance.neighbours[i].size()), size(i));
      },
      [&](uint32_t i) { return Key(-double(buffers[i]->first), size(i)); },
      [&](uint32_t i) { return Key(double(buffers[i]->last), size(i)); }};
  std::vector<std::vector<uint32_t>> orders;
  for (const auto &key : keys) {
    std::vector<std::pair<Key, uint32_t>> keyed;
    for (uint32_t i = 0; i < buffers.size(); ++i)
      keyed.emplace_back(key(i), i);
    llvm::sort(keyed, [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<uint32_t> order;
    for (const auto &entry : keyed)
      order.push_back(entry.second);
    orders.push_back(std::move(order));
  }
  return orders;
}

/// Returns the orders with their placements, the best first.
static std::vector<std::pair<Placement, std::vector<uint32_t>>>
rank(const Instance &instance, bool tightest) {
  Packer packer(instance, tightest);
  std::vector<std::pair<Placement, std::vector<uint32_t>>> ranked;
  for (std::vector<uint32_t> &order : greedyOrders(instance)) {
    Placement placement = packer.pack(order);
    ranked.emplace_back(std::move(placement), std::move(order));
  }
  llvm::stable_sort(ranked, [](const auto &a, const auto &b) {
    return a.first.total < b.first.total;
  });
  return ranked;
}

Placement coppice::planning::detail::packGreedily(const Instance &instance,
                                                  bool tightest) {
  return std::move(rank(instance, tightest).front().first);
}

int64_t coppice::planning::detail::countConflicts(const Instance &instance) {
  int64_t conflicts = instance.buffers.size();
  for (const std::vector<uint32_t> &list : instance.neighbours)
    conflicts += list.size();
  return conflicts;
}

int64_t coppice::planning::detail::limitIterations(const Instance &instance,
                                                   int64_t iterations) {
  return std::min(iterations,
                  std::max<int64_t>(50, 3000000 / countConflicts(instance)));
}

Placement coppice::planning::detail::climb(const Instance &instance,
                                           int64_t iterations, uint64_t seed) {
  auto ranked = rank(instance, /*tightest=*/false);
  Placement result = ranked.front().first;
  if (Placement other = packGreedily(instance, /*tightest=*/true);
      other.total < result.total)
    result = std::move(other);
  // The start depends on the seed, but is one of the better half.
  std::vector<uint32_t> order =
      std::move(ranked[seed % (ranked.size() / 2)].second);
  size_t count = instance.buffers.size();
  if (result.optimal || count < 2)
    return result;

  iterations = limitIterations(instance, iterations);

  // The standard defines the generator to the bit, but not its distributions.
  std::mt19937_64 random(seed);
  auto draw = [&](size_t below) { return size_t(random() % below); };
  Packer packer(instance, /*tightest=*/false);
  Placement current = packer.pack(order);
  std::vector<uint32_t> bestOrder = order, position(count), tops;
  int64_t stuck = 0;
  for (int64_t i = 0; i < iterations && !result.optimal; ++i) {
    // To lower the total, a buffer that reaches the top must move before one
    // that it conflicts with.
    tops.clear();
    for (uint32_t b = 0; b < count; ++b) {
      position[order[b]] = b;
      if (current.offsets[b] + instance.buffers[b]->size == current.total)
        tops.push_back(b);
    }
    std::vector<uint32_t> next = order;
    size_t changed = count;
    int64_t moves = stuck > 40 ? 3 : 1;
    for (int64_t move = 0; move < moves; ++move) {
      uint32_t top = tops[draw(tops.size())];
      const std::vector<uint32_t> &rivals = instance.neighbours[top];
      uint32_t from = position[top];
      uint32_t to = rivals.empty() || draw(4) == 0
                        ? draw(count)
                        : position[rivals[draw(rivals.size())]];
      if (to > from && draw(2))
        std::swap(from, to);
      changed = std::min<size_t>({changed, from, to});
      if (draw(2))
        std::swap(next[from], next[to]);
      else if (to < from)
        std::rotate(next.begin() + to, next.begin() + from,
                    next.begin() + from + 1);
      else
        std::rotate(next.begin() + from, next.begin() + from + 1,
                    next.begin() + to + 1);
    }
    // Most moves make the total larger, so that packing ends early.
    int64_t limit =
        stuck > 80 ? std::numeric_limits<int64_t>::max() : current.total;
    if (auto candidate = packer.repack(current, next, changed, limit)) {
      stuck = candidate->total < current.total || stuck > 80 ? 0 : stuck + 1;
      current = std::move(*candidate);
      order = std::move(next);
    } else if (++stuck > 120) {
      order = bestOrder;
      current = packer.pack(order);
      stuck = 0;
    }
    if (current.total < result.total) {
      result = current;
      bestOrder = order;
    }
  }
  return result;
}

Placement coppice::planning::detail::raiseUneven(const Instance &instance,
                                                 Placement placement) {
  constexpr size_t kMostRaised = 16;
  auto getGap = [&](uint32_t i) {
    const Buffer &buffer = *instance.buffers[i];
    return llvm::alignTo(buffer.size, buffer.alignment) - buffer.size;
  };
  std::vector<uint32_t> order(instance.buffers.size()), uneven;
  for (uint32_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    if (getGap(i) != 0)
      uneven.push_back(i);
  }
  llvm::stable_sort(
      uneven, [&](uint32_t a, uint32_t b) { return getGap(a) > getGap(b); });
  uneven.resize(std::min(uneven.size(), kMostRaised));
  // In the order of their offsets, no buffer is placed higher than before.
  // Small ones come last, into the gaps.
  auto getKey = [&](uint32_t i) {
    return std::make_pair(-instance.buffers[i]->alignment,
                          placement.offsets[i]);
  };
  llvm::stable_sort(
      order, [&](uint32_t a, uint32_t b) { return getKey(a) < getKey(b); });
  Packer packer(instance, /*tightest=*/false);
  for (uint32_t top : uneven) {
    std::vector<uint32_t> raised = order;
    llvm::erase(raised, top);
    int64_t alignment = instance.buffers[top]->alignment;
    raised.insert(llvm::find_if(raised,
                                [&](uint32_t i) {
                                  return instance.buffers[i]->alignment <
                                         alignment;
                                }),
                  top);
    if (Placement other = packer.pack(raised); other.total < placement.total)
      placement = std::move(other);
  }
  return placement;
}
