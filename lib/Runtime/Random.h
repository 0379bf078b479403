//===- Random.h - The driver's random numbers -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_RANDOM_H
#define COPPICE_LIB_RUNTIME_RANDOM_H

#include "lib/Support/SplitMix64.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace coppice::runtime {

/// Numbers that depend on a seed and a stream.
class Random {
public:
  Random(uint64_t seed, uint64_t stream)
      : bits(SplitMix64::mix(seed) ^
             SplitMix64::mix(stream + 0x632be59bd9b4e019)) {}

  uint64_t next() { return bits.next(); }

  /// Uniform in [0, bound), without bias (Lemire, 2019).
  uint64_t below(uint64_t bound) {
    unsigned __int128 product = (unsigned __int128)next() * bound;
    if (static_cast<uint64_t>(product) < bound) {
      uint64_t threshold = -bound % bound;
      while (static_cast<uint64_t>(product) < threshold)
        product = (unsigned __int128)next() * bound;
    }
    return static_cast<uint64_t>(product >> 64);
  }

  /// Uniform in [low, high), with 53 bits.
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
  }

private:
  SplitMix64 bits;
};

/// The purpose of a stream of random numbers. One seed serves all streams.
enum RandomStream : uint64_t {
  shuffleStream = uint64_t(1) << 32, // + epoch
  flipStream = uint64_t(2) << 32,    // + epoch
  sampleStream = uint64_t(3) << 32,  // + parameter
};

/// Returns the order of `count` images in an epoch (Fisher and Yates).
inline llvm::SmallVector<int64_t> shuffledOrder(int64_t count, uint64_t seed,
                                                uint64_t epoch) {
  llvm::SmallVector<int64_t> order(count);
  for (int64_t i = 0; i < count; ++i)
    order[i] = i;
  Random random(seed, shuffleStream + epoch);
  for (int64_t i = count - 1; i > 0; --i)
    std::swap(order[i], order[random.below(i + 1)]);
  return order;
}

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_RANDOM_H
