//===- NNDialect.cpp - Layers as functions of tensors -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"

#include "dialects/NN/IR/Inference.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace coppice::nn;

#include "dialects/NN/IR/NNInterfaces.cpp.inc"
#include "dialects/NN/IR/NNOpsDialect.cpp.inc"
#include "dialects/NN/IR/NNOpsEnums.cpp.inc"

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

/// A quantized result is written as `-> type`. Any other result type follows
/// from the operands and is not written.
static ParseResult parseQuantizedResult(OpAsmParser &parser, Type &result,
                                        Type lhs, Type rhs = {}) {
  if (succeeded(parser.parseOptionalArrow()))
    return parser.parseType(result);
  SmallVector<Type> operands{lhs}, inferred;
  if (rhs)
    operands.push_back(rhs);
  if (!llvm::all_of(operands, llvm::IsaPred<RankedTensorType>))
    return parser.emitError(parser.getNameLoc(), "operands must be tensors");
  if (failed(coppice::nn::detail::inferElementwise(
          parser.getEncodedSourceLoc(parser.getNameLoc()), operands, inferred)))
    return failure();
  result = inferred.front();
  return success();
}

static void printQuantizedResult(OpAsmPrinter &printer, Operation *,
                                 Type result, Type, Type = {}) {
  if (coppice::lowp::isQuantizedTensor(result))
    printer << " -> " << result;
}

#define GET_OP_CLASSES
#include "dialects/NN/IR/NNOps.cpp.inc"

void NNDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/NN/IR/NNOps.cpp.inc"
      >();
}

Operation *NNDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                          Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

Value coppice::nn::createSplat(OpBuilder &builder, Location loc, Type type,
                               double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar;
  if (auto floatType = dyn_cast<FloatType>(element))
    scalar = FloatAttr::get(floatType, value);
  else
    scalar = IntegerAttr::get(element, static_cast<int64_t>(value));
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    scalar = SplatElementsAttr::get(shaped, Attribute(scalar));
  return arith::ConstantOp::create(builder, loc, scalar);
}

LogicalResult
coppice::nn::detail::verifyInferredTypes(InferTypeOpInterface op) {
  SmallVector<Type> inferred;
  if (failed(op.inferReturnTypes(
          op->getContext(), op->getLoc(), op->getOperands(),
          op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
          op->getRegions(), inferred)))
    return failure();
  if (op.isCompatibleReturnTypes(inferred, op->getResultTypes()))
    return success();
  return op->emitOpError("gives ")
         << op->getResultTypes() << ", but its operands and attributes make it "
         << inferred;
}

bool coppice::nn::detail::haveOneFormat(TypeRange types) {
  return llvm::all_equal(llvm::map_range(
             types, [](Type type) { return getElementTypeOrSelf(type); })) ||
         llvm::all_of(types, lowp::isQuantizedTensor);
}

bool coppice::nn::detail::areFactors(TypeRange types) {
  if (haveOneFormat(types))
    return true;
  SmallVector<Type> numbers;
  llvm::copy_if(types, std::back_inserter(numbers),
                [](Type type) { return !lowp::isQuantizedTensor(type); });
  return haveOneFormat(numbers) &&
         isa<FloatType>(getElementTypeOrSelf(numbers.front()));
}

bool coppice::nn::detail::isUnsigned(Type type) {
  if (quant::QuantizedType quantized = lowp::getQuantizedType(type))
    return !quantized.isSigned();
  Type element = getElementTypeOrSelf(type);
  return element.isUnsignedInteger() || element.isInteger(1);
}
