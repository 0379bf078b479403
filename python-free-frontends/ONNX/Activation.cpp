//===- Activation.cpp - Activation functions --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

template <typename OpTy> static LogicalResult importUnary(NodeImporter &node) {
  return node.setOutput(0, node.create<OpTy>(node.getInput(0)));
}

static LogicalResult importLeakyRelu(NodeImporter &node) {
  FloatAttr alpha = node.b.getF64FloatAttr(node.getFloat("alpha", 0.01));
  return node.setOutput(0,
                        node.create<nn::LeakyReluOp>(node.getInput(0), alpha));
}

static LogicalResult importElu(NodeImporter &node) {
  FloatAttr alpha = node.b.getF64FloatAttr(node.getFloat("alpha", 1.0));
  return node.setOutput(0, node.create<nn::EluOp>(node.getInput(0), alpha));
}

static LogicalResult importHardSigmoid(NodeImporter &node) {
  // The default is the float nearest to 0.2.
  FloatAttr alpha = node.b.getF64FloatAttr(node.getFloat("alpha", 0.2f));
  FloatAttr beta = node.b.getF64FloatAttr(node.getFloat("beta", 0.5));
  return node.setOutput(
      0, node.create<nn::HardSigmoidOp>(node.getInput(0), alpha, beta));
}

static LogicalResult importGelu(NodeImporter &node) {
  std::string approximate = node.getString("approximate", "none");
  if (approximate == "none")
    return importUnary<nn::GeluOp>(node);
  if (approximate == "tanh")
    return importUnary<nn::GeluTanhOp>(node);
  return node.error("attribute 'approximate' must be 'none' or 'tanh', not '" +
                    approximate + "'");
}

/// x where x > 0, else slope x; the slope broadcasts to x.
static LogicalResult importPRelu(NodeImporter &node) {
  Value x = node.getInput(0), slope = node.getInput(1);
  if (!x || !slope)
    return failure();
  // Before opset 7 a vector of slopes is one per channel.
  if (node.opset < 7 && rankOf(slope) == 1 && shapeOf(slope)[0] > 1 &&
      rankOf(x) > 2) {
    SmallVector<int64_t> shape(rankOf(x) - 1, 1);
    shape[0] = shapeOf(slope)[0];
    slope = node.reshape(slope, shape);
  }
  Value zero = node.scalar(elementOf(x), 0.0);
  Value positive = node.create<nn::CompareOp>(nn::Comparison::gt, x, zero);
  return node.setOutput(0, node.create<nn::WhereOp>(
                               positive, x, node.create<nn::MulOp>(x, slope)));
}

/// gamma (x where x > 0, else alpha (e^x - 1)).
static LogicalResult importSelu(NodeImporter &node) {
  double alpha = 1.67326319217681884765625, gamma = 1.05070102214813232421875;
  if (node.opset < 6) {
    alpha = 1.6732;
    gamma = 1.0507;
  }
  FloatAttr alphaAttr = node.b.getF64FloatAttr(node.getFloat("alpha", alpha));
  gamma = node.getFloat("gamma", gamma);
  Value x = node.getInput(0);
  if (!x)
    return failure();
  return node.setOutput(
      0, node.create<nn::MulOp>(node.create<nn::EluOp>(x, alphaAttr),
                                node.scalar(elementOf(x), gamma)));
}

/// max(0, x) + min(0, alpha (e^(x / alpha) - 1)): elu of x / alpha, times
/// alpha where x is positive.
static LogicalResult importCelu(NodeImporter &node) {
  double alpha = node.getFloat("alpha", 1.0);
  if (alpha == 0.0)
    return node.error("alpha must not be 0");
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Value a = node.scalar(elementOf(x), alpha);
  Value scaled = node.create<nn::EluOp>(node.create<nn::DivOp>(x, a),
                                        node.b.getF64FloatAttr(1.0));
  return node.setOutput(0, node.create<nn::MulOp>(scaled, a));
}

static LogicalResult importThresholdedRelu(NodeImporter &node) {
  double alpha = node.getFloat("alpha", 1.0);
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Value above = node.create<nn::CompareOp>(nn::Comparison::gt, x,
                                           node.scalar(elementOf(x), alpha));
  return node.setOutput(
      0, node.create<nn::WhereOp>(above, x, node.scalar(elementOf(x), 0.0)));
}

static LogicalResult importSoftsign(NodeImporter &node) {
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Value one = node.scalar(elementOf(x), 1.0);
  Value below = node.create<nn::AddOp>(one, node.create<nn::AbsOp>(x));
  return node.setOutput(0, node.create<nn::DivOp>(x, below));
}

static LogicalResult importMish(NodeImporter &node) {
  Value x = node.getInput(0);
  Value gate = node.create<nn::TanhOp>(node.create<nn::SoftplusOp>(x));
  return node.setOutput(0, node.create<nn::MulOp>(x, gate));
}

/// x where |x| exceeds lambd, moved toward 0 by bias; else 0.
static LogicalResult importShrink(NodeImporter &node) {
  double bias = node.getFloat("bias", 0.0),
         lambda = node.getFloat("lambd", 0.5);
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Type element = elementOf(x);
  if (!isa<FloatType>(element))
    return node.unsupported("element type that is not a float");
  auto compare = [&](nn::Comparison kind, double bound) {
    return node.create<nn::CompareOp>(kind, x, node.scalar(element, bound));
  };
  Value b = node.scalar(element, bias), zero = node.scalar(element, 0.0);
  Value high = node.create<nn::WhereOp>(compare(nn::Comparison::gt, lambda),
                                        node.create<nn::SubOp>(x, b), zero);
  return node.setOutput(
      0, node.create<nn::WhereOp>(compare(nn::Comparison::lt, -lambda),
                                  node.create<nn::AddOp>(x, b), high));
}

/// Returns a bound of Clip, from input `i` or attribute `name`. `known` is
/// false if the bound is computed at run time.
static double getBound(NodeImporter &node, int i, StringRef name,
                       double byDefault, bool &known) {
  known = true;
  if (!node.hasInput(i))
    return node.getFloat(name, byDefault);
  std::optional<FileTensor> bound = node.getConstant(i);
  if (bound && bound->size() == 1)
    return bound->getFloat(0);
  known = false;
  return byDefault;
}

static LogicalResult importClip(NodeImporter &node) {
  Value x = node.getInput(0);
  if (!x)
    return failure();
  double infinity = std::numeric_limits<double>::infinity();
  bool knowsLow, knowsHigh;
  double low = getBound(node, 1, "min", -infinity, knowsLow);
  double high = getBound(node, 2, "max", infinity, knowsHigh);
  bool isFloat = isa<FloatType>(elementOf(x));
  if (isFloat && knowsLow && knowsHigh && low <= high) {
    if (low == -infinity && high == infinity)
      return node.setOutput(0, x);
    return node.setOutput(
        0, node.create<nn::ClipOp>(x, node.b.getF64FloatAttr(low),
                                   node.b.getF64FloatAttr(high)));
  }
  // Used for integers, for bounds that are not constants, and for bounds in the
  // wrong order, for which ONNX gives `max`. The gradient goes to the bound
  // where it cuts off, and to x elsewhere.
  auto limit = [&](int i, nn::Comparison isOutside, double byDefault) {
    Value bound = node.hasInput(i) ? node.getInput(i)
                                   : node.scalar(elementOf(x), byDefault);
    if (bound && shapeOf(bound) == ArrayRef<int64_t>{1})
      bound = node.reshape(bound, {});
    if (bound && !shapeOf(bound).empty()) {
      x = nullptr;
      (void)node.error(Twine("'") + (i == 1 ? "min" : "max") +
                       "' must be one number");
      return;
    }
    x = node.create<nn::WhereOp>(
        node.create<nn::CompareOp>(isOutside, x, bound), bound, x);
  };
  if (node.hasInput(1) || low != -infinity)
    limit(1, nn::Comparison::lt, low);
  if (x && (node.hasInput(2) || high != infinity))
    limit(2, nn::Comparison::gt, high);
  return node.setOutput(0, x);
}

void coppice::onnx_frontend::addActivationOps(OpTable &table) {
  table["Celu"] = {importCelu, 1, 1};
  table["Clip"] = {importClip, 1, 3};
  table["Elu"] = {importElu, 1, 1};
  table["Gelu"] = {importGelu, 1, 1};
  table["HardSigmoid"] = {importHardSigmoid, 1, 1};
  table["HardSwish"] = {importUnary<nn::HardSwishOp>, 1, 1};
  table["LeakyRelu"] = {importLeakyRelu, 1, 1};
  table["Mish"] = {importMish, 1, 1};
  table["PRelu"] = {importPRelu, 2, 2};
  table["Relu"] = {importUnary<nn::ReluOp>, 1, 1};
  table["Selu"] = {importSelu, 1, 1};
  table["Shrink"] = {importShrink, 1, 1};
  table["Sigmoid"] = {importUnary<nn::SigmoidOp>, 1, 1};
  table["Softplus"] = {importUnary<nn::SoftplusOp>, 1, 1};
  table["Softsign"] = {importSoftsign, 1, 1};
  table["Tanh"] = {importUnary<nn::TanhOp>, 1, 1};
  table["ThresholdedRelu"] = {importThresholdedRelu, 1, 1};
  table["PRelu"].roles = {OperandRole::none, OperandRole::slope};
  for (StringRef op :
       {"Elu", "HardSigmoid", "HardSwish", "LeakyRelu", "Sigmoid", "Tanh"})
    table[op].results = ResultCodes::own;
  for (StringRef op : {"Clip", "Relu"})
    table[op].results = ResultCodes::clip;
  for (StringRef op : {"HardSigmoid", "Sigmoid"})
    table[op].isFraction = true;
  table["Clip"].error = ErrorGrowth::shifted;
}
