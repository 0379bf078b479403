//===- InsertFakeQuant.cpp - Quantizers with learned scales -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Quantization/Calibration.h"
#include "lib/Support/Elements.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPINSERTFAKEQUANT
#include "dialects/LowP/Transforms/Passes.h.inc"

/// A learned scale has the name of its tensor with this suffix, and with a
/// number if the model already has a tensor of that name.
static constexpr StringLiteral kScaleSuffix = "_scale";

namespace {
/// The format of the codes of a tensor with a range.
struct Format {
  int64_t low, high;
  quantization::AffineParameters affine;
  bool isFixed = false; ///< the scale is not learned
};

struct InsertFakeQuant : impl::LowPInsertFakeQuantBase<InsertFakeQuant> {
  using LowPInsertFakeQuantBase::LowPInsertFakeQuantBase;

  void runOnOperation() override;

private:
  LogicalResult insertOnParameters(func::FuncOp target);
  LogicalResult insertOnActivations(func::FuncOp target);
  LogicalResult insertOnLayer(nn::ContractionOpInterface layer);

  FailureOr<Format> readFormat(Location loc, Attribute range, Attribute count);
  /// Adds a learned scale for the tensor `name` of the file, and reads it at
  /// `builder`.
  Value addScale(OpBuilder &builder, Location loc, StringRef name,
                 RankedTensorType type, ArrayRef<double> values);
  /// Whether the module or the file has a tensor of that name.
  bool isTaken(StringRef name);
  /// Inserts a fake quantizer with one scale behind `value`. All users of
  /// `value` read its result.
  LogicalResult insertOn(Value value, StringRef name, const Format &format,
                         int64_t elements);
};
} // namespace

/// Returns LSQ's gradient scale for `elements` that share a scale, if the code
/// farthest from the zero point is `last` away (Esser et al., section 2.2).
static llvm::APFloat getGradientScale(int64_t elements, int64_t last) {
  return llvm::APFloat(
      1 / std::sqrt(double(std::max<int64_t>(1, elements)) * double(last)));
}

/// Returns the operand whose codes the result of `op` has. The op moves or
/// picks its elements, or is the identity in evaluation.
static OpOperand *getCodesOrigin(Operation *op) {
  auto codes = dyn_cast<CodesOpInterface>(op);
  if (codes && op->getNumOperands() == 1 &&
      codes.getIntegerForm() == IntegerForm::move &&
      codes.getResultRange() == ResultRange::operands)
    return &op->getOpOperand(0);
  return nn::getOnlyKept(op);
}

/// Returns the quantizer that gives `value` its codes.
static FakeQuantizeOp findQuantizer(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(op))
      return quantizer;
    OpOperand *origin = getCodesOrigin(op);
    if (!origin)
      return {};
    value = origin->get();
  }
  return {};
}

static train::ParameterOp getParameter(train::ReadOp read) {
  return SymbolTable::lookupNearestSymbolFrom<train::ParameterOp>(
      read, read.getParameterAttr());
}

/// Returns the weight that `value` is, through transposes and reshapes that
/// keep `axis`; null if it is none, or if it has other users. `axis` becomes
/// the axis of the parameter.
static train::ParameterOp traceWeight(Value value, int64_t &axis) {
  while (value.hasOneUse() && value.getDefiningOp()) {
    Operation *op = value.getDefiningOp();
    if (auto read = dyn_cast<train::ReadOp>(op)) {
      train::ParameterOp parameter = getParameter(read);
      return parameter && !parameter.getQuantized() &&
                     parameter.getRole() == train::ParameterRole::weight
                 ? parameter
                 : nullptr;
    }
    OpOperand *moved = nn::getMoved(op);
    if (!moved || getElementTypeOrSelf(moved->get().getType()) !=
                      getElementTypeOrSelf(value.getType()))
      return {};
    std::optional<int64_t> origin = nn::getForwardedAxis(*moved, axis);
    if (!origin)
      return {};
    axis = *origin;
    value = moved->get();
  }
  return {};
}

FailureOr<Format> InsertFakeQuant::readFormat(Location loc, Attribute range,
                                              Attribute count) {
  auto ends = dyn_cast<DenseF64ArrayAttr>(range);
  if (!ends || ends.size() != 2 || !std::isfinite(ends[0]) ||
      !std::isfinite(ends[1]) || ends[0] > ends[1]) {
    emitError(loc, "lowp.range must be two finite numbers in order, as "
                   "array<f64: -1.0, 3.5>, not ")
        << range;
    return failure();
  }
  int64_t width = bits;
  if (auto integer = dyn_cast_or_null<IntegerAttr>(count))
    width = integer.getInt();
  if (width < 2 || width > 8) {
    emitError(loc, "codes have 2 to 8 bits, not ") << width;
    return failure();
  }
  Format format{
      -(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1, {}};
  format.affine =
      quantization::chooseAffine({ends[0], ends[1]}, format.low, format.high);
  return format;
}

bool InsertFakeQuant::isTaken(StringRef name) {
  if (getOperation().lookupSymbol(name))
    return true;
  return llvm::any_of(getOperation().getOps<train::ParameterOp>(),
                      [&](train::ParameterOp parameter) {
                        return parameter.getFileName() == name;
                      });
}

Value InsertFakeQuant::addScale(OpBuilder &builder, Location loc,
                                StringRef name, RankedTensorType type,
                                ArrayRef<double> values) {
  std::string base = (name + kScaleSuffix).str(), symbol = base;
  for (unsigned i = 1; isTaken(symbol); ++i)
    symbol = base + "_" + std::to_string(i);
  OpBuilder atTop(getOperation().getBodyRegion());
  for (auto parameter : getOperation().getOps<train::ParameterOp>())
    atTop.setInsertionPointAfter(parameter);
  auto parameter = train::ParameterOp::create(
      atTop, NameLoc::get(atTop.getStringAttr(symbol)), symbol, type,
      makeReals(type, values, symbol), train::ParameterRole::weight,
      atTop.getStringAttr(symbol), /*layout=*/DenseI64ArrayAttr(),
      /*state_offset=*/IntegerAttr(), /*quantized=*/TypeAttr());
  parameter->setAttr(train::kRelativeUpdateAttr, atTop.getUnitAttr());
  parameter->setAttr(kScaleOfAttr, atTop.getStringAttr(name));
  return train::ReadOp::create(builder, loc, type,
                               FlatSymbolRefAttr::get(parameter));
}

LogicalResult InsertFakeQuant::insertOn(Value value, StringRef name,
                                        const Format &format,
                                        int64_t elements) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !isa<FloatType>(type.getElementType()))
    return emitError(value.getLoc(), "'")
           << name
           << "' has a range, but is not a float tensor: " << value.getType();
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  auto scaleType = RankedTensorType::get({}, type.getElementType());
  auto number = double(format.affine.scale);
  Value scale =
      format.isFixed
          ? arith::ConstantOp::create(
                builder, loc,
                DenseElementsAttr::get(
                    scaleType,
                    builder.getFloatAttr(type.getElementType(), number)))
                .getResult()
          : addScale(builder, loc, name, scaleType, number);
  int64_t zero = format.affine.zeroPoint;
  auto quantizer = FakeQuantizeOp::create(
      builder, loc, type, value, scale, format.low, format.high, zero,
      /*axis=*/IntegerAttr(),
      getGradientScale(elements,
                       std::max(zero - format.low, format.high - zero)),
      /*relaxed=*/false);
  decisionRemark(quantizer, RemarkCategory::Format, "fake-quantize")
      << mlir::remark::reason("'{0}' has codes from {1} to {2}, a step of {3} "
                              "and the zero point {4}",
                              name, format.low, format.high, number, zero);
  value.replaceAllUsesExcept(quantizer.getResult(), quantizer);
  return success();
}

/// Quantizes constant operands of elementwise layers.
LogicalResult InsertFakeQuant::insertOnParameters(func::FuncOp target) {
  for (auto read : llvm::to_vector(target.getOps<train::ReadOp>())) {
    train::ParameterOp parameter = getParameter(read);
    Attribute range = parameter ? parameter->getAttr(kRangeAttr) : Attribute();
    if (!range)
      continue;
    FailureOr<Format> format =
        readFormat(parameter.getLoc(), range, parameter->getAttr(kBitsAttr));
    parameter->removeDiscardableAttr(kRangeAttr);
    parameter->removeDiscardableAttr(kBitsAttr);
    auto type = cast<RankedTensorType>(read.getType());
    if (failed(format) || failed(insertOn(read, parameter.getFileName(),
                                          *format, type.getNumElements())))
      return failure();
  }
  return success();
}

LogicalResult InsertFakeQuant::insertOnActivations(func::FuncOp target) {
  auto insert = [&](Value value, DictionaryAttr attributes) -> LogicalResult {
    Attribute range = attributes ? attributes.get(kRangeAttr) : Attribute();
    if (!range)
      return success();
    auto role = attributes.getAs<RoleAttr>(kRoleAttr);
    if (!role || !role.getName())
      return emitError(value.getLoc(), "has a lowp.range, but no ")
             << kRoleAttr << " with a name to call it by";
    FailureOr<Format> format =
        readFormat(value.getLoc(), range, attributes.get(kBitsAttr));
    if (succeeded(format))
      format->isFixed = attributes.contains(kFixedAttr);
    // Count the features of one sample: the scale must not depend on the batch.
    auto type = dyn_cast<RankedTensorType>(value.getType());
    int64_t elements = type ? type.getNumElements() : 1;
    if (type && type.getRank() > 1 && type.getDimSize(0) > 0)
      elements /= type.getDimSize(0);
    return success(
        succeeded(format) &&
        succeeded(insertOn(value, role.getName(), *format, elements)));
  };
  for (BlockArgument argument : target.getArguments()) {
    unsigned i = argument.getArgNumber();
    if (failed(insert(argument, target.getArgAttrDict(i))))
      return failure();
    target.removeArgAttr(i, kRangeAttr);
    target.removeArgAttr(i, kBitsAttr);
    target.removeArgAttr(i, kFixedAttr);
  }
  Operation *terminator = target.getBody().front().getTerminator();
  llvm::BitVector inner(target.getNumResults());
  for (unsigned i = 0; i < target.getNumResults(); ++i) {
    if (failed(insert(terminator->getOperand(i), target.getResultAttrDict(i))))
      return failure();
    inner[i] = bool(target.getResultAttr(i, kInnerAttr));
    for (StringRef name : {kRangeAttr, kBitsAttr, kFixedAttr})
      target.removeResultAttr(i, StringAttr::get(&getContext(), name));
  }
  terminator->eraseOperands(inner);
  return target.eraseResults(inner);
}

/// The operand that is the bias of `layer`, one number per channel: its own, or
/// the other operand of the addition that alone reads a matrix product.
static OpOperand *findBias(nn::ContractionOpInterface layer) {
  OpOperand *bias = layer.getBiasOperand();
  if (!bias && isa<nn::MatMulOp>(layer) && layer->hasOneUse()) {
    OpOperand &use = *layer->use_begin();
    if (isa<nn::AddOp>(use.getOwner()))
      bias = &use.getOwner()->getOpOperand(1 - use.getOperandNumber());
  }
  if (!bias)
    return nullptr;
  auto type = cast<RankedTensorType>(bias->get().getType());
  if (type.getRank() == 0 || type.getNumElements() != type.getShape().back())
    return nullptr;
  return bias;
}

static std::optional<std::vector<double>> readValues(Value value) {
  int64_t axis = std::max<int64_t>(
      0, cast<RankedTensorType>(value.getType()).getRank() - 1);
  train::ParameterOp parameter = traceWeight(value, axis);
  return parameter ? readReals(parameter.getValue()) : std::nullopt;
}

static void insertOnBias(OpOperand &bias, Value inputScale, Value weightScale) {
  auto type = cast<RankedTensorType>(bias.get().getType());
  OpBuilder builder(bias.getOwner());
  Location loc = bias.get().getLoc();
  Value scale = nn::MulOp::create(builder, loc, inputScale, weightScale);
  bias.set(FakeQuantizeOp::create(builder, loc, type, bias.get(), scale,
                                  llvm::minIntN(32), llvm::maxIntN(32),
                                  /*zero_point=*/0,
                                  builder.getI64IntegerAttr(type.getRank() - 1),
                                  // The scale is a product of learned ones, and
                                  // its gradient would count twice.
                                  llvm::APFloat(0.0), /*relaxed=*/false));
}

/// Quantizes weight and bias of a layer whose input is quantized. The weight
/// gets as many bits as the input.
LogicalResult InsertFakeQuant::insertOnLayer(nn::ContractionOpInterface layer) {
  SmallVector<nn::WeightOperand, 2> weights;
  layer.getWeights(weights);
  OpOperand &weight = *weights.front().operand;
  int64_t axis = weights.front().outputAxis, stored = axis;
  FakeQuantizeOp quantizer = findQuantizer(layer->getOperand(0));
  train::ParameterOp parameter = traceWeight(weight.get(), stored);
  if (!quantizer || !parameter)
    return success();
  std::optional<std::vector<double>> values = readReals(parameter.getValue());
  if (!values)
    return parameter.emitError("its values are missing");
  auto type = cast<RankedTensorType>(parameter.getType());
  int64_t inner = 1, channels = type.getDimSize(stored);
  for (int64_t extent : type.getShape().drop_front(stored + 1))
    inner *= extent;
  std::vector<std::vector<float>> rows(channels);
  for (auto [i, value] : llvm::enumerate(*values))
    rows[int64_t(i) / inner % channels].push_back(float(value));
  auto last = static_cast<int64_t>(quantizer.getQmax());
  SmallVector<double> scales;
  for (const std::vector<float> &row : rows)
    scales.push_back(quantization::chooseSymmetricScale(row, last));

  OpOperand *bias = findBias(layer);
  std::optional<std::vector<double>> biases, inputScale;
  if (bias)
    biases = readValues(bias->get());
  DenseElementsAttr fixed;
  if (auto read = quantizer.getScale().getDefiningOp<train::ReadOp>())
    inputScale = readReals(getParameter(read).getValue());
  else if (matchPattern(quantizer.getScale(), m_Constant(&fixed)))
    inputScale = readReals(fixed);
  // Scales must be large enough that int32 holds the bias.
  if (biases && inputScale && int64_t(biases->size()) == channels)
    for (auto [scale, value] : llvm::zip_equal(scales, *biases))
      scale = quantization::fitBias(float(scale), value, inputScale->front());
  else
    bias = nullptr;

  OpBuilder builder(layer);
  auto scaleType = RankedTensorType::get({channels}, type.getElementType());
  Value scale = addScale(builder, parameter.getLoc(), parameter.getFileName(),
                         scaleType, scales);
  weight.set(FakeQuantizeOp::create(
      builder, parameter.getLoc(), weight.get().getType(), weight.get(), scale,
      -last, last, /*zero_point=*/0, builder.getI64IntegerAttr(axis),
      getGradientScale(channels ? type.getNumElements() / channels : 1, last),
      /*relaxed=*/false));
  if (bias)
    insertOnBias(*bias, quantizer.getScale(), scale);
  return success();
}

void InsertFakeQuant::runOnOperation() {
  auto target = getOperation().lookupSymbol<func::FuncOp>(function);
  if (!target || target.isDeclaration() || !target.getBody().hasOneBlock()) {
    getOperation().emitError("no function @")
        << function << " with one block to quantize";
    return signalPassFailure();
  }
  if (failed(insertOnParameters(target)) || failed(insertOnActivations(target)))
    return signalPassFailure();
  // Other contractions have no form on codes.
  for (auto layer : llvm::to_vector(
           target.getBody().front().getOps<nn::ContractionOpInterface>()))
    if (auto codes = dyn_cast<CodesOpInterface>(layer.getOperation());
        codes && codes.getIntegerForm() == IntegerForm::products &&
        failed(insertOnLayer(layer)))
      return signalPassFailure();
}
} // namespace coppice::lowp
