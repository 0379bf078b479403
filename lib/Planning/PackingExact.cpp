//===- PackingExact.cpp - Branch and bound for packing ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Some optimal plan is settled: no buffer can move down unless one below it
// moves. A settled plan results from placing the buffers in the order of their
// offsets, each at the lowest place above the conflicting buffers placed before
// it. So the search runs over orders with non-decreasing offsets, ties by
// index. Every unplaced buffer lies above the placed buffers that it is live
// with. The bound of a step is therefore the height of its placed buffers plus
// the bytes of its unplaced ones.
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/PackingSolvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace coppice::planning;
using namespace coppice::planning::detail;

namespace {
class Search {
public:
  Search(const Instance &instance, Placement incumbent, int64_t &nodes)
      : instance(instance), best(std::move(incumbent)), nodes(nodes) {
    granule = int64_t(1) << 48;
    for (const Buffer *buffer : instance.buffers) {
      steps.push_back(buffer->first);
      granule = std::min(granule, buffer->alignment);
    }
    // The live bytes are largest at a step where a buffer begins.
    llvm::sort(steps);
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    height.assign(steps.size(), 0);
    waiting.assign(steps.size(), 0);
    offsets.assign(instance.buffers.size(), -1);
    for (uint32_t i = 0; i < instance.buffers.size(); ++i) {
      const Buffer &buffer = *instance.buffers[i];
      auto begin = llvm::lower_bound(steps, buffer.first) - steps.begin();
      auto end = llvm::upper_bound(steps, buffer.last) - steps.begin();
      spans.emplace_back(begin, end);
      if (buffer.offset) {
        offsets[i] = *buffer.offset;
        fixedTotal = std::max(fixedTotal, *buffer.offset + buffer.size);
        continue;
      }
      open.push_back(i);
      for (auto s = begin; s < end; ++s)
        waiting[s] += llvm::alignTo(buffer.size, granule);
    }
    // Large and long-lived buffers go first, so that good plans are found
    // early.
    llvm::sort(open, [&](uint32_t a, uint32_t b) {
      return area(a) != area(b) ? area(a) > area(b) : a < b;
    });
  }

  Placement run() {
    bool complete = best.total == instance.bound || visit(0, 0, fixedTotal);
    best.optimal = complete || best.total == instance.bound;
    return std::move(best);
  }

private:
  double area(uint32_t i) const {
    const Buffer &buffer = *instance.buffers[i];
    return double(buffer.size) * double(buffer.last - buffer.first + 1);
  }

  /// Returns the lowest place above the placed buffers that is clear of fixed
  /// ones.
  int64_t place(uint32_t i) const {
    const Buffer &buffer = *instance.buffers[i];
    int64_t offset = 0;
    for (uint32_t s = spans[i].first; s < spans[i].second; ++s)
      offset = std::max(offset, height[s]);
    offset = llvm::alignTo(offset, buffer.alignment);
    for (bool moved = true; moved;) {
      moved = false;
      for (uint32_t j : instance.neighbours[i]) {
        const Buffer &other = *instance.buffers[j];
        if (!other.offset || offset >= *other.offset + other.size ||
            *other.offset >= offset + buffer.size)
          continue;
        offset = llvm::alignTo(*other.offset + other.size, buffer.alignment);
        moved = true;
      }
    }
    return offset;
  }

  /// Explores every order that continues `offsets`; the buffer placed last is
  /// `lastIndex` at `lastOffset`. False if the node limit is reached.
  bool visit(int64_t lastOffset, size_t lastRank, int64_t total) {
    if (nodes-- <= 0)
      return false;
    bool any = false;
    struct Choice {
      int64_t offset;
      size_t rank;
    };
    std::vector<Choice> choices;
    for (size_t rank = 0; rank < open.size(); ++rank) {
      if (offsets[open[rank]] >= 0)
        continue;
      any = true;
      int64_t offset = place(open[rank]);
      // An order with this buffer earlier is explored elsewhere.
      if (offset < lastOffset || (offset == lastOffset && rank < lastRank)) {
        continue;
      }
      choices.push_back({offset, rank});
    }
    if (!any) {
      if (total < best.total) {
        best.total = total;
        best.offsets = offsets;
      }
      return true;
    }
    llvm::sort(choices, [](const Choice &a, const Choice &b) {
      return std::make_pair(a.offset, a.rank) <
             std::make_pair(b.offset, b.rank);
    });
    for (const Choice &choice : choices) {
      uint32_t i = open[choice.rank];
      const Buffer &buffer = *instance.buffers[i];
      int64_t end = choice.offset + buffer.size;
      int64_t newTotal = std::max(total, end);
      if (newTotal >= best.total)
        continue;
      std::vector<int64_t> saved(height.begin() + spans[i].first,
                                 height.begin() + spans[i].second);
      int64_t rounded = llvm::alignTo(buffer.size, granule);
      bool hopeless = false;
      for (uint32_t s = spans[i].first; s < spans[i].second; ++s) {
        height[s] = end;
        waiting[s] -= rounded;
        // The padding of the topmost buffer may be unused, so subtract one
        // granule.
        hopeless |= waiting[s] > 0 && int64_t(llvm::alignTo(end, granule)) +
                                              waiting[s] - (granule - 1) >=
                                          best.total;
      }
      offsets[i] = choice.offset;
      bool complete = hopeless || visit(choice.offset, choice.rank, newTotal);
      offsets[i] = -1;
      for (uint32_t s = spans[i].first; s < spans[i].second; ++s) {
        height[s] = saved[s - spans[i].first];
        waiting[s] += rounded;
      }
      if (!complete)
        return false;
      if (best.total == instance.bound)
        return true;
    }
    return true;
  }

  const Instance &instance;
  Placement best;
  int64_t &nodes;
  int64_t granule = 1;
  int64_t fixedTotal = 0;
  std::vector<int64_t> steps;   // where a buffer begins
  std::vector<int64_t> height;  // highest end of a placed buffer, by step
  std::vector<int64_t> waiting; // bytes of unplaced buffers, by step
  std::vector<std::pair<uint32_t, uint32_t>> spans; // steps of a buffer
  std::vector<int64_t> offsets;
  std::vector<uint32_t> open; // buffers without a fixed place
};
} // namespace

Placement coppice::planning::detail::branchAndBound(const Instance &instance,
                                                    Placement incumbent,
                                                    int64_t &nodes) {
  return Search(instance, std::move(incumbent), nodes).run();
}
