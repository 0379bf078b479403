//===- Node.cpp - One node, as the import functions see it ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::AttributeProto;

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

LogicalResult NodeImporter::error(const Twine &message) {
  if (!failed)
    emitError(loc) << proto.op_type() << ": " << message;
  failed = true;
  return failure();
}

LogicalResult NodeImporter::unsupported(const Twine &why) {
  if (!failed)
    graph.addUnsupported(proto, why);
  failed = true;
  return failure();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *NodeImporter::find(StringRef name) const {
  asked.insert(name);
  for (const AttributeProto &attribute : proto.attribute())
    if (name == attribute.name())
      return &attribute;
  return nullptr;
}

const AttributeProto *NodeImporter::find(StringRef name, int type,
                                         StringRef typeName) {
  const AttributeProto *attribute = find(name);
  if (!attribute || failed)
    return nullptr;
  // Files of IR versions 1 and 2 may leave the type out.
  if (attribute->type() != type && attribute->type() != 0) {
    (void)error("attribute '" + name + "' must be " + typeName);
    return nullptr;
  }
  return attribute;
}

int64_t NodeImporter::getInt(StringRef name, int64_t byDefault) {
  const AttributeProto *a = find(name, AttributeProto::INT, "an integer");
  return a ? a->i() : byDefault;
}

double NodeImporter::getFloat(StringRef name, double byDefault) {
  const AttributeProto *a = find(name, AttributeProto::FLOAT, "a float");
  return a ? a->f() : byDefault;
}

std::string NodeImporter::getString(StringRef name, StringRef byDefault) {
  const AttributeProto *a = find(name, AttributeProto::STRING, "a string");
  return a ? a->s() : byDefault.str();
}

SmallVector<int64_t> NodeImporter::getInts(StringRef name) {
  const AttributeProto *a = find(name, AttributeProto::INTS, "integers");
  return a ? SmallVector<int64_t>(a->ints().begin(), a->ints().end())
           : SmallVector<int64_t>();
}

SmallVector<double> NodeImporter::getFloats(StringRef name) {
  const AttributeProto *a = find(name, AttributeProto::FLOATS, "floats");
  return a ? SmallVector<double>(a->floats().begin(), a->floats().end())
           : SmallVector<double>();
}

std::optional<FileTensor> NodeImporter::getTensor(StringRef name) {
  const AttributeProto *a = find(name, AttributeProto::TENSOR, "a tensor");
  if (!a)
    return std::nullopt;
  ::onnx::TensorProto copy = a->t();
  std::string reason;
  FailureOr<FileTensor> tensor =
      readTensor(copy, graph.folder, b.getContext(), reason);
  if (mlir::failed(tensor)) {
    (void)error("attribute '" + name + "': " + reason);
    return std::nullopt;
  }
  return *tensor;
}

int64_t NodeImporter::getAxis(StringRef name, int64_t byDefault, int64_t rank) {
  SmallVector<int64_t> axes = normalizeAxes(getInt(name, byDefault), rank);
  return axes.empty() ? 0 : axes.front();
}

SmallVector<int64_t> NodeImporter::normalizeAxes(ArrayRef<int64_t> axes,
                                                 int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank) {
      (void)error("axis " + Twine(axis) + " is outside a tensor of rank " +
                  Twine(rank));
      return {};
    }
    axis += axis < 0 ? rank : 0;
    if (llvm::is_contained(result, axis)) {
      (void)error("axis " + Twine(axis) + " is given twice");
      return {};
    }
    result.push_back(axis);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Binding *NodeImporter::getBinding(int i) {
  if (!hasInput(i))
    return nullptr;
  if (!givenInputs.empty())
    return &*givenInputs[i];
  return graph.lookup(proto.input(i));
}

RankedTensorType coppice::onnx_frontend::getIntegerType(Type type) {
  quant::QuantizedType codes = lowp::getQuantizedType(type);
  if (!codes)
    return cast<RankedTensorType>(type);
  auto sign = codes.isSigned() ? IntegerType::Signless : IntegerType::Unsigned;
  return lowp::withElement(
      type, IntegerType::get(type.getContext(),
                             codes.getStorageTypeIntegralWidth(), sign));
}

Value coppice::onnx_frontend::asIntegers(OpBuilder &builder, Value value) {
  if (!lowp::isQuantizedTensor(value.getType()))
    return value;
  Location loc = value.getLoc();
  Type type = getIntegerType(value.getType());
  value = quant::StorageCastOp::create(
      builder, loc, lowp::getStorageTensor(value.getType()), value);
  if (value.getType() == type)
    return value;
  return tensor::BitcastOp::create(builder, loc, type, value);
}

Value NodeImporter::getInput(int i) {
  Binding *binding = failed ? nullptr : getBinding(i);
  if (!binding)
    return {};
  Value value = graph.materialize(proto.input(i), *binding);
  return value && codes == Codes::asIntegers ? asIntegers(b, value) : value;
}

RankedTensorType NodeImporter::getInputType(int i) {
  Binding *binding = getBinding(i);
  if (!binding)
    return {};
  if (binding->fileType)
    return binding->fileType;
  if (binding->constant)
    return binding->constant->type;
  auto type = cast<RankedTensorType>(binding->value.getType());
  return codes == Codes::asIntegers ? getIntegerType(type) : type;
}

Type NodeImporter::getCodeType(int i) {
  return getIntegerType(getInputType(i)).getElementType();
}

ArrayRef<int64_t> NodeImporter::getInputLayout(int i) {
  Binding *binding = getBinding(i);
  return binding ? ArrayRef<int64_t>(binding->layout) : ArrayRef<int64_t>();
}

//===----------------------------------------------------------------------===//
// Outputs and ops
//===----------------------------------------------------------------------===//

LogicalResult NodeImporter::setOutput(int i, Value value) {
  if (failed || !value)
    return failure();
  if (givenResult) {
    *givenResult = value;
    return success();
  }
  if (!hasOutput(i))
    return success();
  Binding binding;
  binding.value = value;
  return graph.bind(proto.output(i), std::move(binding), loc);
}

LogicalResult NodeImporter::setOutput(int i, FileTensor constant,
                                      bool isFromFile) {
  if (failed)
    return failure();
  if (!hasOutput(i))
    return success();
  Binding binding;
  binding.constant = std::move(constant);
  binding.isFromFile = isFromFile;
  return graph.bind(proto.output(i), std::move(binding), loc);
}

LogicalResult NodeImporter::setOutput(int i, Binding binding) {
  if (failed)
    return failure();
  if (!hasOutput(i))
    return success();
  return graph.bind(proto.output(i), std::move(binding), loc);
}

Value NodeImporter::importAs(StringRef op,
                             MutableArrayRef<std::optional<Binding>> inputs) {
  const OpInfo *info = findOp(graph.table, "", op);
  if (failed || !info)
    return {};
  ::onnx::NodeProto inner = proto;
  inner.clear_input();
  for (auto [i, input] : llvm::enumerate(inputs))
    inner.add_input(input ? "input " + std::to_string(i) : std::string());
  NodeImporter importer(graph, inner, loc, graph.getOpset(""), info->codes);
  importer.givenInputs = inputs;
  Value result;
  importer.givenResult = &result;
  failed |= mlir::failed(info->import(importer));
  for (const auto &name : importer.asked)
    asked.insert(name.first());
  return failed ? Value() : result;
}

/// Rewrites the message of an op in ONNX's terms: types in ONNX's syntax, and
/// without the name of the op that the node became.
static std::string translate(Diagnostic &diag, StringRef opName) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (DiagnosticArgument &argument : diag.getArguments())
    if (argument.getKind() == DiagnosticArgument::DiagnosticArgumentKind::Type)
      os << describeType(argument.getAsType());
    else
      argument.print(os);
  StringRef rest = text;
  rest.consume_front(("'" + opName + "' op ").str());
  return rest.str();
}

std::string NodeImporter::describeInputs() {
  std::string text;
  for (int i = 0; i < getNumInputs() && givenInputs.empty(); ++i)
    if (hasInput(i))
      text += (text.empty() ? "'" : ", '") + proto.input(i) + "' " +
              describeType(getInputType(i));
  return text;
}

Operation *NodeImporter::createValid(OperationState &state) {
  // An op's messages do not name the node. The first message is the cause.
  std::string found;
  Operation *op = nullptr;
  {
    ScopedDiagnosticHandler handler(b.getContext(), [&](Diagnostic &diag) {
      if (diag.getSeverity() != DiagnosticSeverity::Error)
        return failure();
      if (found.empty())
        found = translate(diag, state.name.getStringRef());
      return success();
    });
    auto *inference = state.name.getInterface<InferTypeOpInterface>();
    bool isValid = !state.types.empty() || !inference ||
                   succeeded(inference->inferReturnTypes(
                       b.getContext(), loc, state.operands,
                       state.attributes.getDictionary(b.getContext()),
                       state.getRawProperties(), state.regions, state.types));
    op = isValid ? b.create(state) : nullptr;
    if (op && mlir::failed(verify(op, /*verifyRecursively=*/false))) {
      op->erase();
      op = nullptr;
    }
  }
  if (op)
    return op;
  if (found.empty())
    found = "the operator does not take these inputs";
  std::string inputs = describeInputs();
  (void)error(found + (inputs.empty() ? "" : "; it reads " + inputs) +
              "; correct the node, or what it reads");
  return nullptr;
}

Value NodeImporter::reshape(Value value, ArrayRef<int64_t> shape) {
  if (!value || shapeOf(value) == shape)
    return value;
  return createTyped<nn::ReshapeOp>(
      RankedTensorType::get(shape, elementOf(value)), value);
}

Value NodeImporter::transpose(Value value, ArrayRef<int64_t> permutation) {
  return create<nn::TransposeOp>(value, permutation);
}

Value coppice::onnx_frontend::castTo(NodeImporter &node, Value value,
                                     Type element) {
  if (!value || elementOf(value) == element)
    return value;
  return node.createTyped<nn::CastOp>(
      RankedTensorType::get(shapeOf(value), element), value);
}

Value NodeImporter::scalar(Type element, double value) {
  return nn::createSplat(b, loc, RankedTensorType::get({}, element), value);
}

Value NodeImporter::constant(const FileTensor &tensor) {
  return arith::ConstantOp::create(
      b, loc,
      tensor.toAttr(proto.output_size() ? proto.output(0) : "constant"));
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

Value coppice::onnx_frontend::toNHWC(NodeImporter &node, Value value) {
  if (!value)
    return {};
  if (rankOf(value) == 3) {
    ArrayRef<int64_t> s = shapeOf(value);
    value = node.reshape(value, {s[0], s[1], 1, s[2]});
  } else if (rankOf(value) != 4) {
    (void)node.unsupported("input of rank " + Twine(rankOf(value)) +
                           ", only 3 (N×C×L) and 4 (N×C×H×W) are");
    return {};
  }
  return node.transpose(value, {0, 2, 3, 1});
}

Value coppice::onnx_frontend::fromNHWC(NodeImporter &node, Value value,
                                       int64_t rank) {
  value = node.transpose(value, {0, 3, 1, 2});
  if (!value || rank == 4)
    return value;
  ArrayRef<int64_t> s = shapeOf(value);
  return node.reshape(value, {s[0], s[1], s[3]});
}
