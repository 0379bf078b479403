//===- KnownValues.cpp - Values that are known at import --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "dialects/NN/IR/Evaluate.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// The largest number of elements of a shape, a list of axes and the like.
static constexpr int64_t kMostArguments = 1024;

/// The largest number of ops that a value is evaluated through, and of elements
/// of their tensors.
static constexpr size_t kMostSteps = 256;
static constexpr int64_t kMostElements = 1 << 18;

//===----------------------------------------------------------------------===//
// Values of the graph
//===----------------------------------------------------------------------===//

/// Returns a constant, or the value of a parameter in the file; null for any
/// other op.
static ElementsAttr getStored(Operation *op,
                              const llvm::StringMap<train::ParameterOp> &all) {
  ElementsAttr value;
  if (matchPattern(op, m_Constant(&value)))
    return value;
  auto read = dyn_cast<train::ReadOp>(op);
  train::ParameterOp parameter =
      read ? all.lookup(read.getParameter()) : train::ParameterOp();
  return parameter && !parameter.getQuantized() ? parameter.getValue()
                                                : ElementsAttr();
}

static DenseElementsAttr toDense(ElementsAttr value) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (!resource)
    return dyn_cast<DenseElementsAttr>(value);
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  bool isSplat = false;
  if (!blob || !DenseElementsAttr::isValidRawBuffer(resource.getType(),
                                                    blob->getData(), isSplat))
    return {};
  return DenseElementsAttr::getFromRawBuffer(resource.getType(),
                                             blob->getData());
}

DenseElementsAttr GraphImporter::evaluate(Value value) const {
  // Collect the ops that compute the value; fail if one depends on an input.
  SmallVector<Value> pending{value};
  llvm::SetVector<Operation *> made;
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    auto type = dyn_cast<RankedTensorType>(next.getType());
    if (!op || !type || type.getNumElements() > kMostElements ||
        op->getNumResults() != 1 || made.size() > kMostSteps)
      return {};
    if (made.insert(op) && !getStored(op, symbols))
      llvm::append_range(pending, op->getOperands());
  }
  llvm::DenseMap<Value, DenseElementsAttr> known;
  // Operands come before their users in the block.
  SmallVector<Operation *> ops = made.takeVector();
  llvm::sort(ops,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : ops) {
    ElementsAttr stored = getStored(op, symbols);
    auto operands = llvm::map_to_vector(op->getOperands(), [&](Value operand) {
      return known.lookup(operand);
    });
    DenseElementsAttr result =
        stored ? toDense(stored) : nn::evaluate(op, operands, kMostElements);
    if (!result)
      return {};
    known[op->getResult(0)] = result;
  }
  return known.lookup(value);
}

static FileTensor toFileTensor(DenseElementsAttr elements) {
  auto type = cast<RankedTensorType>(elements.getType());
  if (auto element = dyn_cast<FloatType>(type.getElementType())) {
    SmallVector<double> values;
    for (APFloat value : elements.getValues<APFloat>()) {
      bool losesInfo;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      values.push_back(value.convertToDouble());
    }
    return FileTensor::get(type, ArrayRef<double>(values));
  }
  SmallVector<int64_t> values;
  for (const APInt &value : elements.getValues<APInt>())
    values.push_back(type.getElementType().isUnsignedInteger() ||
                             type.getElementType().isInteger(1)
                         ? static_cast<int64_t>(value.getZExtValue())
                         : value.getSExtValue());
  return FileTensor::get(type, ArrayRef<int64_t>(values));
}

//===----------------------------------------------------------------------===//
// Inputs of a node
//===----------------------------------------------------------------------===//

std::optional<FileTensor> NodeImporter::getConstant(int i) {
  Binding *binding = getBinding(i);
  if (!binding || binding->constant || !binding->value)
    return binding ? binding->constant : std::nullopt;
  // The value is a result of `finish`, or a constant behind an Identity.
  ElementsAttr value;
  if (!matchPattern(binding->value, m_Constant(&value)))
    return std::nullopt;
  DenseElementsAttr elements = toDense(value);
  return elements ? std::optional(toFileTensor(elements)) : std::nullopt;
}

std::optional<FileTensor> NodeImporter::getKnown(int i) {
  if (std::optional<FileTensor> constant = getConstant(i))
    return constant;
  Binding *binding = getBinding(i);
  if (!binding || !binding->value)
    return std::nullopt;
  auto type = cast<RankedTensorType>(binding->value.getType());
  if (type.getNumElements() == 0)
    return FileTensor{type, {}, nullptr};
  DenseElementsAttr elements = graph.evaluate(binding->value);
  return elements ? std::optional(toFileTensor(elements)) : std::nullopt;
}

/// Returns the value of input `i`, which is an argument of the node. Reports
/// one that is unknown or too large.
static std::optional<FileTensor> getArgument(NodeImporter &node, int i,
                                             StringRef what) {
  std::optional<FileTensor> tensor = node.getKnown(i);
  if (!tensor) {
    (void)node.unsupported(what + " must be known when the model is imported");
  } else if (tensor->size() > kMostArguments) {
    (void)node.error(what + ": " + Twine(tensor->size()) +
                     " numbers are too many; an argument has at most " +
                     Twine(kMostArguments));
    return std::nullopt;
  }
  return tensor;
}

SmallVector<int64_t> NodeImporter::getConstantInts(int i, StringRef what) {
  std::optional<FileTensor> tensor = getArgument(*this, i, what);
  if (!tensor)
    return {};
  if (tensor->isFloat()) {
    (void)error(what + " must be integers");
    return {};
  }
  return tensor->getInts();
}

SmallVector<double> NodeImporter::getConstantFloats(int i, StringRef what) {
  std::optional<FileTensor> tensor = getArgument(*this, i, what);
  return tensor ? tensor->getFloats() : SmallVector<double>();
}

std::optional<SmallVector<int64_t>> NodeImporter::getIntsOf(int i,
                                                            StringRef name) {
  if (hasInput(i))
    return getConstantInts(i, name);
  if (hasAttr(name))
    return getInts(name);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Results of a node
//===----------------------------------------------------------------------===//

Value NodeImporter::finish(OperationState &state) {
  Operation *op = createValid(state);
  if (!op)
    return {};
  for (Type type : op->getResultTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasStaticShape())
      continue;
    int64_t bytes =
        llvm::divideCeil(cast<ShapedType>(lowp::getStorageTensor(shaped))
                             .getElementTypeBitWidth(),
                         8);
    bool isTooLarge = false;
    for (int64_t extent : shaped.getShape())
      isTooLarge |=
          llvm::MulOverflow(bytes, extent, bytes) || bytes > (int64_t(1) << 40);
    if (!isTooLarge)
      continue;
    op->erase();
    (void)error("a result is larger than 2^40 bytes");
    failed = true;
    return {};
  }
  // Nodes compute shapes too, and shapes must be known at import.
  if (DenseElementsAttr value = nn::evaluate(op)) {
    op->erase();
    return arith::ConstantOp::create(b, loc, value);
  }
  return op->getResult(0);
}
