//===- PlaceState.cpp - State arguments as views of one buffer --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANPLACESTATE
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

namespace {
struct PlanPlaceState : plan::impl::PlanPlaceStateBase<PlanPlaceState> {
  using PlanPlaceStateBase::PlanPlaceStateBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto functions = getEntryFunctions(module);
    if (failed(functions))
      return signalPassFailure();
    int64_t bytes = 0;
    if (auto attr = module->getAttrOfType<IntegerAttr>(train::kStateBytesAttr))
      bytes = attr.getInt();
    if (failed(checkOverlaps(module)))
      return signalPassFailure();
    SymbolTable symbols(module);
    for (func::FuncOp function : *functions)
      if (failed(place(function, symbols, bytes)))
        signalPassFailure();
  }

  /// Reports each parameter whose bytes overlap with those of another one.
  static LogicalResult checkOverlaps(ModuleOp module) {
    SmallVector<train::ParameterOp> placed;
    for (auto parameter : module.getOps<train::ParameterOp>())
      if (parameter.getStateOffset())
        placed.push_back(parameter);
    // Sort by offset, then by name, so that the error is deterministic.
    auto key = [](train::ParameterOp parameter) {
      return std::pair(*parameter.getStateOffset(), parameter.getSymName());
    };
    llvm::sort(placed, [&](train::ParameterOp a, train::ParameterOp b) {
      return key(a) < key(b);
    });
    train::ParameterOp last;
    int64_t end = 0;
    bool failedAny = false;
    for (train::ParameterOp parameter : placed) {
      int64_t offset = *parameter.getStateOffset();
      int64_t bytes = getStoredBytes(parameter.getType());
      if (last && bytes && offset < end) {
        InFlightDiagnostic diag = parameter.emitError("at byte ")
                                  << offset << " of the state is in the bytes "
                                  << "of another parameter";
        diag.attachNote(last.getLoc())
            << "@" << last.getSymName() << " ends at byte " << end;
        failedAny = true;
      }
      if (bytes && offset <= INT64_MAX - bytes && offset + bytes > end) {
        end = offset + bytes;
        last = parameter;
      }
    }
    return failure(failedAny);
  }

  /// Returns the offset in the state of the parameter that argument `index`
  /// names, after checks.
  FailureOr<int64_t> getOffset(func::FuncOp function, unsigned index,
                               SymbolTable &symbols, int64_t stateBytes) {
    FlatSymbolRefAttr name = EntryPoint(function).getArgument(index).parameter;
    BlockArgument argument = function.getArgument(index);
    auto error = [&]() {
      return mlir::emitError(argument.getLoc())
             << "argument " << index << " of " << function.getSymNameAttr()
             << " ";
    };
    auto parameter = symbols.lookup<train::ParameterOp>(name.getAttr());
    if (!parameter)
      return error() << "holds " << name << ", which is no train.parameter";
    if (!parameter.getStateOffset())
      return error() << "holds " << name
                     << ", which has no state_offset; --train-bind-state "
                        "gives it one";
    auto type = dyn_cast<MemRefType>(argument.getType());
    std::optional<int64_t> bytes =
        type ? getStaticBytes(type) : std::optional<int64_t>();
    if (!bytes)
      return error() << "has type " << argument.getType()
                     << ", not a static memref without layout";
    int64_t offset = *parameter.getStateOffset();
    if (offset < 0 || offset % kAlignment != 0)
      return error() << "would be at byte " << offset << " of the state, which "
                     << "is no multiple of " << kAlignment;
    if (*bytes > stateBytes - offset)
      return error() << "takes " << *bytes << " bytes from byte " << offset
                     << " of a state of " << stateBytes;
    return offset;
  }

  LogicalResult place(func::FuncOp function, SymbolTable &symbols,
                      int64_t stateBytes) {
    EntryPoint entry(function);
    if (entry.findArgument(EntryRole::state))
      return success(); // done before
    unsigned count = function.getNumArguments();
    SmallVector<std::pair<unsigned, int64_t>> placed;
    bool failedAny = false;
    for (const EntryValue &value : entry.getArguments(EntryRole::parameter)) {
      FailureOr<int64_t> offset =
          getOffset(function, value.index, symbols, stateBytes);
      failedAny |= failed(offset);
      if (succeeded(offset))
        placed.emplace_back(value.index, *offset);
    }
    if (failedAny)
      return failure();

    OpBuilder b = OpBuilder::atBlockBegin(&function.getBody().front());
    auto type = MemRefType::get({stateBytes}, b.getI8Type());
    auto role = RoleAttr::get(&getContext(), EntryRole::state, StringAttr(),
                              FlatSymbolRefAttr(), entry.writesState());
    if (failed(function.insertArgument(
            count, type, role.asDictionary(),
            NameLoc::get(b.getStringAttr("state"), function.getLoc()))))
      return failure();
    Value state = function.getArgument(count);
    BitVector erased(count + 1);
    for (auto [index, offset] : placed) {
      BlockArgument argument = function.getArgument(index);
      Location loc = argument.getLoc();
      Value shift = arith::ConstantIndexOp::create(b, loc, offset);
      argument.replaceAllUsesWith(
          memref::ViewOp::create(b, loc, cast<MemRefType>(argument.getType()),
                                 state, shift, ValueRange()));
      erased.set(index);
    }
    return function.eraseArguments(erased);
  }
};
} // namespace
