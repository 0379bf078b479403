//===- InitAll.h - Registers all dialects and passes ------------*- C++ -*-===//
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

/// Registers our dialects, the upstream dialects that our pipelines use, and
/// their external models (bufferization, tiling, translation to LLVM IR).
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers our passes and pipelines, and upstream's.
void registerAllPasses();

/// Registers MLIR's flags for printing, contexts, pass managers and timing
/// (`--mlir-...`). Values print under the names of their locations, unless
/// `--mlir-use-nameloc-as-prefix=false` is given.
void registerMLIRFlags();

} // namespace coppice

#endif // COPPICE_INITALL_H
