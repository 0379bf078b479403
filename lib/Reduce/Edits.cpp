//===- Edits.cpp - Single steps that make a module smaller ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reduce/Edits.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace coppice::reduce;

//===----------------------------------------------------------------------===//
// Replacements
//===----------------------------------------------------------------------===//

SmallVector<Value> coppice::reduce::findSubstitutes(Operation *op) {
  SmallVector<Value> values;
  for (Type type : op->getResultTypes()) {
    OperandRange operands = op->getOperands();
    auto it = llvm::find_if(
        operands, [&](Value operand) { return operand.getType() == type; });
    if (it == operands.end())
      return {};
    values.push_back(*it);
  }
  return values;
}

SmallVector<TypedAttr> coppice::reduce::findZeros(Operation *op) {
  SmallVector<TypedAttr> values;
  // Replacing a constant by a zero does not make the module smaller.
  if (op->hasTrait<OpTrait::ConstantLike>())
    return {};
  Builder builder(op->getContext());
  for (Type type : op->getResultTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    bool known = shaped ? isa<RankedTensorType, VectorType>(type) &&
                              shaped.hasStaticShape()
                        : type.isIntOrIndexOrFloat();
    Type element = getElementTypeOrSelf(type);
    // The values of an arith.constant.
    if (!known || !element.isIntOrIndexOrFloat() || element.isSignedInteger() ||
        element.isUnsignedInteger())
      return {};
    values.push_back(builder.getZeroAttr(type));
  }
  return values;
}

void coppice::reduce::replaceByConstants(RewriterBase &rewriter, Operation *op,
                                         ArrayRef<TypedAttr> values) {
  rewriter.setInsertionPoint(op);
  SmallVector<Value> constants;
  for (TypedAttr value : values)
    constants.push_back(
        arith::ConstantOp::create(rewriter, op->getLoc(), value));
  rewriter.replaceOp(op, constants);
}

//===----------------------------------------------------------------------===//
// Kinds of edits
//===----------------------------------------------------------------------===//

/// Returns every op in the module's functions, outer ones first.
static SmallVector<Operation *> listOps(ModuleOp module) {
  SmallVector<Operation *> ops;
  for (Operation &symbol : *module.getBody())
    for (Region &region : symbol.getRegions())
      region.walk<WalkOrder::PreOrder>(
          [&](Operation *op) { ops.push_back(op); });
  return ops;
}

static SmallVector<FunctionOpInterface> listFunctions(ModuleOp module) {
  SmallVector<FunctionOpInterface> functions;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (!function.isExternal())
      functions.push_back(function);
  return functions;
}

static SmallVector<Edit> findSymbols(ModuleOp module) {
  SmallVector<Edit> edits;
  for (Operation &op : *module.getBody())
    edits.push_back([op = &op, module](RewriterBase &rewriter) {
      if (isa<SymbolOpInterface>(op) &&
          !SymbolTable::symbolKnownUseEmpty(op, module))
        return false;
      rewriter.eraseOp(op);
      return true;
    });
  return edits;
}

static SmallVector<Edit> findAttributes(ModuleOp module) {
  SmallVector<Edit> edits;
  auto add = [&](Operation *op) {
    for (NamedAttribute attribute : op->getDiscardableAttrs())
      edits.push_back([op, name = attribute.getName()](RewriterBase &rewriter) {
        rewriter.modifyOpInPlace(op, [&] { op->removeDiscardableAttr(name); });
        return true;
      });
  };
  add(module);
  for (Operation &op : *module.getBody())
    add(&op);
  return edits;
}

static SmallVector<Edit> findUnused(ModuleOp module) {
  SmallVector<Edit> edits;
  for (Operation *op : listOps(module))
    if (!op->hasTrait<OpTrait::IsTerminator>())
      edits.push_back([op](RewriterBase &rewriter) {
        if (!op->use_empty())
          return false;
        rewriter.eraseOp(op);
        return true;
      });
  return edits;
}

static SmallVector<Edit> findResults(ModuleOp module) {
  SmallVector<Edit> edits;
  for (FunctionOpInterface function : listFunctions(module))
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      edits.push_back([function, i](RewriterBase &rewriter) mutable {
        for (Block &block : function.getFunctionBody()) {
          Operation *end = block.getTerminator();
          if (!end->hasTrait<OpTrait::ReturnLike>() ||
              end->getNumOperands() != function.getNumResults())
            return false;
        }
        for (Block &block : function.getFunctionBody())
          block.getTerminator()->eraseOperand(i);
        return succeeded(function.eraseResult(i));
      });
  return edits;
}

static SmallVector<Edit> findArguments(ModuleOp module) {
  SmallVector<Edit> edits;
  for (FunctionOpInterface function : listFunctions(module))
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      edits.push_back([function, i](RewriterBase &rewriter) mutable {
        return function.getArgument(i).use_empty() &&
               succeeded(function.eraseArgument(i));
      });
  return edits;
}

static SmallVector<Edit> findOperands(ModuleOp module) {
  SmallVector<Edit> edits;
  for (Operation *op : listOps(module))
    if (op->getNumResults() != 0)
      edits.push_back([op](RewriterBase &rewriter) {
        SmallVector<Value> values = findSubstitutes(op);
        if (values.empty())
          return false;
        rewriter.replaceOp(op, values);
        return true;
      });
  return edits;
}

static SmallVector<Edit> findConstants(ModuleOp module) {
  SmallVector<Edit> edits;
  for (Operation *op : listOps(module))
    if (op->getNumResults() != 0 && !op->use_empty())
      edits.push_back([op](RewriterBase &rewriter) {
        SmallVector<TypedAttr> values = findZeros(op);
        if (values.empty())
          return false;
        replaceByConstants(rewriter, op, values);
        return true;
      });
  return edits;
}

ArrayRef<EditKind> coppice::reduce::getEditKinds() {
  static constexpr EditKind kinds[] = {
      {"symbols", findSymbols},      {"results", findResults},
      {"unused", findUnused},        {"operands", findOperands},
      {"constants", findConstants},  {"arguments", findArguments},
      {"attributes", findAttributes}};
  return kinds;
}
