//===- coppice-glyphs.cpp - Data and model of the demonstration -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "examples/glyphs/Glyphs.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Runtime/HostTensor.h"
#include "lib/Runtime/Npy.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

/// Writes `<folder>/<name>-images.npy` and `-labels.npy`.
static Error writeSet(const Twine &prefix, int64_t count, uint64_t seed,
                      uint64_t stream) {
  constexpr int size = glyphs::imageSize;
  HostTensor images(ElementKind::U8, {count, size, size}),
      labels(ElementKind::U8, {count});
  Random random(seed, stream);
  for (int64_t i = 0; i < count; ++i) {
    int digit = static_cast<int>(random.below(glyphs::numClasses));
    labels.as<uint8_t>()[i] = static_cast<uint8_t>(digit);
    glyphs::draw(digit, random, images.as<uint8_t>() + i * size * size);
  }
  if (Error error = writeNpy((prefix + "-images.npy").str(), images))
    return error;
  return writeNpy((prefix + "-labels.npy").str(), labels);
}

static Error run(ArrayRef<const char *> arguments) {
  std::string folder;
  int64_t seed = 1, train = 6000, test = 2000;
  CommandLine flags("coppice-glyphs", "FOLDER [options]",
                    "Draws digits for training and test, and writes a small "
                    "network with random weights, into a folder.");
  flags.positional("FOLDER", folder);
  flags.integer("seed", "N", seed, 0, INT64_MAX, "seed of all random numbers");
  flags.integer("train", "N", train, 1, 10'000'000, "images to train on");
  flags.integer("test", "N", test, 1, 10'000'000, "images to test on");
  Expected<bool> helped = flags.parse(arguments, outs());
  if (!helped || *helped)
    return helped.takeError();
  if (std::error_code code = sys::fs::create_directories(folder))
    return fileError(folder, "create", code);
  if (Error error = writeSet(folder + "/train", train, seed, 1))
    return error;
  if (Error error = writeSet(folder + "/test", test, seed, 2))
    return error;
  return glyphs::writeModel(folder + "/glyphs.onnx", seed);
}

int main(int argc, char **argv) {
  if (Error error = run(ArrayRef<const char *>(argv + 1, argc - 1))) {
    errs() << "error: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
