//===- DescribeInterface.cpp - Entry points with their types -----*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "dialects/Coppice/IR/EntryPoint.h"
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

/// Returns the bytes of an attribute's values; of one element for a splat.
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
  FailureOr<CEntryPoint> describe(func::FuncOp function);
  LogicalResult checkNames(const CInterface &interface);
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

/// Checks that a function is in its final form: its arguments are buffers, the
/// last of which are state and arena.
static LogicalResult checkForm(func::FuncOp function) {
  EntryPoint entry(function);
  SmallVector<EntryValue> arguments = entry.getArguments();
  if (!entry.isMarked())
    return function.emitError(
               "is public and not an entry point, so its arguments "
               "have no meaning in C; mark it ")
           << kEntryAttr << " with a role for each, or make it private";
  size_t count = arguments.size();
  if (count < 2 || function.getNumResults() != 0 ||
      arguments[count - 1].role != EntryRole::arena ||
      arguments[count - 2].role != EntryRole::state)
    return function.emitError("has no C interface: its last arguments must be "
                              "state and arena, as the plan phase leaves it");
  for (const EntryValue &argument : arguments) {
    auto memref = dyn_cast<MemRefType>(argument.type);
    if (!memref || !memref.hasStaticShape() ||
        !memref.getElementType().isIntOrFloat())
      return function.emitError("has no C interface: argument type ")
             << argument.type << " is not a buffer of static size";
    if (argument.role == EntryRole::parameter)
      return function.emitError("has no C interface: ")
             << argument.parameter << " is an argument of its own; "
             << "--plan-place-state puts it into the state";
  }
  return success();
}

/// Returns the role in C of an argument that is neither state nor arena.
static CArgument::Role getCRole(EntryRole role) {
  switch (role) {
  case EntryRole::input:
    return CArgument::Role::Input;
  case EntryRole::label:
    return CArgument::Role::Label;
  case EntryRole::hyper:
    return CArgument::Role::Hyper;
  case EntryRole::loss:
    return CArgument::Role::Loss;
  default:
    return CArgument::Role::Output;
  }
}

FailureOr<CEntryPoint> DescribeInterface::describe(func::FuncOp function) {
  if (failed(checkForm(function)))
    return failure();
  EntryPoint entry(function);
  SmallVector<EntryValue> arguments = entry.getArguments();
  CEntryPoint result;
  result.name = function.getName().str();
  result.writesState = entry.writesState();
  if (auto bytes = function->getAttrOfType<IntegerAttr>(plan::kArenaBytesAttr))
    result.planBytes = bytes.getInt();
  else
    result.planBytes = cast<MemRefType>(arguments.back().type).getNumElements();
  if (auto bytes = function->getAttrOfType<IntegerAttr>(plan::kLowerBoundAttr))
    result.lowerBoundBytes = bytes.getInt();
  for (const EntryValue &value : ArrayRef(arguments).drop_back(2)) {
    CArgument argument;
    argument.type = cast<MemRefType>(value.type);
    argument.name = value.name;
    argument.role = getCRole(value.role);
    auto bounds = function.getArgAttrOfType<DenseI64ArrayAttr>(
        value.index, nn::kIndexBoundsAttr);
    if (value.role == EntryRole::input && bounds && bounds.size() == 2)
      argument.indexBounds = {bounds[0], bounds[1]};
    result.arguments.push_back(std::move(argument));
  }
  return result;
}

/// Checks that the functions and structs of the C interface have distinct
/// names.
LogicalResult DescribeInterface::checkNames(const CInterface &interface) {
  llvm::StringMap<std::string> taken;
  for (auto [suffix, what] :
       {std::pair("_init", "the function that sets the state"),
        std::pair("_save", "the function that saves the state"),
        std::pair("_load", "the function that loads the state"),
        std::pair("_status", "the type of a status"),
        std::pair("_flash_ops", "the type of a flash memory")})
    taken[interface.prefix + suffix] = what;
  for (const CEntryPoint &entry : interface.entryPoints)
    for (CArgument::Role role : entry.getStructs())
      taken.try_emplace(interface.getStructName(entry, role), "a struct");
  for (const CEntryPoint &entry : interface.entryPoints) {
    std::string name = interface.getFunctionName(entry);
    auto [it, fresh] = taken.try_emplace(name, "@" + entry.name);
    if (!fresh)
      return getOperation().lookupSymbol(entry.name)->emitError("would be ")
             << name << " in C, which is the name of " << it->second
             << "; give the function another name";
  }
  return success();
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
  for (EntryPoint entry : getEntryPoints(module))
    if (entry.getKind() == EntryKind::Gradients)
      entry.getFunction()->erase();
  if (failed(describeState(interface)))
    return signalPassFailure();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || function.isPrivate())
      continue;
    FailureOr<CEntryPoint> entry = describe(function);
    if (failed(entry))
      return signalPassFailure();
    nameFields(entry->arguments, interface.prefix);
    interface.entryPoints.push_back(std::move(*entry));
  }
  if (interface.entryPoints.empty()) {
    module.emitError("has no entry point, so C cannot call it; mark a "
                     "function ")
        << kEntryAttr;
    return signalPassFailure();
  }
  if (failed(checkNames(interface)))
    return signalPassFailure();
  interface.set(module);
  if (interface.stateBytes > 0 && failed(addInit(interface.stateBytes)))
    return signalPassFailure();
}
