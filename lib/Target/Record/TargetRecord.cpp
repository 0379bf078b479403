//===- TargetRecord.cpp - The records of all targets ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <unistd.h>

using namespace llvm;
using namespace coppice;

//===----------------------------------------------------------------------===//
// The machine we run on
//===----------------------------------------------------------------------===//

/// Returns the features that the processor's name implies.
static SmallVector<StringRef> impliedFeatures(const Triple &triple,
                                              StringRef cpu) {
  SmallVector<StringRef> features;
  if (triple.isX86() && X86::parseArchX86(cpu) != X86::CK_None)
    X86::getFeaturesForCPU(cpu, features);
  return features;
}

/// Returns the features of this machine beside `implied`, and those of
/// `implied` that it lacks: a virtual machine may hide some. They are sorted,
/// because the order of a hash table is not deterministic.
static std::vector<std::string> hostFeatures(ArrayRef<StringRef> implied) {
  std::vector<std::string> features;
  for (const auto &feature : sys::getHostCPUFeatures())
    if (feature.getValue() != is_contained(implied, feature.getKey()))
      features.push_back((feature.getValue() ? "+" : "-") +
                         feature.getKey().str());
  llvm::sort(features);
  return features;
}

/// Returns a cache's size from the system, or `otherwise`.
static uint64_t cacheBytes([[maybe_unused]] int level, uint64_t otherwise) {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  long bytes =
      sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : _SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0)
    return bytes;
#endif
  return otherwise;
}

static TargetRecord makeHost() {
  TargetRecord record;
  record.triple = sys::getDefaultTargetTriple();
  record.cpu = sys::getHostCPUName().str();
  record.features =
      hostFeatures(impliedFeatures(Triple(record.triple), record.cpu));
  StringMap<bool> features = sys::getHostCPUFeatures();
  if (features.lookup("avx512f")) {
    record.vectorBits = 512;
    record.vectorRegisters = 32;
  } else if (features.lookup("avx2")) {
    record.vectorBits = 256;
  } else if (features.lookup("neon")) {
    record.vectorRegisters = 32;
  }
  record.indexBits = sizeof(void *) * 8;
  record.firstCacheBytes = cacheBytes(1, record.firstCacheBytes);
  record.secondCacheBytes = cacheBytes(2, record.secondCacheBytes);
  return record;
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// Makes the record of a target but for its name and its memories.
using MakeRecord = TargetRecord (*)();

/// A level of the x86-64 psABI: any machine that has it runs the code.
template <unsigned vectorBits, unsigned vectorRegisters>
static TargetRecord makeX86Level() {
  TargetRecord record;
  record.triple = "x86_64-unknown-linux-gnu";
  record.vectorBits = vectorBits;
  record.vectorRegisters = vectorRegisters;
  return record;
}

/// The names that `--target=` accepts. A record without a CPU uses its own name
/// as the CPU.
static constexpr std::pair<StringLiteral, MakeRecord> kTargets[] = {
    {"host", makeHost},
    {"x86-64", makeX86Level<128, 16>},
    {"x86-64-v2", makeX86Level<128, 16>},
    {"x86-64-v3", makeX86Level<256, 16>},
    {"x86-64-v4", makeX86Level<512, 32>},
};

ArrayRef<StringLiteral> TargetRecord::getNames() {
  static const auto names = llvm::map_to_vector(
      kTargets, [](const auto &target) { return target.first; });
  return names;
}

std::optional<TargetRecord> TargetRecord::find(StringRef name) {
  const auto *target = llvm::find_if(
      kTargets, [&](const auto &target) { return target.first == name; });
  if (target == std::end(kTargets))
    return std::nullopt;
  TargetRecord record = target->second();
  record.name = name.str();
  if (record.cpu.empty())
    record.cpu = record.name;
  record.memories = {{"ram", std::nullopt, 64}};
  return record;
}

std::string TargetRecord::getFeatureString() const {
  return llvm::join(features, ",");
}

/// Returns the features that the processor's name implies, plus and minus those
/// of the record.
static SmallVector<StringRef> allFeatures(const TargetRecord &record) {
  SmallVector<StringRef> result =
      impliedFeatures(Triple(record.triple), record.cpu);
  for (StringRef feature : record.features) {
    if (feature.consume_front("+"))
      result.push_back(feature);
    else
      llvm::erase(result, feature.drop_front());
  }
  return result;
}

bool TargetRecord::hasFusedMultiplyAdd() const {
  Triple machine(triple);
  // These features are part of the base architecture.
  if (machine.isAArch64())
    return true;
  SmallVector<StringRef> known = allFeatures(*this);
  auto has = [&](StringRef feature) { return is_contained(known, feature); };
  if (machine.isX86())
    return has("fma") || has("fma4");
  if (machine.isRISCV())
    return has("f") || has("d");
  return false;
}

Error TargetRecord::checkRunsHere() const {
  Triple wanted(triple), here(sys::getProcessTriple());
  if (wanted.getArch() != here.getArch())
    return createStringError("code for '" + name + "' cannot run on " +
                             here.getArchName() + "; use --target=host");
  StringMap<bool> available = sys::getHostCPUFeatures();
  for (StringRef feature : allFeatures(*this)) {
    auto known = available.find(feature);
    if (known != available.end() && !known->second)
      return createStringError("code for '" + name + "' needs " + feature +
                               ", which this machine lacks; use --target=host");
  }
  return Error::success();
}
