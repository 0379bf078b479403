//===- Vectorize.cpp - Structured ops on buffers, as vectors ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/KernelEmitter.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Remarks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace coppice::kernels;

namespace coppice {
#define GEN_PASS_DEF_KERNELSVECTORIZE
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

/// Whether the buffer is a part of another one: a copy of it has no cheap
/// library call.
static bool isStrided(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && type.hasStaticShape() && !type.getLayout().isIdentity();
}

static void vectorize(IRRewriter &rewriter, linalg::LinalgOp op,
                      const coppice::TargetRecord &target) {
  rewriter.setInsertionPoint(op);
  if (!isa<linalg::GenericOp>(op)) {
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (succeeded(generic))
      op = *generic;
  }
  std::string whyNot = "it is no linalg.generic";
  std::optional<LoopKernel> kernel;
  if (auto generic = dyn_cast<linalg::GenericOp>(op.getOperation()))
    kernel = analyze(generic, whyNot);
  rewriter.setInsertionPoint(op);
  if (!kernel) {
    coppice::slowPathRemark(op, "scalar-loops")
        << remark::reason("{0}", whyNot);
    if (succeeded(linalg::linalgOpToLoops(rewriter, op)))
      rewriter.eraseOp(op);
    return;
  }
  simplify(rewriter, *kernel);
  emitKernel(rewriter, *kernel, chooseTiling(*kernel, target));
  rewriter.eraseOp(op);
}

namespace {
struct KernelsVectorize
    : coppice::impl::KernelsVectorizeBase<KernelsVectorize> {
  using KernelsVectorizeBase::KernelsVectorizeBase;

  void runOnOperation() override {
    FailureOr<coppice::TargetRecord> target =
        coppice::TargetRecord::get(getOperation());
    if (failed(target))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) {
      if (isStrided(copy.getSource()) || isStrided(copy.getTarget()))
        copies.push_back(copy);
    });
    for (memref::CopyOp copy : copies) {
      rewriter.setInsertionPoint(copy);
      linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(),
                               copy.getTarget());
      rewriter.eraseOp(copy);
    }
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops)
      vectorize(rewriter, op, *target);
  }
};
} // namespace
