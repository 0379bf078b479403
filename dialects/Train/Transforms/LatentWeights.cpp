//===- LatentWeights.cpp - Float copies of quantized weights ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/LatentWeights.h"

#include "dialects/LowP/IR/Requantize.h"
#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/Transforms/StepBuilder.h"
#include "lib/Support/Elements.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

static constexpr StringLiteral kLatentOf = "train.latent_of";

ParameterOp coppice::train::getStoredWeight(ParameterOp parameter) {
  auto name = parameter->getAttrOfType<FlatSymbolRefAttr>(kLatentOf);
  if (!name)
    return parameter;
  return SymbolTable::lookupNearestSymbolFrom<ParameterOp>(parameter, name);
}

quant::QuantizedType coppice::train::getLatentType(ParameterOp parameter) {
  ParameterOp stored = getStoredWeight(parameter);
  if (!stored || stored == parameter)
    return {};
  return lowp::getQuantizedType(stored.getValueType());
}

static FailureOr<ParameterOp> createLatent(ModuleOp module,
                                           ParameterOp parameter) {
  RankedTensorType valueType = parameter.getValueType();
  quant::QuantizedType quantized = lowp::getQuantizedType(valueType);
  std::string name = (parameter.getSymName() + ".latent").str();
  if (auto old = module.lookupSymbol<ParameterOp>(name);
      old && getStoredWeight(old) == parameter)
    return old;
  OpBuilder builder(module.getContext());
  builder.setInsertionPointAfter(parameter);
  Type element = quantized.getStorageTypeIntegralWidth() > 16
                     ? builder.getF64Type()
                     : quantized.getExpressedType();
  RankedTensorType type = lowp::withElement(valueType, element);
  std::optional<std::vector<double>> values =
      lowp::readCodes(parameter.getValue(), valueType, /*scaled=*/true);
  if (!values)
    return parameter.emitError("has no values to make a float copy of; train "
                               "it with weights=int8");
  if (module.lookupSymbol(name))
    return parameter.emitError("needs a float copy @")
           << name << ", but the name is taken; rename it";
  auto latent = ParameterOp::create(
      builder, parameter.getLoc(), name, type, makeReals(type, *values, name),
      parameter.getRole(), parameter.getExternalNameAttr(),
      parameter.getLayoutAttr(),
      /*state_offset=*/IntegerAttr(),
      /*quantized=*/TypeAttr());
  latent->setAttr(kLatentOf,
                  FlatSymbolRefAttr::get(parameter.getSymNameAttr()));
  return latent;
}

/// Returns the largest |code - zero point| with which the layers that multiply
/// `weight` by codes can sum in 32 bits.
static int64_t getLargestCode(Value weight) {
  int64_t largest = llvm::maxIntN(16);
  for (Operation *user : weight.getUsers()) {
    if (nn::getMoved(user)) {
      largest = std::min(largest, getLargestCode(user->getResult(0)));
      continue;
    }
    std::optional<int64_t> products = nn::countProducts(user);
    if (!products)
      continue;
    for (Value factor : user->getOperands().take_front(2))
      if (quant::QuantizedType type = lowp::getQuantizedType(factor.getType());
          type && factor != weight)
        largest = std::min(largest, lowp::getLargestFactor(type, *products));
  }
  return largest;
}

/// Returns the type that a float copy is rounded to. It is as wide as the
/// layers that read it allow, so that training and not the range of the stored
/// codes bounds the weight.
static RankedTensorType getRoundedType(ReadOp read) {
  auto type = cast<RankedTensorType>(read.getType());
  quant::QuantizedType quantized = lowp::getQuantizedType(type);
  // Codes of more than 16 bits belong to biases.
  if (quantized.getStorageTypeIntegralWidth() > 16)
    return lowp::withElement(
        type, lowp::withStorage(quantized, 32, /*isSigned=*/true,
                                llvm::minIntN(32), llvm::maxIntN(32)));
  int64_t largest = getLargestCode(read);
  int64_t low = llvm::minIntN(16), high = llvm::maxIntN(16);
  for (int64_t zero : lowp::getScales(quantized).zeroPoints) {
    low = std::max(low, zero - largest);
    high = std::min(high, zero + largest);
  }
  // The range must hold the stored codes, as far as 16 bits can.
  low =
      std::max(std::min(low, quantized.getStorageTypeMin()), llvm::minIntN(16));
  high = std::min(std::max(high, quantized.getStorageTypeMax()),
                  llvm::maxIntN(16));
  return lowp::withElement(type,
                           lowp::withStorage(quantized, 16,
                                             /*isSigned=*/true, low, high));
}

LogicalResult coppice::train::addLatentWeights(ModuleOp module,
                                               StringRef from) {
  auto source = module.lookupSymbol<FunctionOpInterface>(from);
  if (!source)
    return success(); // The step builder reports it.
  llvm::SetVector<ParameterOp> weights;
  source.walk([&](ReadOp read) {
    ParameterOp parameter = getParameter(read);
    if (parameter && parameter.getRole() == ParameterRole::weight &&
        parameter.getQuantized())
      weights.insert(parameter);
  });
  llvm::DenseMap<StringAttr, ParameterOp> latents;
  for (ParameterOp weight : weights) {
    FailureOr<ParameterOp> latent = createLatent(module, weight);
    if (failed(latent))
      return failure();
    latents[weight.getSymNameAttr()] = *latent;
  }
  module.walk([&](ReadOp read) {
    ParameterOp latent = latents.lookup(read.getParameterAttr().getAttr());
    if (!latent)
      return;
    OpBuilder builder(read);
    Value value =
        ReadOp::create(builder, read.getLoc(), latent.getType(),
                       FlatSymbolRefAttr::get(latent.getSymNameAttr()));
    Value rounded = lowp::QuantizeOp::create(builder, read.getLoc(),
                                             getRoundedType(read), value);
    read.replaceAllUsesWith(rounded);
    read.erase();
  });
  return success();
}

void coppice::train::dropUntrainedLatents(ModuleOp module) {
  llvm::DenseSet<StringAttr> written;
  module.walk([&](WriteOp write) {
    written.insert(write.getParameterAttr().getAttr());
  });
  llvm::DenseMap<StringAttr, ParameterOp> stored;
  for (auto parameter : module.getOps<ParameterOp>())
    if (getLatentType(parameter) &&
        !written.contains(parameter.getSymNameAttr()))
      stored[parameter.getSymNameAttr()] = getStoredWeight(parameter);
  SmallVector<ReadOp> reads;
  module.walk([&](ReadOp read) {
    if (stored.contains(read.getParameterAttr().getAttr()))
      reads.push_back(read);
  });
  for (ReadOp read : reads) {
    StringAttr name = read.getParameterAttr().getAttr();
    ParameterOp parameter = stored.lookup(name);
    OpBuilder builder(read);
    Value codes =
        ReadOp::create(builder, read.getLoc(), parameter.getValueType(),
                       FlatSymbolRefAttr::get(parameter.getSymNameAttr()));
    for (Operation *user : llvm::make_early_inc_range(read->getUsers()))
      if (auto rounded = dyn_cast<lowp::QuantizeOp>(user)) {
        rounded.replaceAllUsesWith(codes);
        rounded.erase();
      }
    if (read.use_empty())
      read.erase();
    else
      stored.erase(name);
  }
  for (auto &[name, parameter] : stored)
    module.lookupSymbol<ParameterOp>(name).erase();
}
