//===- ModelFlags.h - Flags that several subcommands share ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_MODELFLAGS_H
#define COPPICE_LIB_DRIVER_MODELFLAGS_H

#include "lib/Runtime/ModelOptions.h"

namespace coppice::runtime {
struct AutoOptions;
struct QuantizerOptions;
} // namespace coppice::runtime

namespace coppice::driver {

class CommandLine;

/// Registers the flags.
/// With `openBatch`, the batch of a model that leaves it open has a default.
void addModelFlags(CommandLine &flags, runtime::ModelOptions &options,
                   int64_t openBatch = 0);
/// Those of them that a command has which runs a float model, and writes
/// another.
void addFloatModelFlags(CommandLine &flags, runtime::ModelOptions &options,
                        int64_t openBatch = 0);
/// `loss` begins as its default.
void addLossFlag(CommandLine &flags, train::LossKind &loss,
                 llvm::StringRef help);
void addStepFlags(CommandLine &flags, runtime::StepOptions &options);
void addImageFlags(CommandLine &flags, runtime::ImageOptions &options);

/// Files that a command writes, each with its flag: all writable, no two the
/// same, and none of them an input. Empty paths are not given.
llvm::Error
checkOutputs(llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> files,
             llvm::ArrayRef<llvm::StringRef> inputs);

/// Registers `--calibrate` and what belongs to it.
void addAutoFlags(CommandLine &flags, runtime::AutoOptions &options);
/// Registers --end-bits, --calibrator, --percentile and --equalize.
void addQuantizerFlags(CommandLine &flags, runtime::QuantizerOptions &options);

/// Combinations of flags that make no sense.
llvm::Error check(runtime::StepOptions &options, const CommandLine &flags);
/// The same, for a command that builds a step only where --update asks for
/// one: flags that would steer a step are an error without it.
llvm::Error checkOptionalStep(runtime::StepOptions &options,
                              const CommandLine &flags);
llvm::Error check(const CommandLine &flags,
                  const runtime::QuantizerOptions &options);
/// Flags that make no sense without or with `--update=auto`. `hasImages`: the
/// command has training data, which serve where nothing else is given.
llvm::Error check(const runtime::AutoOptions &options,
                  const runtime::ModelOptions &model,
                  const runtime::StepOptions &step, const CommandLine &flags,
                  bool hasImages);
/// For commands that cannot choose.
llvm::Error checkNotAuto(const runtime::StepOptions &step);

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_MODELFLAGS_H
