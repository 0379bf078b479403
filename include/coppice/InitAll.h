//===- InitAll.h - Registers what the tools know ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_INITALL_H
#define COPPICE_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace coppice {

/// Our dialects, the upstream ones that our pipelines use, and their external
/// models (bufferization, tiling, translation to LLVM IR).
void registerAllDialects(mlir::DialectRegistry &registry);

/// Our passes and pipelines, and upstream's.
void registerAllPasses();

/// MLIR's flags for printing, contexts, pass managers and timing
/// (`--mlir-...`). Values print under the names of their locations unless
/// `--mlir-use-nameloc-as-prefix=false` says otherwise.
void registerMLIRFlags();

} // namespace coppice

#endif // COPPICE_INITALL_H
