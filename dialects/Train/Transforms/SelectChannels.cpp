//===- SelectChannels.cpp - Chooses trained channels ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/SelectChannels.h"

#include "dialects/Train/Transforms/LatentWeights.h"
#include "lib/Support/Elements.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

/// The squared L2 norm of every slice along `axis`.
static std::vector<double> sliceNorms(ArrayRef<double> values,
                                      RankedTensorType type, int64_t axis) {
  int64_t inner = 1, extent = type.getDimSize(axis);
  for (int64_t size : type.getShape().drop_front(axis + 1))
    inner *= size;
  std::vector<double> norms(extent, 0.0);
  for (auto [i, value] : llvm::enumerate(values))
    norms[i / inner % extent] += value * value;
  return norms;
}

/// Returns the numbers that channels are chosen by: the values of a float
/// weight, the codes of a quantized one. nullopt if the values are missing.
static std::optional<std::vector<double>> readMagnitudes(ParameterOp weight) {
  ParameterOp stored = getStoredWeight(weight);
  return stored.getQuantized()
             ? lowp::readCodes(stored.getValue(), stored.getValueType(),
                               /*scaled=*/false)
             : readReals(stored.getValue());
}

FailureOr<UpdateSchemeAttr> train::selectChannels(const Scheme::Weight &entry,
                                                  ChannelSelection select,
                                                  ParameterOp parameter,
                                                  std::optional<int64_t> axis) {
  MLIRContext *context = parameter.getContext();
  if (entry.ratio == 1 && entry.channels.empty())
    return UpdateSchemeAttr::get(context, UpdateKind::full);
  if (!axis) {
    emitError(entry.loc, "scheme: '")
        << parameter.getFileName()
        << "' reaches its layer through a reshape, so its channels cannot be "
           "selected; give ratio: 1";
    return failure();
  }
  auto type = cast<RankedTensorType>(parameter.getType());
  int64_t channels = type.getDimSize(*axis);
  if (!entry.channels.empty()) {
    if (entry.channels.back() >= channels)
      return emitError(entry.loc, "scheme: there is no channel ")
             << entry.channels.back() << " of '" << parameter.getFileName()
             << "', which has " << channels << ", counted from 0";
    if (static_cast<int64_t>(entry.channels.size()) == channels)
      return UpdateSchemeAttr::get(context, UpdateKind::full);
    return UpdateSchemeAttr::get(context, UpdateKind::channels, *axis,
                                 entry.channels);
  }
  int64_t count = countKept(channels, entry.ratio);
  if (count == 0) {
    emitError(entry.loc, "scheme: ratio ")
        << llvm::formatv("{0}", entry.ratio).str() << " keeps none of the "
        << channels << " channels of '" << parameter.getFileName()
        << "'; raise it or leave the layer out";
    return failure();
  }
  auto indices = llvm::to_vector(llvm::seq<int64_t>(channels));
  if (select == ChannelSelection::Magnitude) {
    std::optional<std::vector<double>> values = readMagnitudes(parameter);
    if (!values) {
      parameter.emitError("select: magnitude needs the weight's values, which "
                          "are missing");
      return failure();
    }
    std::vector<double> norms = sliceNorms(*values, type, *axis);
    llvm::sort(indices, [&](int64_t a, int64_t b) {
      return norms[a] != norms[b] ? norms[a] > norms[b] : a < b;
    });
  }
  indices.truncate(count);
  llvm::sort(indices);
  return UpdateSchemeAttr::get(context, UpdateKind::channels, *axis, indices);
}
