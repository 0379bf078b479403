//===- BindState.cpp - Assigns parameters to the state ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINBINDSTATE
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
constexpr int64_t kAlignment = 64;

/// Returns the bytes of a tensor in memory; an i1 takes a byte.
int64_t storageBytes(RankedTensorType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// Converts `value` between its quantized type and integers: memory holds codes
/// as integers.
Value castStorage(OpBuilder &builder, Location loc, Type type, Value value) {
  if (value.getType() == type)
    return value;
  return quant::StorageCastOp::create(builder, loc, type, value);
}

struct BindState : impl::TrainBindStateBase<BindState> {
  using TrainBindStateBase::TrainBindStateBase;

  void runOnOperation() override;

private:
  LogicalResult assignOffsets();
  void bind(func::FuncOp function);

  /// The parameters that some function writes, in the order of their offsets.
  llvm::MapVector<StringAttr, ParameterOp> state;
};
} // namespace

LogicalResult BindState::assignOffsets() {
  llvm::DenseSet<StringAttr> written;
  bool failed = false;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    llvm::DenseMap<StringAttr, WriteOp> here;
    function.walk([&](WriteOp op) {
      StringAttr name = op.getParameterAttr().getAttr();
      auto [it, fresh] = here.try_emplace(name, op);
      if (!fresh) {
        InFlightDiagnostic diag = op.emitError("writes @")
                                  << name.getValue()
                                  << " a second time in one function";
        diag.attachNote(it->second.getLoc()) << "first written here";
        failed = true;
      }
      written.insert(name);
    });
  }
  if (failed)
    return failure();

  int64_t offset = 0;
  Builder builder(&getContext());
  for (auto parameter : getOperation().getOps<ParameterOp>()) {
    parameter.removeStateOffsetAttr();
    if (!written.contains(parameter.getSymNameAttr()))
      continue;
    state[parameter.getSymNameAttr()] = parameter;
    parameter.setStateOffset(offset);
    auto type = cast<RankedTensorType>(parameter.getType());
    offset = llvm::alignTo(offset + storageBytes(type), kAlignment);
  }
  getOperation()->setAttr(kStateBytesAttr, builder.getI64IntegerAttr(offset));
  return success();
}

void BindState::bind(func::FuncOp function) {
  Block &body = function.getBody().front();
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(terminator);

  SmallVector<ReadOp> reads;
  llvm::MapVector<StringAttr, WriteOp> writes;
  llvm::DenseSet<StringAttr> used;
  function.walk([&](Operation *op) {
    if (auto read = dyn_cast<ReadOp>(op)) {
      reads.push_back(read);
      used.insert(read.getParameterAttr().getAttr());
    } else if (auto write = dyn_cast<WriteOp>(op)) {
      writes[write.getParameterAttr().getAttr()] = write;
      used.insert(write.getParameterAttr().getAttr());
    }
  });

  auto addArgument = [&](Type type, Location loc, RoleAttr role) -> Value {
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, type, role.asDictionary(), loc);
    return body.getArgument(index);
  };
  auto tie = [&](Location loc, Value value, Value destination) -> Value {
    return bufferization::MaterializeInDestinationOp::create(
               builder, loc, value.getType(), value, destination)
        .getResult();
  };

  // Add the destinations of the results.
  SmallVector<Value> results;
  for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
    EntryValue result = EntryPoint(function).getResult(i);
    results.push_back(
        addArgument(value.getType(), value.getLoc(), result.getRoleAttr()));
  }
  // Add the parameters in the state buffer.
  llvm::DenseMap<StringAttr, Value> arguments;
  for (auto &[name, parameter] : state)
    if (used.contains(name))
      arguments[name] = addArgument(
          parameter.getType(), parameter.getLoc(),
          RoleAttr::getParameter(FlatSymbolRefAttr::get(name),
                                 /*written=*/writes.contains(name)));

  SymbolTable symbols(getOperation());
  for (ReadOp read : reads) {
    StringAttr name = read.getParameterAttr().getAttr();
    Value value = arguments.lookup(name);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(read);
    if (!value) {
      auto parameter = symbols.lookup<ParameterOp>(name);
      value = arith::ConstantOp::create(builder, read.getLoc(),
                                        cast<TypedAttr>(parameter.getValue()));
    }
    read.replaceAllUsesWith(
        castStorage(builder, read.getLoc(), read.getResult().getType(), value));
    read.erase();
  }

  for (auto [value, destination] :
       llvm::zip_equal(terminator.getOperands(), results))
    destination = tie(value.getLoc(), value, destination);
  for (auto &[name, parameter] : state) {
    auto it = writes.find(name);
    if (it == writes.end())
      continue;
    WriteOp write = it->second;
    results.push_back(tie(write.getLoc(),
                          castStorage(builder, write.getLoc(),
                                      parameter.getType(), write.getValue()),
                          arguments.lookup(name)));
    (void)function.insertResult(
        function.getNumResults(), parameter.getType(),
        RoleAttr::getParameter(FlatSymbolRefAttr::get(name), /*written=*/false)
            .asDictionary());
    write.erase();
  }
  terminator.getOperandsMutable().assign(results);
}

void BindState::runOnOperation() {
  state.clear();
  SmallVector<func::FuncOp> functions;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isDeclaration())
      continue;
    if (!function.getBody().hasOneBlock() ||
        !isa<func::ReturnOp>(function.front().getTerminator())) {
      function.emitError("a function over parameters must have one block, "
                         "which ends in func.return");
      return signalPassFailure();
    }
    functions.push_back(function);
  }
  bool calls = false;
  getOperation().walk([&](func::CallOp call) {
    call.emitError("calls @")
        << call.getCallee()
        << ", whose arguments are about to change; run --inline first";
    calls = true;
  });
  if (calls)
    return signalPassFailure();
  if (failed(assignOffsets()))
    return signalPassFailure();
  for (func::FuncOp function : functions)
    bind(function);
}
} // namespace coppice::train
