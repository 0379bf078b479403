//===- Packing.cpp - Packing problems: checks and bounds --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Packing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace coppice::planning;

/// The limit keeps sums of sizes far from overflow.
static constexpr int64_t kMaxBytes = int64_t(1) << 48;

template <typename... Args>
static llvm::Error error(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

int64_t PackingSolution::total() const {
  int64_t sum = 0;
  for (const auto &[space, bytes] : totals)
    sum += bytes;
  return sum;
}

static llvm::Error checkBuffer(const Buffer &buffer) {
  if (buffer.size < 0 || buffer.size > kMaxBytes)
    return error("buffer '{0}' has size {1}", buffer.name, buffer.size);
  if (buffer.alignment <= 0 || buffer.alignment > kMaxBytes ||
      !llvm::isPowerOf2_64(buffer.alignment))
    return error("buffer '{0}' has alignment {1}, which is not a power of two",
                 buffer.name, buffer.alignment);
  if (buffer.first < 0 || buffer.last < buffer.first)
    return error("buffer '{0}' lives from step {1} to {2}", buffer.name,
                 buffer.first, buffer.last);
  if (!buffer.offset)
    return llvm::Error::success();
  if (*buffer.offset < 0 || *buffer.offset > kMaxBytes ||
      *buffer.offset % buffer.alignment != 0)
    return error("buffer '{0}' is fixed at {1}, which is no multiple of its "
                 "alignment, {2}",
                 buffer.name, *buffer.offset, buffer.alignment);
  return llvm::Error::success();
}

static bool overlap(const Buffer &a, int64_t aOffset, const Buffer &b,
                    int64_t bOffset) {
  return a.conflictsWith(b) && aOffset < bOffset + b.size &&
         bOffset < aOffset + a.size;
}

llvm::Error PackingProblem::check() const {
  if (buffers.size() > 1000000)
    return error("{0} buffers are too many", buffers.size());
  for (const Buffer &buffer : buffers)
    if (llvm::Error e = checkBuffer(buffer))
      return e;
  for (const auto &[space, budget] : budgets)
    if (budget < 0)
      return error("the budget of space '{0}' is {1}", space, budget);
  std::vector<const Buffer *> fixed;
  for (const Buffer &buffer : buffers)
    if (buffer.offset)
      fixed.push_back(&buffer);
  for (size_t i = 0; i < fixed.size(); ++i)
    for (size_t j = i + 1; j < fixed.size(); ++j)
      if (overlap(*fixed[i], *fixed[i]->offset, *fixed[j], *fixed[j]->offset))
        return error("'{0}' and '{1}' are live together and fixed at "
                     "overlapping places",
                     fixed[i]->name, fixed[j]->name);
  return llvm::Error::success();
}

llvm::Error coppice::planning::verify(const PackingProblem &problem,
                                      const PackingSolution &solution) {
  const std::vector<Buffer> &buffers = problem.buffers;
  if (solution.offsets.size() != buffers.size())
    return error("{0} offsets for {1} buffers", solution.offsets.size(),
                 buffers.size());
  for (auto [buffer, offset] : llvm::zip_equal(buffers, solution.offsets)) {
    if (offset < 0 || offset > kMaxBytes || offset % buffer.alignment != 0)
      return error("'{0}' is at {1}, which is no multiple of its alignment, "
                   "{2}",
                   buffer.name, offset, buffer.alignment);
    if (buffer.offset && offset != *buffer.offset)
      return error("'{0}' is at {1}, but fixed at {2}", buffer.name, offset,
                   *buffer.offset);
    auto total = solution.totals.find(buffer.space);
    if (buffer.size > 0 && (total == solution.totals.end() ||
                            offset + buffer.size > total->second))
      return error("'{0}' ends at {1}, outside the arena", buffer.name,
                   offset + buffer.size);
  }
  // Sweep over the offsets, so that only neighbours in memory are compared.
  std::vector<size_t> order(buffers.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::make_pair(solution.offsets[a], a) <
           std::make_pair(solution.offsets[b], b);
  });
  for (size_t i = 0; i < order.size(); ++i) {
    const Buffer &a = buffers[order[i]];
    int64_t aOffset = solution.offsets[order[i]];
    for (size_t j = i + 1; j < order.size(); ++j) {
      const Buffer &b = buffers[order[j]];
      int64_t bOffset = solution.offsets[order[j]];
      if (bOffset >= aOffset + a.size)
        break;
      if (overlap(a, aOffset, b, bOffset))
        return error("'{0}' at [{1}, {2}) and '{3}' at [{4}, {5}) overlap, "
                     "and both are live at step {6}",
                     a.name, aOffset, aOffset + a.size, b.name, bOffset,
                     bOffset + b.size, std::max(a.first, b.first));
    }
  }
  return llvm::Error::success();
}

namespace {
/// The bytes that are live at one step of one space.
struct Load {
  int64_t bytes = 0;
  int64_t step = 0;
};
} // namespace

/// Returns the step of `space` with the greatest bound. All live buffers but
/// the topmost one occupy a multiple of the least alignment.
static Load peak(const PackingProblem &problem, const std::string &space) {
  std::vector<const Buffer *> starts;
  int64_t granule = kMaxBytes;
  for (const Buffer &buffer : problem.buffers) {
    if (buffer.space != space || buffer.size == 0)
      continue;
    starts.push_back(&buffer);
    granule = std::min(granule, buffer.alignment);
  }
  std::vector<const Buffer *> ends = starts;
  llvm::sort(starts, [](const Buffer *a, const Buffer *b) {
    return a->first < b->first;
  });
  llvm::sort(
      ends, [](const Buffer *a, const Buffer *b) { return a->last < b->last; });
  auto rounded = [&](const Buffer *buffer) {
    return int64_t(llvm::alignTo(buffer->size, granule));
  };
  Load best;
  int64_t live = 0;
  std::map<int64_t, int64_t> slacks; // slack -> how many live buffers have it
  auto end = ends.begin();
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t step = starts[i]->first;
    for (; (*end)->last < step; ++end) {
      live -= rounded(*end);
      auto slack = slacks.find(rounded(*end) - (*end)->size);
      if (--slack->second == 0)
        slacks.erase(slack);
    }
    live += rounded(starts[i]);
    ++slacks[rounded(starts[i]) - starts[i]->size];
    if (live - slacks.rbegin()->first > best.bytes)
      best = {live - slacks.rbegin()->first, step};
  }
  // The arena must contain the end of a fixed buffer.
  for (const Buffer *buffer : starts)
    if (buffer->offset)
      best.bytes = std::max(best.bytes, *buffer->offset + buffer->size);
  return best;
}

std::map<std::string, int64_t>
coppice::planning::lowerBounds(const PackingProblem &problem) {
  std::map<std::string, int64_t> bounds;
  for (const Buffer &buffer : problem.buffers)
    bounds[buffer.space];
  for (auto &[space, bytes] : bounds)
    bytes = peak(problem, space).bytes;
  return bounds;
}

int64_t coppice::planning::lowerBound(const PackingProblem &problem) {
  int64_t sum = 0;
  for (const auto &[space, bytes] : lowerBounds(problem))
    sum += bytes;
  return sum;
}

std::vector<size_t> coppice::planning::liveAtPeak(const PackingProblem &problem,
                                                  const std::string &space) {
  int64_t step = peak(problem, space).step;
  std::vector<size_t> live;
  for (auto [i, buffer] : llvm::enumerate(problem.buffers))
    if (buffer.space == space && buffer.size > 0 && buffer.first <= step &&
        step <= buffer.last)
      live.push_back(i);
  return live;
}

std::optional<PackingSolver>
coppice::planning::parsePackingSolver(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<PackingSolver>>(name)
      .Case("auto", PackingSolver::automatic)
      .Case("first-fit", PackingSolver::firstFit)
      .Case("best-fit", PackingSolver::bestFit)
      .Case("hill-climb", PackingSolver::hillClimb)
      .Case("exact", PackingSolver::exact)
      .Default(std::nullopt);
}
