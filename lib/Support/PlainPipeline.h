//===- PlainPipeline.h - Pipelines without options --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_PLAINPIPELINE_H
#define COPPICE_LIB_SUPPORT_PLAINPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace coppice {

/// A pipeline without options. Upstream's `EmptyPipelineOptions` fails without
/// a message if an option is given; this class names the unknown option.
struct NoPipelineOptions : mlir::PassPipelineOptions<NoPipelineOptions> {};

/// Registers a pipeline that takes no options.
inline void registerPlainPipeline(llvm::StringRef flag,
                                  llvm::StringRef description,
                                  void (*build)(mlir::OpPassManager &)) {
  mlir::PassPipelineRegistration<NoPipelineOptions>(
      flag, description,
      [build](mlir::OpPassManager &pm, const NoPipelineOptions &) {
        build(pm);
      });
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_PLAINPIPELINE_H
