//===- ConvertToLLVM.cpp - One conversion to the LLVM dialect -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/LLVM/Passes.h"

#include "dialects/Train/IR/Train.h"
#include "mlir/Analysis/DataLayoutAnalysis.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Transforms/DialectConversion.h"

namespace coppice::target {
#define GEN_PASS_DEF_CONVERTTOLLVM
#include "lib/Target/LLVM/Passes.h.inc"
} // namespace coppice::target

using namespace mlir;

namespace {
struct ConvertToLLVM : coppice::target::impl::ConvertToLLVMBase<ConvertToLLVM> {
  using ConvertToLLVMBase::ConvertToLLVMBase;

  void runOnOperation() override {
    uint64_t indexWidth = DataLayout(getOperation())
                              .getTypeSizeInBits(IndexType::get(&getContext()));
    if (indexWidth != 32 && indexWidth != 64) {
      getOperation().emitError("the data layout's index has ")
          << indexWidth << " bits, must have 32 or 64";
      return signalPassFailure();
    }
    flattenEmptyArguments();
    markDistinctArguments();

    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    options.overrideIndexBitwidth(indexWidth);
    options.useBarePtrCallConv = true;
    LLVMTypeConverter converter(context, options);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    target.addLegalDialect<coppice::train::TrainDialect>();

    RewritePatternSet patterns(context);
    SymbolTableCollection symbols;
    populateAffineToStdConversionPatterns(patterns);
    populateSCFToControlFlowConversionPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    // LLVM has no intrinsics for erf, log1p, tanh and the like on f64.
    populateMathToLibmConversionPatterns(patterns, /*benefit=*/0);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    cf::populateAssertToLLVMConversionPattern(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns,
                                                   &symbols);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns, &symbols);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }

  /// Inputs, outputs, state and arena never overlap: LLVM may reorder accesses.
  void markDistinctArguments() {
    StringAttr noalias =
        StringAttr::get(&getContext(), LLVM::LLVMDialect::getNoAliasAttrName());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (isa<MemRefType>(function.getArgument(i).getType()))
          function.setArgAttr(i, noalias, UnitAttr::get(&getContext()));
    }
  }

  /// An argument without elements is never read or written, so its address
  /// suffices. Upstream cannot convert some such types: it finds no strides in
  /// memref<2x0xf32>.
  void flattenEmptyArguments() {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      for (BlockArgument argument : function.getArguments()) {
        auto type = dyn_cast<MemRefType>(argument.getType());
        if (type && type.hasStaticShape() && type.getNumElements() == 0 &&
            argument.use_empty())
          argument.setType(MemRefType::get({0}, type.getElementType()));
      }
      function.setType(FunctionType::get(&getContext(),
                                         function.front().getArgumentTypes(),
                                         function.getResultTypes()));
    }
  }
};
} // namespace
