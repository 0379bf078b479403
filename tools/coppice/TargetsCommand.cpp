//===- TargetsCommand.cpp - coppice targets -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Support/OutputFile.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

static void writeRecord(json::OStream &stream, const TargetRecord &target) {
  stream.object([&] {
    stream.attribute("name", target.name);
    stream.attribute("triple", target.triple);
    stream.attribute("cpu", target.cpu);
    stream.attributeArray("features", [&] {
      for (const std::string &feature : target.features)
        stream.value(feature);
    });
    stream.attribute("index_bits", target.indexBits);
    stream.attribute("vector_bits", target.vectorBits);
    stream.attribute("vector_registers", target.vectorRegisters);
    stream.attribute("multiply_add_latency", target.multiplyAddLatency);
    stream.attributeArray("cache_bytes", [&] {
      stream.value(target.firstCacheBytes);
      stream.value(target.secondCacheBytes);
    });
    stream.attributeArray("memories", [&] {
      for (const MemoryRecord &memory : target.memories)
        stream.object([&] {
          stream.attribute("name", memory.name);
          stream.attribute("alignment", memory.alignment);
          stream.attributeBegin("bytes");
          memory.bytes ? stream.value(*memory.bytes) : stream.value(nullptr);
          stream.attributeEnd();
        });
    });
  });
}

static void printRecord(raw_ostream &os, const TargetRecord &target) {
  os << target.name << "\n  triple    " << target.triple << "\n  cpu       "
     << target.cpu << "\n";
  if (!target.features.empty())
    os << "  features  " << join(target.features, " ") << "\n";
  os << "  index     " << target.indexBits << " bits\n  vectors   "
     << target.vectorRegisters << " of " << target.vectorBits
     << " bits\n  caches    " << target.firstCacheBytes / 1024 << " KiB, "
     << target.secondCacheBytes / 1024 << " KiB\n";
  for (const MemoryRecord &memory : target.memories)
    os << formatv("  memory    {0}, {1}, aligned to {2} bytes\n", memory.name,
                  memory.bytes ? formatv("{0} KiB", *memory.bytes / 1024).str()
                               : "as much as is asked for",
                  memory.alignment);
}

Error tool::targets(Arguments arguments) {
  std::string json;
  CommandLine flags("coppice targets", "[--json=FILE]",
                    "Lists the targets that --target takes.");
  flags.text("json", "FILE", json, "write the list as JSON (- for stdout)");
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();

  SmallVector<TargetRecord> targets;
  for (StringRef name : TargetRecord::getNames())
    targets.push_back(*TargetRecord::find(name));
  if (json.empty()) {
    for (const TargetRecord &target : targets)
      printRecord(outs(), target);
    return Error::success();
  }
  return writeFile(json, [&](raw_ostream &os) {
    json::OStream stream(os, 2);
    stream.array([&] {
      for (const TargetRecord &target : targets)
        writeRecord(stream, target);
    });
    os << "\n";
    return Error::success();
  });
}
