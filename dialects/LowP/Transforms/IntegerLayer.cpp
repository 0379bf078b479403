//===- IntegerLayer.cpp - Which ops have an integer form --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Transforms/IntegerLayer.h"

#include "dialects/LowP/IR/Requantize.h"
#include "dialects/NN/IR/Geometry.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace coppice;

static bool isFloatTensor(Type type) {
  return train::detail::isFloatTensor(type);
}

/// Whether the op has a meaning on codes that the lowering knows.
static bool hasIntegerForm(Operation *op) {
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return reduce.getKind() != nn::ReductionKind::prod;
  return isa<nn::Conv2DOp, nn::MatMulOp, nn::AvgPool2DOp, nn::MaxPool2DOp,
             nn::ConcatOp, nn::ResizeOp, nn::SoftmaxOp, nn::LogSoftmaxOp,
             nn::ReshapeOp, nn::TransposeOp, nn::SliceOp, nn::PadOp,
             nn::NormalizeOp, nn::ElementwiseOpInterface>(op);
}

static quant::QuantizedType getCodes(Value value) {
  auto dequantize = value.getDefiningOp<lowp::DequantizeOp>();
  return dequantize ? lowp::getQuantizedType(dequantize.getInput().getType())
                    : quant::QuantizedType();
}

static bool isPerAxis(quant::QuantizedType type) {
  return isa<quant::UniformQuantizedPerAxisType>(type);
}

/// Scales along an axis belong to weights: they must follow the output
/// channels, so that each sum has one scale.
static std::string checkScales(Operation *op) {
  int64_t allowedOperand = -1, allowedAxis = -1;
  if (auto conv = dyn_cast<nn::Conv2DOp>(op)) {
    allowedOperand = 1;
    allowedAxis = 3;
  } else if (auto matmul = dyn_cast<nn::MatMulOp>(op)) {
    allowedOperand = 1;
    allowedAxis = matmul.getRhs().getType().getRank() -
                  (matmul.getTransposeRhs() ? 2 : 1);
  }
  for (OpOperand &operand : op->getOpOperands()) {
    quant::QuantizedType type = getCodes(operand.get());
    if (!type || !isPerAxis(type))
      continue;
    unsigned number = operand.getOperandNumber();
    if (isa<nn::Conv2DOp, nn::MatMulOp>(op) && number == 2)
      continue; // one scale per output channel, as the weight
    // Elementwise ops read each element with its own scale.
    if (isa<nn::ElementwiseOpInterface>(op))
      continue;
    if (int64_t(number) != allowedOperand ||
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

bool lowp::hasFixedPointForm(Operation *op) {
  return isa<nn::AddOp, nn::SubOp, nn::MulOp, nn::MinOp, nn::MaxOp, nn::WhereOp,
             nn::ReluOp, nn::NegOp, nn::AbsOp, nn::LeakyReluOp, nn::ClipOp>(op);
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
  if (!lowp::hasFixedPointForm(op))
    return "its function is a table of 256 codes, and it reads more than a "
           "byte";
  if (widest > 16 || (isa<nn::MulOp>(op) && bits > 24))
    return "its operands have too many bits";
  return {};
}

/// Sums of `count` codes have to fit 32 bits.
static std::string whyNotSum(quant::QuantizedType type, int64_t count) {
  if (isPerAxis(type) || type.getStorageTypeIntegralWidth() > 16)
    return "its operand has one scale per channel, or more than 16 bits";
  if ((int64_t(2) << type.getStorageTypeIntegralWidth()) * count >= int64_t(1)
                                                                        << 31)
    return "the sum of " + std::to_string(count) + " codes may leave 32 bits";
  return {};
}

/// Sums of products whose scales are `products`, with a bias or without, to
/// codes of `result`.
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
  bool hasBias = types.size() > 2 && types[2];
  if (result.getStorageTypeIntegralWidth() > 16) {
    // The sums are the codes, or nothing is.
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
  // TensorFlow Lite adds the bias as it is.
  lowp::Scales bias = lowp::getScales(types[2]);
  size_t channels = std::max(products.scales.size(), bias.scales.size());
  for (size_t i = 0; i < channels; ++i) {
    double product = products.scales[i % products.scales.size()];
    double own = bias.scales[i % bias.scales.size()];
    if (std::abs(product - own) > 0.02 * to.scales.front())
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

std::string lowp::whyNotFixedPoint(Operation *op, quant::QuantizedType result) {
  SmallVector<quant::QuantizedType> types;
  for (Value operand : op->getOperands()) {
    quant::QuantizedType type = getQuantizedType(operand.getType());
    types.push_back(type ? type : getCodes(operand));
  }
  if (isa<nn::Conv2DOp, nn::MatMulOp>(op))
    return whyNotSumOfProducts(types, result);
  // Gathering codes is no arithmetic.
  if (isa<nn::GatherOp, nn::ExpandOp>(op) && !types.empty() &&
      types[0] == result)
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
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([&](nn::ElementwiseOpInterface) {
        return whyNotElementwise(op, types);
      })
      .Case([&](nn::AvgPool2DOp pool) {
        return whyNotSum(types[0], product(pool.getKernel()));
      })
      .Case([&](nn::ReduceOp reduce) {
        return reduce.getKind() == nn::ReductionKind::sum ||
                       reduce.getKind() == nn::ReductionKind::mean
                   ? whyNotSum(types[0], product(extentsOf(reduce.getAxes())))
                   : std::string();
      })
      .Case<nn::SoftmaxOp, nn::LogSoftmaxOp>([&](auto) -> std::string {
        if (isPerAxis(types[0]) || types[0].getStorageTypeIntegralWidth() != 8)
          return "its powers are a table of 256, and it reads more than a byte";
        // Room for the logarithm, and for the quotient.
        if (scale < 0x1p-12)
          return "its result's scale is below 2^-12";
        return {};
      })
      .Case([&](nn::NormalizeOp norm) -> std::string {
        int64_t count = product(extentsOf(norm.getAxes()));
        if (isPerAxis(types[0]) || types[0].getStorageTypeIntegralWidth() != 8)
          return "it reads more than a byte, or one scale per channel";
        if (count > 1 << 14)
          return "it normalizes more than 16,384 elements at once";
        if (scale < 0x1p-14)
          return "its result's scale is below 2^-14";
        return {};
      })
      .Case([&](nn::ResizeOp resize) -> std::string {
        if (resize.getMode() == nn::ResizeMode::nearest)
          return {};
        int64_t axes =
            llvm::count_if(resize.getScales(), [](double x) { return x != 1; });
        if (isPerAxis(types[0]) ||
            types[0].getStorageTypeIntegralWidth() != 8 || axes > 2)
          return "it interpolates more than bytes along two axes";
        return {};
      })
      // What moves codes rescales at most.
      .Default([&](Operation *) -> std::string {
        if (!hasIntegerForm(op))
          return "the op has no integer form";
        return {};
      });
}
