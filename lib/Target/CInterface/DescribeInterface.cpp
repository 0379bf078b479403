//===- DescribeInterface.cpp - Entry points with their types -----*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/Analysis/InputUses.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Target/CInterface/Names.h"
#include "lib/Target/CInterface/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/SHA256.h"

namespace coppice {
#define GEN_PASS_DEF_TARGETDESCRIBEINTERFACE
#include "lib/Target/CInterface/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

static constexpr StringLiteral kNameAttr = "train.name";
static constexpr StringLiteral kOutputAttr = "train.output";

/// The bytes of an attribute's values: of one element for a splat.
static FailureOr<ArrayRef<uint8_t>> getBytes(train::ParameterOp parameter) {
  ElementsAttr value = parameter.getValue();
  ArrayRef<char> raw;
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    raw = dense.getRawData();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return parameter.emitError(
          "the initial value's resource is not in this "
          "file (was it printed with resources elided?)");
    raw = blob->getData();
  } else {
    return parameter.emitError("the initial value is neither `dense` nor "
                               "`dense_resource`");
  }
  return ArrayRef(reinterpret_cast<const uint8_t *>(raw.data()), raw.size());
}

namespace {
struct DescribeInterface
    : coppice::impl::TargetDescribeInterfaceBase<DescribeInterface> {
  using TargetDescribeInterfaceBase::TargetDescribeInterfaceBase;

  void runOnOperation() override;

private:
  LogicalResult describeState(CInterface &interface);
  FailureOr<CEntryPoint> describe(func::FuncOp function, func::FuncOp infer);
  LogicalResult addInit(int64_t stateBytes);
};
} // namespace

LogicalResult DescribeInterface::describeState(CInterface &interface) {
  ModuleOp module = getOperation();
  if (auto bytes = module->getAttrOfType<IntegerAttr>(train::kStateBytesAttr))
    interface.stateBytes = bytes.getInt();
  llvm::SHA256 hash;
  std::string text;
  llvm::raw_string_ostream os(text);
  auto flush = [&] {
    hash.update(text);
    text.clear();
  };
  os << "coppice state 1\n" << interface.stateBytes << '\n';
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    FailureOr<ArrayRef<uint8_t>> bytes = getBytes(parameter);
    if (failed(bytes))
      return failure();
    int64_t offset = parameter.getStateOffset().value_or(-1);
    StringRef role = stringifyParameterRole(parameter.getRole());
    os << parameter.getSymName() << ' ' << parameter.getType() << ' ' << role
       << ' ' << offset << '\n';
    flush();
    hash.update(*bytes);
    if (offset >= 0)
      interface.parameters.push_back(
          {parameter.getFileName().str(), role.str(),
           cast<RankedTensorType>(parameter.getType()), offset});
  }
  flush();
  std::array<uint8_t, 32> digest = hash.final();
  for (int i = 0; i < 8; ++i)
    interface.hash = interface.hash << 8 | digest[i];
  return success();
}

/// The tensor arguments of a function in its final form: all but the last two.
static FailureOr<unsigned> getNumTensors(func::FuncOp function) {
  unsigned count = function.getNumArguments();
  auto isBuffer = [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return memref && memref.hasStaticShape() && memref.getRank() == 1 &&
           memref.getElementType().isInteger(8);
  };
  if (count < 2 || function.getNumResults() != 0 ||
      !isBuffer(function.getArgumentTypes()[count - 1]) ||
      !isBuffer(function.getArgumentTypes()[count - 2]))
    return function.emitError("has no C interface: its last arguments must be "
                              "state and arena, as the plan phase leaves it");
  for (Type type : function.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || !memref.hasStaticShape() ||
        !memref.getElementType().isIntOrFloat())
      return function.emitError("has no C interface: argument type ")
             << type << " is no buffer of static size";
  }
  return count - 2;
}

/// What `infer` says of input `i`, which a step takes as well.
static void describeInput(func::FuncOp infer, unsigned i, CArgument &argument) {
  argument.role = CArgument::Role::Input;
  auto bounds =
      infer.getArgAttrOfType<DenseI64ArrayAttr>(i, nn::kIndexBoundsAttr);
  if (bounds && bounds.size() == 2)
    argument.indexBounds = {bounds[0], bounds[1]};
}

FailureOr<CEntryPoint> DescribeInterface::describe(func::FuncOp function,
                                                   func::FuncOp infer) {
  FailureOr<unsigned> tensors = getNumTensors(function),
                      inferTensors = getNumTensors(infer);
  if (failed(tensors) || failed(inferTensors))
    return failure();
  unsigned modelInputs = 0;
  for (unsigned i = 0; i < *inferTensors; ++i)
    modelInputs += !infer.getArgAttr(i, kOutputAttr);

  CEntryPoint entry;
  entry.name = function.getName().str();
  if (auto bytes = function->getAttrOfType<IntegerAttr>(plan::kArenaBytesAttr))
    entry.planBytes = bytes.getInt();
  else
    entry.planBytes =
        cast<MemRefType>(function.getArgumentTypes().back()).getNumElements();
  if (auto bytes =
          function->getAttrOfType<IntegerAttr>(plan::kLowerBoundAttr))
    entry.lowerBoundBytes = bytes.getInt();
  for (unsigned i = 0; i < *tensors; ++i) {
    CArgument argument;
    argument.type = cast<MemRefType>(function.getArgumentTypes()[i]);
    auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr);
    bool isOutput = bool(function.getArgAttr(i, kOutputAttr));
    argument.name = name ? name.getValue().str()
                         : (isOutput ? "output" : "input") + std::to_string(i);
    if (isOutput)
      argument.role = CArgument::Role::Output;
    else if (i < modelInputs)
      describeInput(infer, i, argument);
    else if (argument.name == "learning_rate")
      argument.role = CArgument::Role::Hyper;
    else
      argument.role = CArgument::Role::Label;
    if (argument.role == CArgument::Role::Input &&
        argument.type != infer.getArgumentTypes()[i])
      return function.emitError("takes input '")
             << argument.name << "' as " << argument.type << ", but @"
             << infer.getName() << " as " << infer.getArgumentTypes()[i]
             << ": one struct cannot hold both";
    if (argument.role == CArgument::Role::Hyper && argument.type.getRank() != 0)
      return function.emitError("hyper-parameter '")
             << argument.name << "' is no scalar";
    entry.arguments.push_back(std::move(argument));
  }
  if (entry.isStep()) {
    auto outputs = entry.get(CArgument::Role::Output);
    if (outputs.empty() || outputs.front()->type.getRank() != 0 ||
        !outputs.front()->type.getElementType().isF32())
      return function.emitError("is a training step, so its first output must "
                                "be the loss, a scalar of type f32");
  }
  return entry;
}

LogicalResult DescribeInterface::addInit(int64_t stateBytes) {
  ModuleOp module = getOperation();
  if (Operation *other = module.lookupSymbol("init"))
    return other->emitError("the name @init is the C interface's");
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  auto stateType = MemRefType::get({stateBytes}, builder.getI8Type());
  auto init = func::FuncOp::create(builder, loc, "init",
                                   builder.getFunctionType(stateType, {}));
  Block *body = init.addEntryBlock();
  OpBuilder inside = OpBuilder::atBlockEnd(body);
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    std::optional<int64_t> offset = parameter.getStateOffset();
    if (!offset)
      continue;
    FailureOr<ArrayRef<uint8_t>> bytes = getBytes(parameter);
    if (failed(bytes))
      return failure();
    if (llvm::all_of(*bytes, [](uint8_t byte) { return byte == 0; }))
      continue;
    auto tensor = cast<RankedTensorType>(parameter.getType());
    auto type = MemRefType::get(tensor.getShape(), tensor.getElementType());
    builder.setInsertionPoint(init);
    auto global = memref::GlobalOp::create(
        builder, parameter.getLoc(), ("init." + parameter.getSymName()).str(),
        builder.getStringAttr("private"), type, parameter.getValue(),
        /*constant=*/true, builder.getI64IntegerAttr(CInterface::kAlignment));
    Value from =
        memref::GetGlobalOp::create(inside, loc, type, global.getSymName());
    Value at = arith::ConstantIndexOp::create(inside, loc, *offset);
    Value to = memref::ViewOp::create(inside, loc, type, body->getArgument(0),
                                      at, ValueRange());
    memref::CopyOp::create(inside, parameter.getLoc(), from, to);
  }
  func::ReturnOp::create(inside, loc);
  return success();
}

void DescribeInterface::runOnOperation() {
  ModuleOp module = getOperation();
  CInterface interface;
  auto model = module->getAttrOfType<StringAttr>(train::kModelAttr);
  interface.model = model ? model.getValue().str() : "model";
  interface.prefix = makeCPrefix(name.empty() ? interface.model : name);
  auto infer = module.lookupSymbol<func::FuncOp>("infer");
  if (!infer) {
    module.emitError("has no function @infer, so there is nothing to call");
    return signalPassFailure();
  }
  if (auto gradients = module.lookupSymbol<func::FuncOp>("gradients"))
    gradients.erase();
  if (failed(describeState(interface)))
    return signalPassFailure();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || function.isPrivate())
      continue;
    FailureOr<CEntryPoint> entry = describe(function, infer);
    if (failed(entry))
      return signalPassFailure();
    interface.entryPoints.push_back(std::move(*entry));
  }
  interface.set(module);
  if (interface.stateBytes > 0 && failed(addInit(interface.stateBytes)))
    return signalPassFailure();
}
