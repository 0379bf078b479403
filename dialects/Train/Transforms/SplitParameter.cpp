//===- SplitParameter.cpp - A trained and a frozen slice --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/SplitParameter.h"

#include "dialects/NN/IR/NN.h"
#include "lib/Support/Elements.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

static constexpr StringLiteral kSliceOf = "train.slice_of";
static constexpr StringLiteral kSliceAxis = "train.slice_axis";
static constexpr StringLiteral kSliceIndices = "train.slice_indices";
static constexpr StringLiteral kTrained = ".trained";
static constexpr StringLiteral kFrozen = ".frozen";

Value coppice::train::createIndices(OpBuilder &builder, Location loc,
                                    ArrayRef<int64_t> indices) {
  auto type = RankedTensorType::get({static_cast<int64_t>(indices.size())},
                                    builder.getI64Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, indices));
}

/// The slices of `values`, of type `type`, at `indices` of `axis`.
static std::vector<double> gatherReals(ArrayRef<double> values,
                                       RankedTensorType type, int64_t axis,
                                       ArrayRef<int64_t> indices) {
  int64_t outer = 1, inner = 1, extent = type.getDimSize(axis);
  for (int64_t size : type.getShape().take_front(axis))
    outer *= size;
  for (int64_t size : type.getShape().drop_front(axis + 1))
    inner *= size;
  std::vector<double> result;
  result.reserve(outer * indices.size() * inner);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices) {
      ArrayRef<double> line = values.slice((o * extent + index) * inner, inner);
      result.insert(result.end(), line.begin(), line.end());
    }
  return result;
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
    if (split.trained->getAttr(kSliceIndices) == trainedIndices &&
        split.trained->getAttr(kSliceAxis) ==
            attributes.getI64IntegerAttr(axis))
      return split;
    return parameter.emitError(
        "two steps train different channels of this parameter; give them the "
        "same scheme");
  }

  std::optional<std::vector<double>> values = readReals(parameter.getValue());
  if (!values)
    return parameter.emitError("its values are missing, so it cannot be split "
                               "into a trained and a frozen slice");
  SmallVector<int64_t> rest;
  for (int64_t i = 0; i < type.getDimSize(axis); ++i)
    if (!llvm::is_contained(update.getIndices(), i))
      rest.push_back(i);
  OpBuilder builder(parameter);
  auto slice = [&](StringRef suffix, ArrayRef<int64_t> indices) {
    SmallVector<int64_t> shape(type.getShape());
    shape[axis] = indices.size();
    auto sliceType = RankedTensorType::get(shape, type.getElementType());
    std::string name = (parameter.getSymName() + suffix).str();
    ElementsAttr value =
        makeReals(sliceType, gatherReals(*values, type, axis, indices), name);
    auto op = ParameterOp::create(builder, parameter.getLoc(), name, sliceType,
                                  value, ParameterRole::weight,
                                  parameter.getExternalNameAttr(),
                                  parameter.getLayoutAttr(),
                                  /*state_offset=*/IntegerAttr(),
                                  /*quantized=*/TypeAttr());
    op->setAttr(kSliceOf, parameter.getSymNameAttr());
    op->setAttr(kSliceAxis, builder.getI64IntegerAttr(axis));
    op->setAttr(kSliceIndices, builder.getDenseI64ArrayAttr(indices));
    return op;
  };
  split.trained = slice(kTrained, update.getIndices());
  split.frozen = slice(kFrozen, rest);
  return split;
}

LogicalResult coppice::train::replaceSplitReads(ModuleOp module) {
  llvm::DenseMap<StringAttr, SplitParameter> splits;
  for (auto parameter : module.getOps<ParameterOp>()) {
    SplitParameter split{lookupSlice(module, parameter, kTrained),
                         lookupSlice(module, parameter, kFrozen)};
    if (split.trained && split.frozen &&
        split.trained->getAttr(kSliceOf) == parameter.getSymNameAttr())
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
    auto readSlice = [&](ParameterOp slice) -> Value {
      return ReadOp::create(builder, read.getLoc(), slice.getType(),
                            FlatSymbolRefAttr::get(slice.getSymNameAttr()));
    };
    ParameterOp trained = it->second.trained, frozen = it->second.frozen;
    int64_t axis = trained->getAttrOfType<IntegerAttr>(kSliceAxis).getInt();
    // Where channel i of the whole lies behind one another's slices.
    SmallVector<int64_t> place(
        cast<RankedTensorType>(read.getType()).getDimSize(axis));
    int64_t next = 0;
    for (ParameterOp slice : {trained, frozen})
      for (int64_t index :
           slice->getAttrOfType<DenseI64ArrayAttr>(kSliceIndices).asArrayRef())
        place[index] = next++;
    Value both = nn::ConcatOp::create(
        builder, read.getLoc(),
        ValueRange{readSlice(trained), readSlice(frozen)}, axis);
    // Trained channels that come first are in their place already.
    if (!llvm::is_sorted(place))
      both = nn::GatherOp::create(builder, read.getLoc(), both,
                                  createIndices(builder, read.getLoc(), place),
                                  axis);
    read.replaceAllUsesWith(both);
    read.erase();
  });
  for (auto &[name, split] : splits)
    module.lookupSymbol<ParameterOp>(name).erase();
  return success();
}
