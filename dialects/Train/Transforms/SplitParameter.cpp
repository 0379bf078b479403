//===- SplitParameter.cpp - A trained and a frozen slice --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/SplitParameter.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/NN.h"
#include "lib/Support/Elements.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

static constexpr StringLiteral kTrained = ".trained";
static constexpr StringLiteral kFrozen = ".frozen";

Value coppice::train::createIndices(OpBuilder &builder, Location loc,
                                    ArrayRef<int64_t> indices) {
  auto type = RankedTensorType::get({static_cast<int64_t>(indices.size())},
                                    builder.getI64Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, indices));
}

static ParameterOp lookupSlice(ModuleOp module, ParameterOp parameter,
                               StringRef suffix) {
  return module.lookupSymbol<ParameterOp>(
      (parameter.getSymName() + suffix).str());
}

FailureOr<SplitParameter>
coppice::train::splitParameter(ModuleOp module, ParameterOp parameter,
                               UpdateSchemeAttr update) {
  auto type = cast<RankedTensorType>(parameter.getType());
  int64_t axis = update.getAxis();
  if (axis >= type.getRank() ||
      update.getIndices().back() >= type.getDimSize(axis))
    return parameter.emitError("the scheme's channels ")
           << update << " lie outside the parameter's type " << type;
  Builder attributes(module.getContext());
  auto trainedIndices = attributes.getDenseI64ArrayAttr(update.getIndices());

  SplitParameter split{lookupSlice(module, parameter, kTrained),
                       lookupSlice(module, parameter, kFrozen)};
  if (split.trained && split.frozen) {
    if (split.trained->getAttr(kSliceIndicesAttr) == trainedIndices &&
        split.trained->getAttr(kSliceAxisAttr) ==
            attributes.getI64IntegerAttr(axis))
      return split;
    return parameter.emitError(
        "two steps train different channels of this parameter; give them the "
        "same scheme");
  }

  SmallVector<int64_t> rest;
  for (int64_t i = 0; i < type.getDimSize(axis); ++i)
    if (!llvm::is_contained(update.getIndices(), i))
      rest.push_back(i);
  OpBuilder builder(parameter);
  auto slice = [&](StringRef suffix,
                   ArrayRef<int64_t> indices) -> FailureOr<ParameterOp> {
    std::string name = (parameter.getSymName() + suffix).str();
    ElementsAttr value =
        gatherElements(parameter.getValue(), axis, indices, name);
    if (!value)
      return parameter.emitError("its values are missing, so it cannot be "
                                 "split into a trained and a frozen slice");
    TypeAttr quantized;
    if (quant::QuantizedType element =
            lowp::getQuantizedType(parameter.getValueType()))
      quantized = TypeAttr::get(lowp::takeIndices(element, axis, indices));
    auto op = ParameterOp::create(
        builder, parameter.getLoc(), name,
        cast<RankedTensorType>(value.getShapedType()), value,
        ParameterRole::weight, parameter.getExternalNameAttr(),
        parameter.getLayoutAttr(), /*state_offset=*/IntegerAttr(), quantized);
    op->setAttr(kSliceOfAttr, parameter.getSymNameAttr());
    op->setAttr(kSliceAxisAttr, builder.getI64IntegerAttr(axis));
    op->setAttr(kSliceIndicesAttr, builder.getDenseI64ArrayAttr(indices));
    return op;
  };
  FailureOr<ParameterOp> trained = slice(kTrained, update.getIndices());
  FailureOr<ParameterOp> frozen = slice(kFrozen, rest);
  if (failed(trained) || failed(frozen))
    return failure();
  return SplitParameter{*trained, *frozen};
}

LogicalResult coppice::train::replaceSplitReads(ModuleOp module) {
  llvm::DenseMap<StringAttr, SplitParameter> splits;
  for (auto parameter : module.getOps<ParameterOp>()) {
    SplitParameter split{lookupSlice(module, parameter, kTrained),
                         lookupSlice(module, parameter, kFrozen)};
    if (split.trained && split.frozen &&
        split.trained->getAttr(kSliceOfAttr) == parameter.getSymNameAttr())
      splits[parameter.getSymNameAttr()] = split;
  }
  if (splits.empty())
    return success();

  bool failed = false;
  module.walk([&](Operation *op) {
    if (auto write = dyn_cast<WriteOp>(op)) {
      if (!splits.contains(write.getParameterAttr().getAttr()))
        return;
      write.emitError("trains all of @")
          << write.getParameter()
          << ", of which another step trains some channels; give both steps "
             "the same scheme";
      failed = true;
    }
  });
  if (failed)
    return failure();

  module.walk([&](ReadOp read) {
    auto it = splits.find(read.getParameterAttr().getAttr());
    if (it == splits.end())
      return;
    OpBuilder builder(read);
    // Codes are concatenated as integers.
    auto readSlice = [&](ParameterOp slice) -> Value {
      Value value =
          ReadOp::create(builder, read.getLoc(), slice.getValueType(),
                         FlatSymbolRefAttr::get(slice.getSymNameAttr()));
      return slice.getQuantized()
                 ? quant::StorageCastOp::create(builder, read.getLoc(),
                                                slice.getType(), value)
                       .getResult()
                 : value;
    };
    ParameterOp trained = it->second.trained, frozen = it->second.frozen;
    int64_t axis = trained->getAttrOfType<IntegerAttr>(kSliceAxisAttr).getInt();
    // The index of channel i of the whole in the concatenated slices.
    SmallVector<int64_t> place(
        cast<RankedTensorType>(read.getType()).getDimSize(axis));
    int64_t next = 0;
    for (ParameterOp slice : {trained, frozen})
      for (int64_t index :
           slice->getAttrOfType<DenseI64ArrayAttr>(kSliceIndicesAttr)
               .asArrayRef())
        place[index] = next++;
    Value both = nn::ConcatOp::create(
        builder, read.getLoc(),
        ValueRange{readSlice(trained), readSlice(frozen)}, axis);
    // No gather is needed if the trained channels come first.
    if (!llvm::is_sorted(place))
      both = nn::GatherOp::create(builder, read.getLoc(), both,
                                  createIndices(builder, read.getLoc(), place),
                                  axis);
    if (trained.getQuantized())
      both = quant::StorageCastOp::create(builder, read.getLoc(),
                                          read.getType(), both);
    read.replaceAllUsesWith(both);
    read.erase();
  });
  for (auto &[name, split] : splits)
    module.lookupSymbol<ParameterOp>(name).erase();
  return success();
}
