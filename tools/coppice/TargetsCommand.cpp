//===- TargetsCommand.cpp - coppice targets -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Support/OutputFile.h"
#include "tools/coppice/Commands.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

Error tool::targets(Arguments arguments) {
  std::string json;
  CommandLine flags("coppice targets", "[--json=FILE]",
                    "Lists the targets that --target takes.");
  flags.text("json", "FILE", json, "write the list as JSON (- for stdout)");
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();

  SmallVector<std::string> features;
  for (const auto &feature : sys::getHostCPUFeatures())
    if (feature.second)
      features.push_back(feature.first().str());
  sort(features);
  std::string triple = sys::getDefaultTargetTriple();
  StringRef cpu = sys::getHostCPUName();
  unsigned indexBits = sizeof(void *) * 8;

  if (!json.empty())
    return writeFile(json, [&](raw_ostream &os) {
      json::OStream stream(os, 2);
      stream.array([&] {
        stream.object([&] {
          stream.attribute("name", "host");
          stream.attribute("triple", triple);
          stream.attribute("cpu", cpu);
          stream.attribute("index_bits", int64_t(indexBits));
          stream.attributeArray("features", [&] {
            for (const std::string &feature : features)
              stream.value(feature);
          });
        });
      });
      os << "\n";
      return Error::success();
    });
  outs() << "host\n  triple    " << triple << "\n  cpu       " << cpu
         << "\n  index     " << indexBits << " bits\n  features  "
         << join(features, " ") << "\n";
  return Error::success();
}
