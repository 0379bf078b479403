//===- CInterface.cpp - The C functions of a compiled model -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"

#include "dialects/Train/IR/Train.h"
#include "lib/Support/FlagLoc.h"
#include "lib/Support/OutputFile.h"
#include "lib/Target/CInterface/FunctionWriter.h"
#include "lib/Target/CInterface/Passes.h"
#include "runtime/core/runtime.h"

namespace coppice {
#define GEN_PASS_DEF_TARGETCINTERFACE
#include "lib/Target/CInterface/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
struct AddCInterface : coppice::impl::TargetCInterfaceBase<AddCInterface> {
  using TargetCInterfaceBase::TargetCInterfaceBase;

  void runOnOperation() override;

private:
  LogicalResult addEntryPoint(const CInterface &interface,
                              const CEntryPoint &entry);
  void addInit(const CInterface &interface);
  void addFlash(const CInterface &interface, StringRef what, StringRef callee);
};
} // namespace

/// Returns the struct of one role's arguments: its size, then pointers to
/// tensors, or hyper-parameters by value.
static LLVM::LLVMStructType getStruct(const CEntryPoint &entry,
                                      CArgument::Role role,
                                      MLIRContext *context) {
  SmallVector<Type> fields = {IntegerType::get(context, 32)};
  for (const CArgument *argument : entry.get(role))
    if (role == CArgument::Role::Hyper)
      fields.push_back(argument->type.getElementType());
    else
      fields.push_back(LLVM::LLVMPointerType::get(context));
  return LLVM::LLVMStructType::getLiteral(context, fields);
}

LogicalResult AddCInterface::addEntryPoint(const CInterface &interface,
                                           const CEntryPoint &entry) {
  using Role = CArgument::Role;
  ModuleOp module = getOperation();
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(entry.name);
  if (!callee)
    return module.emitError("has no function @")
           << entry.name << " of the LLVM dialect";
  if (callee.getNumArguments() != entry.arguments.size() + 2)
    return callee.emitError("has ")
           << callee.getNumArguments() << " arguments, but "
           << entry.arguments.size() + 2
           << " bare pointers are what `train.interface` describes";

  // (inputs, outputs, state, arena) or
  // (inputs, labels, hyper, loss, state, arena).
  std::vector<Role> structs = entry.getStructs();
  unsigned numPointers = structs.size() + (entry.isStep() ? 3 : 2);
  FunctionWriter w(module, interface.getFunctionName(entry), numPointers);
  Value state = w.argument(numPointers - 2),
        arena = w.argument(numPointers - 1);

  llvm::DenseMap<const CArgument *, Value> values;
  for (auto [i, role] : llvm::enumerate(structs)) {
    LLVM::LLVMStructType type = getStruct(entry, role, &getContext());
    w.checkStruct(w.argument(i), type);
    for (auto [k, argument] : llvm::enumerate(entry.get(role))) {
      Value field = w.field(w.argument(i), type, k + 1);
      if (role == Role::Hyper) {
        if (isa<FloatType>(argument->type.getElementType()))
          w.checkRate(field, argument->type.getElementType());
        values[argument] = field;
        continue;
      }
      values[argument] =
          LLVM::LoadOp::create(w.builder, w.loc, w.pointer, field);
      w.checkNotNull(values[argument]);
      if (std::optional<int64_t> classes = entry.getClasses(*argument))
        w.checkIntegers(values[argument],
                        cast<IntegerType>(argument->type.getElementType()),
                        argument->type.getNumElements(), 0, *classes - 1,
                        COPPICE_ERROR_VALUE);
      if (checked && argument->indexBounds && argument->getBytes() > 0)
        w.checkIntegers(values[argument],
                        cast<IntegerType>(argument->type.getElementType()),
                        argument->type.getNumElements(),
                        argument->indexBounds->first,
                        argument->indexBounds->second, COPPICE_ERROR_RANGE);
    }
  }
  if (entry.isStep()) {
    Value loss = w.argument(structs.size());
    w.checkNotNull(loss);
    values[entry.get(Role::Loss).front()] = loss;
  }
  w.checkBuffer(state, interface.stateBytes);
  w.checkBuffer(arena, entry.getArenaBytes());

  int64_t behindPlan = llvm::alignTo(entry.planBytes, CInterface::kAlignment);
  SmallVector<Value> operands;
  for (const CArgument &argument : entry.arguments) {
    if (entry.isInArena(argument)) {
      values[&argument] = w.offset(arena, behindPlan);
      behindPlan += llvm::alignTo(argument.getBytes(), CInterface::kAlignment);
    }
    operands.push_back(values.lookup(&argument));
  }
  operands.append({state, arena});
  LLVM::CallOp::create(w.builder, w.loc, callee, operands);
  w.finish();
  return success();
}

void AddCInterface::addInit(const CInterface &interface) {
  ModuleOp module = getOperation();
  FunctionWriter w(module, interface.prefix + "_init", 1);
  Value state = w.argument(0);
  w.checkBuffer(state, interface.stateBytes);
  LLVM::MemsetOp::create(w.builder, w.loc, state,
                         w.constant(w.builder.getI8Type(), 0),
                         w.constant(w.i64, interface.stateBytes),
                         /*isVolatile=*/false);
  if (auto init = module.lookupSymbol<LLVM::LLVMFuncOp>("init"))
    LLVM::CallOp::create(w.builder, w.loc, init, state);
  w.finish();
}

void AddCInterface::addFlash(const CInterface &interface, StringRef what,
                             StringRef callee) {
  ModuleOp module = getOperation();
  FunctionWriter w(module, interface.prefix + what.str(), 2);
  Value state = w.argument(0);
  w.checkBuffer(state, interface.stateBytes);
  auto type =
      LLVM::LLVMFunctionType::get(w.i32, {w.pointer, w.i32, w.i64, w.pointer});
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  auto declaration = LLVM::LLVMFuncOp::create(top, w.loc, callee, type);
  Value status =
      LLVM::CallOp::create(
          w.builder, w.loc, declaration,
          ValueRange{state, w.constant(w.i32, interface.stateBytes),
                     w.constant(w.i64, static_cast<int64_t>(interface.hash)),
                     w.argument(1)})
          .getResult();
  w.finish(status);
}

void AddCInterface::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<CInterface> interface = CInterface::get(module);
  if (failed(interface))
    return signalPassFailure();
  for (auto parameter :
       llvm::make_early_inc_range(module.getOps<train::ParameterOp>()))
    parameter.erase();
  // Every function and global so far belongs to the model: make it internal.
  for (Operation &op : *module.getBody()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op)) {
      if (!function.isExternal())
        function.setLinkage(LLVM::Linkage::Internal);
    } else if (auto global = dyn_cast<LLVM::GlobalOp>(op)) {
      if (global.getInitializerBlock() || global.getValueOrNull())
        global.setLinkage(LLVM::Linkage::Internal);
    }
  }
  if (interface->stateBytes > 0) {
    if (interface->stateBytes >
        int64_t(UINT32_MAX) / 2 - COPPICE_FLASH_HEADER_BYTES) {
      module.emitError("the state has ")
          << interface->stateBytes << " bytes, more than can be saved";
      return signalPassFailure();
    }
    addInit(*interface);
    addFlash(*interface, "_save", "coppice_flash_save_v1");
    addFlash(*interface, "_load", "coppice_flash_load_v1");
  }
  for (const CEntryPoint &entry : interface->entryPoints)
    if (failed(addEntryPoint(*interface, entry)))
      return signalPassFailure();
  if (header.empty())
    return;
  if (llvm::Error error = writeFile(header, printCHeader(*interface))) {
    emitError(getFlagLoc(&getContext(), "target-c-interface=header", header))
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}
