//===- ConvertFloat.cpp - Changes the float type of a module ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/Transforms/Passes.h"
#include "lib/Support/Elements.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace coppice::nn {
#define GEN_PASS_DEF_NNCONVERTFLOAT
#include "dialects/NN/Transforms/Passes.h.inc"

namespace {
FloatType parseFloatType(MLIRContext *context, StringRef name) {
  return llvm::StringSwitch<FloatType>(name)
      .Case("f64", Float64Type::get(context))
      .Case("f32", Float32Type::get(context))
      .Case("f16", Float16Type::get(context))
      .Case("bf16", BFloat16Type::get(context))
      .Default(nullptr);
}

struct ConvertFloat : impl::NNConvertFloatBase<ConvertFloat> {
  using NNConvertFloatBase::NNConvertFloatBase;

  void runOnOperation() override;
};
} // namespace

void ConvertFloat::runOnOperation() {
  FloatType source = parseFloatType(&getContext(), from);
  FloatType target = parseFloatType(&getContext(), to);
  if (!source || !target) {
    getOperation().emitError("nn-convert-float: '")
        << (source ? to : from) << "' is not one of f64, f32, f16 and bf16";
    return signalPassFailure();
  }

  bool missing = false;
  auto convert = [&](ElementsAttr attr)
      -> std::optional<std::pair<Attribute, WalkResult>> {
    if (attr.getElementType() != source)
      return std::nullopt;
    auto type = RankedTensorType::get(attr.getShapedType().getShape(), target);
    std::optional<std::vector<double>> values = readReals(attr);
    if (!values) {
      missing = true;
      return std::make_pair(Attribute(attr), WalkResult::skip());
    }
    StringRef name = "constant";
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
      name = resource.getRawHandle().getKey();
    return std::make_pair(Attribute(makeReals(type, *values, name)),
                          WalkResult::skip());
  };

  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FloatType type) -> std::optional<Type> {
    if (type == source)
      return target;
    return std::nullopt;
  });
  replacer.addReplacement(
      [&](DenseElementsAttr attr) { return convert(attr); });
  replacer.addReplacement(
      [&](DenseResourceElementsAttr attr) { return convert(attr); });
  // Float attributes (alpha, epsilon) are f64 by definition and stay.
  replacer.addReplacement([](FloatAttr attr) {
    return std::make_pair(Attribute(attr), WalkResult::skip());
  });

  getOperation().walk([&](Operation *op) {
    replacer.replaceElementsIn(op, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                               /*replaceTypes=*/true);
    if (!missing)
      return WalkResult::advance();
    op->emitError("a constant's data is missing from the file, so it cannot be "
                  "converted");
    return WalkResult::interrupt();
  });
  if (missing)
    signalPassFailure();
}
} // namespace coppice::nn
