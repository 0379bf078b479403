//===- IntegerLayer.cpp - Ops that have a form on codes ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/IR/Requantize.h"
#include "dialects/NN/IR/Geometry.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

static bool isFloatTensor(Type type) {
  return train::detail::isFloatTensor(type);
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

IntegerForm lowp::getIntegerForm(Operation *op) {
  auto codes = dyn_cast<CodesOpInterface>(op);
  return codes ? codes.getIntegerForm() : IntegerForm::none;
}

/// Whether an op between conversions becomes an op on codes.
static bool hasIntegerForm(Operation *op) {
  IntegerForm form = lowp::getIntegerForm(op);
  return form != IntegerForm::none && form != IntegerForm::gather;
}

std::optional<FixedPointFunction> lowp::getFixedPointFunction(Operation *op) {
  auto codes = dyn_cast<CodesOpInterface>(op);
  return codes ? codes.getFixedPointFunction() : std::nullopt;
}

bool lowp::isSummable(quant::QuantizedType type) {
  return isa_and_nonnull<quant::UniformQuantizedType>(type) &&
         type.getStorageTypeIntegralWidth() <= 16;
}

bool lowp::isByte(quant::QuantizedType type) {
  return isSummable(type) && type.getStorageTypeIntegralWidth() == 8;
}

Value lowp::getOnlyByte(Operation *op) {
  Value only;
  for (Value operand : op->getOperands()) {
    quant::QuantizedType type = getQuantizedType(operand.getType());
    if (isa_and_nonnull<quant::UniformQuantizedType>(type) &&
        getSplatCode(operand))
      continue;
    if (only || !isByte(type))
      return {};
    only = operand;
  }
  return isa_and_nonnull<quant::UniformQuantizedType>(
             getQuantizedType(op->getResult(0).getType()))
             ? only
             : Value();
}

int64_t lowp::getChannelAxis(Operation *op) {
  SmallVector<nn::WeightOperand, 2> weights;
  cast<nn::ContractionOpInterface>(op).getWeights(weights);
  return weights.front().outputAxis;
}

bool lowp::movesChannels(Operation *op) {
  quant::QuantizedType to = getQuantizedType(op->getResult(0).getType());
  int64_t axis = getScales(to).axis;
  auto concat = dyn_cast<nn::ConcatOp>(op);
  if (concat && int64_t(concat.getAxis()) == axis) {
    Scales joined;
    for (Type type : op->getOperandTypes()) {
      Scales part = getScales(getQuantizedType(type));
      if (part.axis != axis)
        return false;
      llvm::append_range(joined.scales, part.scales);
      llvm::append_range(joined.zeroPoints, part.zeroPoints);
    }
    Scales whole = getScales(to);
    return joined.scales == whole.scales &&
           joined.zeroPoints == whole.zeroPoints;
  }
  if (!llvm::all_of(op->getOperandTypes(), [&](Type type) {
        quant::QuantizedType from = getQuantizedType(type);
        return !from || from == to;
      }))
    return false;
  if (concat)
    return true;
  if (auto gather = dyn_cast<nn::GatherOp>(op))
    return int64_t(gather.getAxis()) > axis;
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return slice.getStarts()[axis] == 0 && slice.getStrides()[axis] == 1;
  return false;
}

bool lowp::holdsSameCodes(quant::QuantizedType from, quant::QuantizedType to) {
  return withStorage(from, to.getStorageTypeIntegralWidth(), to.isSigned(),
                     to.getStorageTypeMin(), to.getStorageTypeMax()) == to &&
         from.getStorageType() == to.getStorageType() &&
         from.isSigned() == to.isSigned() &&
         from.getStorageTypeMin() >= to.getStorageTypeMin() &&
         from.getStorageTypeMax() <= to.getStorageTypeMax();
}

bool lowp::haveOneScale(quant::QuantizedType from, quant::QuantizedType to) {
  Scales a = getScales(from), b = getScales(to);
  return a.axis < 0 && b.axis < 0 && a.scales == b.scales &&
         a.zeroPoints == b.zeroPoints &&
         from.getStorageTypeIntegralWidth() < 32 &&
         to.getStorageTypeIntegralWidth() < 32;
}

//===----------------------------------------------------------------------===//
// Ops on real values
//===----------------------------------------------------------------------===//

static quant::QuantizedType getCodes(Value value) {
  auto dequantize = value.getDefiningOp<lowp::DequantizeOp>();
  return dequantize ? lowp::getQuantizedType(dequantize.getInput().getType())
                    : quant::QuantizedType();
}

static bool isPerAxis(quant::QuantizedType type) {
  return isa<quant::UniformQuantizedPerAxisType>(type);
}

/// Checks that scales along an axis belong to weights and follow the output
/// channels, so that each sum has one scale.
static std::string checkScales(Operation *op) {
  bool sumsProducts = lowp::getIntegerForm(op) == IntegerForm::products;
  int64_t allowedAxis = sumsProducts ? lowp::getChannelAxis(op) : -1;
  for (OpOperand &operand : op->getOpOperands()) {
    quant::QuantizedType type = getCodes(operand.get());
    if (!type || !isPerAxis(type))
      continue;
    unsigned number = operand.getOperandNumber();
    if (sumsProducts && number == 2)
      continue; // one scale per output channel, as the weight
    // An elementwise op reads each element with its own scale.
    if (isa<nn::ElementwiseOpInterface>(op))
      continue;
    if (!sumsProducts || number != 1 ||
        lowp::getScales(type).axis != allowedAxis)
      return "operand " + std::to_string(number) +
             " has one scale per index of axis " +
             std::to_string(lowp::getScales(type).axis) +
             ", which is not that of the output channels";
  }
  return {};
}

std::string lowp::whyNotInteger(Operation *op) {
  if (!hasIntegerForm(op))
    return "the op has no integer form";
  for (OpOperand &operand : op->getOpOperands())
    if (isFloatTensor(operand.get().getType()) && !getCodes(operand.get()))
      return "operand " + std::to_string(operand.getOperandNumber()) +
             " is not quantized";
  if (llvm::none_of(op->getOperands(),
                    [](Value operand) { return bool(getCodes(operand)); }))
    return "no operand is quantized";
  if (std::string reason = checkScales(op); !reason.empty())
    return reason;
  if (std::optional<int64_t> products = nn::countProducts(op)) {
    quant::QuantizedType lhs = getCodes(op->getOperand(0)),
                         rhs = getCodes(op->getOperand(1));
    if (lhs && rhs && !fitsAccumulator(lhs, rhs, *products))
      return "sums of " + std::to_string(*products) +
             " products of its codes may leave 32 bits";
  }
  return {};
}

//===----------------------------------------------------------------------===//
// TensorFlow Lite's integers
//===----------------------------------------------------------------------===//

IntegerAttr lowp::getSplatCode(Value value) {
  if (auto dequantize = value.getDefiningOp<DequantizeOp>())
    value = dequantize.getInput();
  if (auto cast = value.getDefiningOp<quant::StorageCastOp>())
    value = cast.getInput();
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return {};
  return dyn_cast<IntegerAttr>(elements.getSplatValue<Attribute>());
}

static std::string whyNotElementwise(Operation *op,
                                     ArrayRef<quant::QuantizedType> types) {
  unsigned widest = 0, bits = 0, read = 0;
  for (auto [operand, type] : llvm::zip(op->getOperands(), types)) {
    if (!type)
      continue;
    if (isPerAxis(type))
      return "an operand has one scale per channel";
    widest = std::max(widest, type.getStorageTypeIntegralWidth());
    bits += type.getStorageTypeIntegralWidth();
    read += !lowp::getSplatCode(operand);
  }
  if (read == 1 && widest == 8 && !isa<nn::WhereOp>(op))
    return {}; // a table
  if (!lowp::getFixedPointFunction(op))
    return "its function is a table of 256 codes, and it reads more than a "
           "byte";
  if (widest > 16 || (isa<nn::MulOp>(op) && bits > 24))
    return "its operands have too many bits";
  return {};
}

/// Returns why a sum of `count` codes does not fit 32 bits.
static std::string whyNotSum(quant::QuantizedType type, int64_t count) {
  if (!lowp::isSummable(type))
    return "its operand has one scale per channel, or more than 16 bits";
  if ((int64_t(2) << type.getStorageTypeIntegralWidth()) * count >= int64_t(1)
                                                                        << 31)
    return "the sum of " + std::to_string(count) + " codes may leave 32 bits";
  return {};
}

/// Returns why sums of products of scales `products`, with a bias or without,
/// cannot be rescaled to codes of `result`.
static std::string whyNotSumOfProducts(ArrayRef<quant::QuantizedType> types,
                                       quant::QuantizedType result) {
  if (types.size() < 2 || !types[0] || !types[1])
    return {}; // no layer on codes
  lowp::Scales products = lowp::getScales(types[1]),
               to = lowp::getScales(result);
  for (double &scale : products.scales)
    scale *= lowp::getScales(types[0]).scales.front();
  auto hasZeroPoint = [](const lowp::Scales &scales) {
    return llvm::any_of(scales.zeroPoints, [](int64_t z) { return z != 0; });
  };
  if (!lowp::isSummable(types[0]) ||
      types[1].getStorageTypeIntegralWidth() > 16)
    return "its operands have more than 16 bits, or one scale per channel "
           "where its input has one";
  if (!llvm::all_equal(products.zeroPoints))
    return "its weight has one zero point per channel";
  bool hasBias = types.size() > 2 && types[2];
  if (result.getStorageTypeIntegralWidth() > 16) {
    // A wide result must be the sum itself: rescaling gives 16 bits or fewer.
    bool same = to.scales.size() == 1
                    ? llvm::all_of(products.scales,
                                   [&](double x) { return x == to.scales[0]; })
                    : to.scales == products.scales;
    if (hasBias || hasZeroPoint(to) || !same)
      return "its result has more than 16 bits and is not the sum itself";
    return {};
  }
  if (isPerAxis(result))
    return "its result has one scale per channel";
  if (!hasBias)
    return {};
  // TensorFlow Lite adds the codes of the bias to the sums. The two scales may
  // differ by the file's rounding to single precision.
  lowp::Scales bias = lowp::getScales(types[2]);
  size_t channels = std::max(products.scales.size(), bias.scales.size());
  for (size_t i = 0; i < channels; ++i) {
    double product = products.scales[i % products.scales.size()];
    double own = bias.scales[i % bias.scales.size()];
    if (!lowp::isBiasScale(own, product))
      return llvm::formatv(
                 "it adds a bias of scale {0:e} to products of scale "
                 "{1:e} in channel {2}, as TensorFlow Lite never does",
                 own, product, i)
          .str();
  }
  if (hasZeroPoint(bias))
    return "it adds a bias with a zero point";
  return {};
}

/// Returns why `count` codes of `type` cannot be normalized at once.
static std::string whyNotNormalized(quant::QuantizedType type, int64_t count) {
  if (!lowp::isByte(type))
    return "it reads more than a byte, or one scale per channel";
  if (count > lowp::kMostNormalized)
    return "it normalizes more than 16,384 elements at once";
  return {};
}

std::string lowp::whyNotLayerNorm(RankedTensorType input,
                                  quant::QuantizedType result,
                                  ArrayRef<double> gamma,
                                  ArrayRef<double> beta) {
  std::string reason =
      whyNotNormalized(getQuantizedType(input), input.getShape().back());
  if (!reason.empty())
    return reason;
  if (result.getStorageTypeIntegralWidth() > 16)
    return "its result has more than 16 bits";
  // In units of the result's scale, gamma and beta have 12 bits for the
  // fraction.
  double most = getScales(result).scales.front() * 0x1p40;
  auto fits = [&](double x) { return std::abs(x) < most; };
  if (!llvm::all_of(gamma, fits) || !llvm::all_of(beta, fits))
    return "its scale or shift is too large for its result's scale";
  return {};
}

std::string lowp::whyNotFixedPoint(Operation *op, quant::QuantizedType result) {
  SmallVector<quant::QuantizedType> types;
  for (Value operand : op->getOperands()) {
    quant::QuantizedType type = getQuantizedType(operand.getType());
    types.push_back(type ? type : getCodes(operand));
  }
  IntegerForm form = getIntegerForm(op);
  if (form == IntegerForm::products)
    return whyNotSumOfProducts(types, result);
  // A gather of codes computes nothing.
  if (form == IntegerForm::gather && !types.empty() && types[0] == result)
    return {};
  if (isPerAxis(result) || types.empty())
    return "its result has one scale per channel";
  double scale = getScales(result).scales.front();
  auto product = [](auto &&extents) {
    int64_t count = 1;
    for (int64_t extent : extents)
      count *= extent;
    return count;
  };
  auto extentsOf = [&](ArrayRef<int64_t> axes) {
    auto type = cast<RankedTensorType>(op->getOperand(0).getType());
    return llvm::map_to_vector(
        axes, [&](int64_t axis) { return type.getDimSize(axis); });
  };
  switch (form) {
  case IntegerForm::none:
  case IntegerForm::gather:
    return "the op has no integer form";
  case IntegerForm::products: // above
  case IntegerForm::move:     // rescales at most
    return {};
  case IntegerForm::elementwise:
    return whyNotElementwise(op, types);
  case IntegerForm::sum: {
    if (auto pool = dyn_cast<nn::AvgPool2DOp>(op))
      return whyNotSum(types[0], product(pool.getKernel()));
    return whyNotSum(types[0],
                     product(extentsOf(cast<nn::ReduceOp>(op).getAxes())));
  }
  case IntegerForm::softmax:
    if (!isByte(types[0]))
      return "its powers are a table of 256, and it reads more than a byte";
    // Smaller scales leave no room for the logarithm and the quotient.
    if (scale < 0x1p-12)
      return "its result's scale is below 2^-12";
    if (isa<nn::LogSoftmaxOp>(op) && result.getStorageTypeIntegralWidth() > 16)
      return "its result has more than 16 bits";
    return {};
  case IntegerForm::normalize: {
    if (auto norm = dyn_cast<LayerNormOp>(op))
      return whyNotLayerNorm(cast<RankedTensorType>(norm.getInput().getType()),
                             result, norm.getGamma(), norm.getBeta());
    std::string reason = whyNotNormalized(
        types[0], product(extentsOf(cast<nn::NormalizeOp>(op).getAxes())));
    if (reason.empty() && scale < 0x1p-14)
      return "its result's scale is below 2^-14";
    return reason;
  }
  case IntegerForm::interpolation: {
    int64_t axes = llvm::count_if(cast<nn::ResizeOp>(op).getScales(),
                                  [](double x) { return x != 1; });
    if (!isByte(types[0]) || axes > 2)
      return "it interpolates more than bytes along two axes";
    return {};
  }
  }
  return "the op has no integer form";
}

//===----------------------------------------------------------------------===//
// Exact arithmetic
//===----------------------------------------------------------------------===//

bool lowp::rescalesInDouble(Operation *op) {
  quant::QuantizedType to = op->getNumResults()
                                ? getQuantizedType(op->getResult(0).getType())
                                : quant::QuantizedType();
  IntegerForm form = getIntegerForm(op);
  if (!to || (form == IntegerForm::none &&
              !isa_and_nonnull<nn::NNDialect>(op->getDialect())))
    return false;
  if (form == IntegerForm::elementwise && !isa<nn::CastOp>(op))
    return !getOnlyByte(op);
  if (form != IntegerForm::move && form != IntegerForm::gather &&
      !isa<nn::CastOp>(op))
    return true;
  bool keepsScale = llvm::all_of(op->getOperandTypes(), [&](Type type) {
    quant::QuantizedType from = getQuantizedType(type);
    return !from || holdsSameCodes(from, to) || haveOneScale(from, to);
  });
  return !keepsScale && (getScales(to).axis < 0 || !movesChannels(op));
}
