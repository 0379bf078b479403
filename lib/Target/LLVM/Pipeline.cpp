//===- Pipeline.cpp - The target phase -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/LLVM/Passes.h"

#include "lib/Support/Greedy.h"
#include "lib/Support/PlainPipeline.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void coppice::target::buildLLVMPipeline(OpPassManager &pm) {
  OpPassManager &func = pm.nest<func::FuncOp>();
  func.addPass(createLowerCopies());
  func.addPass(createConvertLinalgToLoopsPass());
  // Unroll transfers completely, because tiles are small by construction.
  VectorTransferToSCFOptions transfers;
  transfers.enableFullUnroll();
  func.addPass(createConvertVectorToSCFPass(transfers));
  func.addPass(createLowerVectors());
  // No instruction computes in bfloat16. LLVM would round each result by a call
  // of a function that some runtimes lack.
  math::MathExtendToSupportedTypesOptions supported;
  supported.extraTypeStrs = {"f16"};
  func.addPass(math::createMathExtendToSupportedTypes(supported));
  arith::ArithEmulateUnsupportedFloatsOptions unsupported;
  unsupported.sourceTypeStrs = {"bf16"};
  unsupported.targetTypeStr = "f32";
  func.addPass(arith::createArithEmulateUnsupportedFloats(unsupported));
  func.addPass(createExpandMath());
  // Convert integer powers to functions: no later pass lowers them.
  pm.addPass(createConvertMathToFuncs());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizer());
  pm.addPass(createCSEPass());
  pm.addPass(createConvertToLLVM());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void coppice::target::registerLLVMPipeline() {
  registerPlainPipeline("coppice-to-llvm",
                        "buffers and loops to the LLVM dialect",
                        buildLLVMPipeline);
}
