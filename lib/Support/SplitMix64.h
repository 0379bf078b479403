//===- SplitMix64.h - Pseudo-random bits ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_SPLITMIX64_H
#define COPPICE_LIB_SUPPORT_SPLITMIX64_H

#include <cstdint>

namespace coppice {

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). It gives the same numbers
/// on every machine; the distributions of <random> depend on the library.
class SplitMix64 {
public:
  explicit SplitMix64(uint64_t state) : state(state) {}

  uint64_t next() {
    state += 0x9e3779b97f4a7c15;
    return mix(state);
  }

  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

private:
  uint64_t state;
};

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_SPLITMIX64_H
