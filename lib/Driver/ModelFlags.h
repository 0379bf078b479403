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

/// Registers the flags of a model. With `openBatch`, a model that leaves its
/// batch open has that batch by default.
void addModelFlags(CommandLine &flags, runtime::ModelOptions &options,
                   int64_t openBatch = 0);
/// Registers the flags of a command that runs a float model and writes another
/// model.
void addFloatModelFlags(CommandLine &flags, runtime::ModelOptions &options,
                        int64_t openBatch = 0);
/// Registers `--loss`; its default is the value of `loss`.
void addLossFlag(CommandLine &flags, train::LossKind &loss,
                 llvm::StringRef help);
void addStepFlags(CommandLine &flags, runtime::StepOptions &options);
/// Adds --images, the samples that a command reads.
void addSamplesFlag(CommandLine &flags, std::string &path);
void addImageFlags(CommandLine &flags, runtime::ImageOptions &options);

/// Checks the files that a command writes, each with its flag: all must be
/// writable, different from each other and different from the inputs. Empty
/// paths were not given.
llvm::Error
checkOutputs(llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> files,
             llvm::ArrayRef<llvm::StringRef> inputs);

/// Registers `--calibrate` and the flags that go with it.
void addAutoFlags(CommandLine &flags, runtime::AutoOptions &options);
/// Registers --end-bits, --calibrator, --percentile and --equalize.
void addQuantizerFlags(CommandLine &flags, runtime::QuantizerOptions &options);

/// Refuses combinations of flags that make no sense.
llvm::Error check(runtime::StepOptions &options, const CommandLine &flags);
/// The same check for a command that builds a step only with --update. Flags of
/// a step are an error without it.
llvm::Error checkOptionalStep(runtime::StepOptions &options,
                              const CommandLine &flags);
llvm::Error check(const CommandLine &flags,
                  const runtime::QuantizerOptions &options);
/// Refuses flags that make no sense without or with `--update=auto`. If
/// `hasImages`, the command has training data, which are the default for
/// calibration.
llvm::Error check(const runtime::AutoOptions &options,
                  const runtime::ModelOptions &model,
                  const runtime::StepOptions &step, const CommandLine &flags,
                  bool hasImages);
/// Refuses `--update=auto` for commands that cannot choose.
llvm::Error checkNotAuto(const runtime::StepOptions &step);

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_MODELFLAGS_H
