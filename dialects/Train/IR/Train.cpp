//===- Train.cpp - Parameters, gradients and optimizer steps -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/IR/Train.h"
#include "dialects/Coppice/IR/Coppice.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/Train/IR/UpdateType.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

#include "dialects/Train/IR/TrainOpsDialect.cpp.inc"
#include "dialects/Train/IR/TrainOpsEnums.cpp.inc"

#include "dialects/Train/IR/TrainOpsAttrInterfaces.cpp.inc"

namespace coppice::train::detail {
static FailureOr<llvm::APFloat> parseReal(AsmParser &parser) {
  double value;
  if (failed(parser.parseFloat(value)))
    return failure();
  return llvm::APFloat(value);
}
} // namespace coppice::train::detail

#define GET_ATTRDEF_CLASSES
#include "dialects/Train/IR/TrainOpsAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Train/IR/TrainOps.cpp.inc"

void TrainDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Train/IR/TrainOpsAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Train/IR/TrainOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

/// Returns `of` with `suffix` appended to the first name in it; null if it has
/// no name.
static LocationAttr appendToName(Location of, StringRef suffix) {
  MLIRContext *context = of.getContext();
  if (auto named = dyn_cast<NameLoc>(of))
    return NameLoc::get(
        StringAttr::get(context, named.getName().getValue() + suffix),
        named.getChildLoc());
  auto fused = dyn_cast<FusedLoc>(of);
  if (!fused)
    return nullptr;
  SmallVector<Location> parts(fused.getLocations());
  for (Location &part : parts)
    if (LocationAttr renamed = appendToName(part, suffix)) {
      part = renamed;
      return FusedLoc::get(context, parts, fused.getMetadata());
    }
  return nullptr;
}

Location coppice::train::inPart(StepPart part, Location of) {
  MLIRContext *context = of.getContext();
  StringRef word = stringifyStepPart(part);
  // The part's name follows the value's name, because the printer names values
  // by their location: `%conv1.gradient`.
  LocationAttr named = appendToName(of, ("." + word).str());
  if (!named)
    named = NameLoc::get(StringAttr::get(context, word), of);
  return FusedLoc::get(context, Location(named),
                       StepPartAttr::get(context, part));
}

std::optional<StepPart> coppice::train::getPart(FusedLoc loc) {
  auto part = dyn_cast_or_null<StepPartAttr>(loc.getMetadata());
  return part ? std::optional(part.getValue()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

LogicalResult ParameterOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape())
    return emitOpError("must have a static shape, not ") << type;
  if (!type.getElementType().isIntOrFloat())
    return emitOpError("must hold integers or floats, not ")
           << type.getElementType()
           << "; codes are stored as integers, beside their quantized type";
  if (getValue().getShapedType() != type)
    return emitOpError("value has type ")
           << getValue().getShapedType() << ", not " << type;
  if (std::optional<Type> quantized = getQuantized();
      quantized &&
      lowp::getStorageTensor(lowp::withElement(type, *quantized)) != Type(type))
    return emitOpError("stores ")
           << type << ", but " << *quantized << " is quantized otherwise";
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(getValue())) {
    // Elided data have no blob. A blob must hold all bytes.
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    for (int64_t extent : type.getShape())
      if (llvm::MulOverflow(bytes, extent, bytes))
        return emitOpError("has more bytes than an address can count");
    if (blob && blob->getData().size() != static_cast<uint64_t>(bytes))
      return emitOpError("value has ")
             << blob->getData().size() << " bytes, but " << type << " takes "
             << bytes;
  }
  if (std::optional<ArrayRef<int64_t>> layout = getLayout()) {
    SmallVector<int64_t> sorted(*layout);
    llvm::sort(sorted);
    if (!llvm::equal(sorted, llvm::seq<int64_t>(0, type.getRank())))
      return emitOpError("layout must be a permutation of the axes");
  }
  return success();
}

RankedTensorType ParameterOp::getValueType() {
  auto type = cast<RankedTensorType>(getType());
  return getQuantized() ? lowp::withElement(type, *getQuantized()) : type;
}

/// Verifies that a read or a write of a parameter has the parameter's type.
static LogicalResult verifyUse(Operation *op, FlatSymbolRefAttr name, Type type,
                               SymbolTableCollection &symbols) {
  auto parameter =
      symbols.lookupNearestSymbolFrom<ParameterOp>(op, name.getAttr());
  if (!parameter)
    return op->emitOpError("no train.parameter named ") << name;
  if (parameter.getValueType() != type) {
    InFlightDiagnostic diag = op->emitOpError("has type ")
                              << type << ", the parameter "
                              << parameter.getValueType();
    diag.attachNote(parameter.getLoc()) << "declared here";
    return diag;
  }
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyUse(*this, getParameterAttr(), getResult().getType(), symbols);
}
LogicalResult WriteOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyUse(*this, getParameterAttr(), getValue().getType(), symbols);
}

//===----------------------------------------------------------------------===//
// Sparse update
//===----------------------------------------------------------------------===//

Attribute UpdateSchemeAttr::parse(AsmParser &parser, Type) {
  MLIRContext *context = parser.getContext();
  StringRef keyword;
  SMLoc at;
  if (parser.parseLess() || parser.getCurrentLocation(&at) ||
      parser.parseKeyword(&keyword))
    return {};
  std::optional<UpdateKind> kind = symbolizeUpdateKind(keyword);
  if (!kind) {
    parser.emitError(at, "expected none, full or channels");
    return {};
  }
  int64_t axis = 0;
  SmallVector<int64_t> indices;
  auto parseIndex = [&] { return parser.parseInteger(indices.emplace_back()); };
  if (*kind == UpdateKind::channels &&
      (parser.parseLess() || parser.parseInteger(axis) || parser.parseComma() ||
       parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                      parseIndex) ||
       parser.parseGreater()))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<UpdateSchemeAttr>(at, context, *kind, axis, indices);
}

void UpdateSchemeAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyUpdateKind(getKind());
  if (getKind() == UpdateKind::channels) {
    printer << "<" << getAxis() << ", [";
    llvm::interleaveComma(getIndices(), printer);
    printer << "]>";
  }
  printer << ">";
}

LogicalResult
UpdateSchemeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         UpdateKind kind, int64_t axis,
                         ArrayRef<int64_t> indices) {
  if (kind != UpdateKind::channels)
    return success();
  if (axis < 0)
    return emitError() << "the axis must not be negative";
  if (indices.empty() || indices.front() < 0 ||
      !llvm::is_sorted(indices, std::less_equal<int64_t>()))
    return emitError() << "the channels must be ascending and not negative, "
                          "and at least one";
  return success();
}

static LogicalResult verifyRunningMomentum(Operation *op, Attribute value) {
  auto parameter = dyn_cast<ParameterOp>(op);
  if (!parameter || parameter.getRole() != ParameterRole::statistic)
    return op->emitOpError(kRunningMomentumAttr)
           << " belongs on a parameter of role statistic";
  auto momentum = dyn_cast<FloatAttr>(value);
  // The comparison is negated, so that NaN is refused too.
  if (!momentum || !momentum.getType().isF64() ||
      !(momentum.getValueAsDouble() >= 0 && momentum.getValueAsDouble() <= 1))
    return op->emitOpError(kRunningMomentumAttr)
           << " must be an f64 from 0 to 1, not " << value;
  return success();
}

static LogicalResult verifyRelativeUpdate(Operation *op) {
  auto parameter = dyn_cast<ParameterOp>(op);
  if (!parameter || parameter.getRole() != ParameterRole::weight ||
      parameter.getQuantized())
    return op->emitOpError(kRelativeUpdateAttr)
           << " belongs on a float parameter of role weight";
  return success();
}

static LogicalResult verifyStateBytes(Operation *op, Attribute value) {
  auto bytes = dyn_cast<IntegerAttr>(value);
  if (!bytes || !bytes.getType().isSignlessInteger(64) || bytes.getInt() < 0)
    return op->emitOpError(kStateBytesAttr)
           << " must be an i64 of 0 or more, not " << value;
  return success();
}

LogicalResult TrainDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attr) {
  if (attr.getName() == kRelativeUpdateAttr)
    return verifyRelativeUpdate(op);
  if (attr.getName() == kRunningMomentumAttr)
    return verifyRunningMomentum(op, attr.getValue());
  if (attr.getName() == kStateBytesAttr)
    return verifyStateBytes(op, attr.getValue());
  if (attr.getName() == kGradientFormatAttr &&
      !isa<SavePolicyAttrInterface>(attr.getValue()))
    return op->emitOpError(kGradientFormatAttr)
           << " must be a policy of train.saved, not " << attr.getValue();
  if (attr.getName() != kSchemesAttr)
    return success();
  auto schemes = dyn_cast<DictionaryAttr>(attr.getValue());
  if (!schemes)
    return op->emitOpError("train.schemes must be a dictionary from parameters "
                           "to #train.update");
  for (NamedAttribute entry : schemes)
    if (!isa<UpdateSchemeAttr>(entry.getValue()))
      return op->emitOpError("train.schemes: ")
             << entry.getName() << " must be a #train.update";
  return success();
}

//===----------------------------------------------------------------------===//
// Gradients and updates
//===----------------------------------------------------------------------===//

LogicalResult GradientOp::verify() {
  auto loss = cast<RankedTensorType>(getLoss().getType());
  if (loss.getRank() != 0 || !isa<FloatType>(loss.getElementType()))
    return emitOpError("the loss must be a rank-0 float tensor, not ") << loss;
  if (!llvm::equal(llvm::map_range(getWrt().getTypes(), lowp::getRealTensor),
                   getGradients().getTypes()))
    return emitOpError("each gradient must have the type of its tensor, that "
                       "of a quantized one the type of its real values");
  if (getSeed() && getSeed().getType() != loss)
    return emitOpError("the seed must have the loss's type");
  return success();
}

LogicalResult UpdateOp::verify() {
  Type type = getParameter().getType();
  RankedTensorType real =
      getUpdateType(cast<RankedTensorType>(lowp::getRealTensor(type)));
  bool quantized = lowp::isQuantizedTensor(type);
  if (quantized != getRounding().has_value())
    return emitOpError(quantized ? "a quantized parameter needs a rounding"
                                 : "only a quantized parameter is rounded");
  if (!real.hasStaticShape() || !isa<FloatType>(real.getElementType()))
    return emitOpError("moves floats or codes of static shape, not ") << type;
  if (getLatent() && !isa<quant::QuantizedType>(*getLatent()))
    return emitOpError("latent must be the quantized type of the codes that "
                       "the parameter is a copy of, not ")
           << *getLatent();
  if (quantized && getLatent())
    return emitOpError("a parameter with a latent type must be float, not ")
           << type;
  if (getRelative() && (quantized || getLatent()))
    return emitOpError(
        "only a float parameter without a latent type has a relative update");
  SmallVector<Type> slots(getOptimizer().getSlotNames().size(), real);
  if (getRounding() == UpdateRounding::error_feedback)
    slots.push_back(lowp::withElement(real, IntegerType::get(getContext(), 8)));
  if (getSlots().size() != slots.size() || getNewSlots().size() != slots.size())
    return emitOpError("the optimizer keeps ")
           << slots.size() << " slots, but there are " << getSlots().size()
           << " operands and " << getNewSlots().size() << " results";
  if (getNewParameter().getType() != type || getGradient().getType() != real ||
      getSlots().getTypes() != TypeRange(slots) ||
      getNewSlots().getTypes() != TypeRange(slots))
    return emitOpError("gradient and slots must have the parameter's type, ")
           << real
           << (quantized ? ", that of its real values"
               : real == getParameter().getType()
                   ? ""
                   : ": narrower floats are updated in "
                     "f32");
  if (getLearningRate().getType() !=
      RankedTensorType::get({}, real.getElementType()))
    return emitOpError("the learning rate must be a rank-0 tensor of ")
           << real.getElementType();
  auto step = cast<RankedTensorType>(getStep().getType());
  if (step.getRank() != 0 || !step.getElementType().isInteger(64))
    return emitOpError("the step must be tensor<i64>");
  return success();
}
