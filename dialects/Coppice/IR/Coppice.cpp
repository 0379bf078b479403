//===- Coppice.cpp - Entry points and their roles ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Coppice.h"

#include "dialects/Coppice/IR/Names.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice;

#include "dialects/Coppice/IR/CoppiceOpsDialect.cpp.inc"
#include "dialects/Coppice/IR/CoppiceOpsEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Coppice/IR/CoppiceOpsAttrs.cpp.inc"

namespace {
/// Prints long dictionaries as aliases. A scheme, for instance, has an entry
/// for each parameter of a model, and would hide the rest of a function's line.
struct CoppiceAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;
  AliasResult getAlias(Attribute attribute, raw_ostream &os) const override {
    auto dictionary = dyn_cast<DictionaryAttr>(attribute);
    if (!dictionary || dictionary.size() <= kLongestInline)
      return AliasResult::NoAlias;
    os << "dictionary";
    return AliasResult::FinalAlias;
  }
  static constexpr size_t kLongestInline = 32;
};
} // namespace

void CoppiceDialect::initialize() {
  addInterfaces<CoppiceAliases>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Coppice/IR/CoppiceOpsAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// #coppice.role
//===----------------------------------------------------------------------===//

static bool hasName(EntryRole role) {
  return role != EntryRole::parameter && role != EntryRole::state &&
         role != EntryRole::arena;
}
static bool hasParameter(EntryRole role) {
  return role == EntryRole::gradient || role == EntryRole::parameter;
}
static bool mayBeWritten(EntryRole role) {
  return role == EntryRole::parameter || role == EntryRole::state;
}
/// Whether a result may have the role. The caller fills or owns the others.
static bool mayBeResult(EntryRole role) {
  return role == EntryRole::output || role == EntryRole::loss ||
         role == EntryRole::gradient || role == EntryRole::parameter;
}

RoleAttr RoleAttr::getParameter(FlatSymbolRefAttr parameter, bool written) {
  return get(parameter.getContext(), EntryRole::parameter, StringAttr(),
             parameter, written);
}

RoleAttr RoleAttr::getGradient(StringRef name, FlatSymbolRefAttr parameter) {
  MLIRContext *context = parameter.getContext();
  return get(context, EntryRole::gradient, StringAttr::get(context, name),
             parameter, /*written=*/false);
}

DictionaryAttr RoleAttr::asDictionary() {
  return DictionaryAttr::get(
      getContext(),
      NamedAttribute(StringAttr::get(getContext(), kRoleAttr), *this));
}

/// `input "x"`, `gradient "w" of @w`, `parameter @w written`.
Attribute RoleAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  SMLoc at;
  if (parser.parseLess() || parser.getCurrentLocation(&at) ||
      parser.parseKeyword(&keyword))
    return {};
  std::optional<EntryRole> role = symbolizeEntryRole(keyword);
  if (!role) {
    InFlightDiagnostic diag = parser.emitError(at, "no role is named '")
                              << keyword << "'; there are ";
    llvm::interleaveComma(llvm::seq<uint64_t>(getMaxEnumValForEntryRole() + 1),
                          diag, [&](uint64_t i) {
                            diag << stringifyEntryRole(
                                static_cast<EntryRole>(i));
                          });
    return {};
  }
  MLIRContext *context = parser.getContext();
  std::string name;
  StringAttr nameAttr, symbol;
  if (succeeded(parser.parseOptionalString(&name)))
    nameAttr = StringAttr::get(context, name);
  if (nameAttr && succeeded(parser.parseOptionalKeyword("of"))) {
    if (parser.parseSymbolName(symbol))
      return {};
  } else {
    (void)parser.parseOptionalSymbolName(symbol);
  }
  bool written = succeeded(parser.parseOptionalKeyword("written"));
  if (parser.parseGreater())
    return {};
  return parser.getChecked<RoleAttr>(
      at, context, *role, nameAttr,
      symbol ? FlatSymbolRefAttr::get(symbol) : FlatSymbolRefAttr(), written);
}

void RoleAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyEntryRole(getRole());
  if (getName())
    printer << " " << getName();
  if (getParameter())
    printer << (getName() ? " of " : " ") << getParameter();
  if (getWritten())
    printer << " written";
  printer << ">";
}

LogicalResult RoleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               EntryRole role, StringAttr name,
                               FlatSymbolRefAttr parameter, bool written) {
  StringRef word = stringifyEntryRole(role);
  if (hasName(role) && !name)
    return emitError() << "role " << word
                       << " needs a name; write #coppice.role<" << word
                       << " \"name\">";
  if (!hasName(role) && name)
    return emitError() << "role " << word << " has no name; drop " << name;
  if (hasParameter(role) && !parameter)
    return emitError() << "role " << word << " needs the parameter's symbol; "
                       << "write #coppice.role<" << word
                       << (name ? " \"name\" of @parameter>" : " @parameter>");
  if (!hasParameter(role) && parameter)
    return emitError() << "role " << word
                       << " does not belong to a parameter; drop " << parameter;
  if (written && !mayBeWritten(role))
    return emitError() << "role " << word
                       << " is never 'written'; a parameter or a state is";
  return success();
}

//===----------------------------------------------------------------------===//
// Roles of functions
//===----------------------------------------------------------------------===//

namespace {
/// An argument or a result of a function that is verified.
struct Place {
  mutable FunctionOpInterface function;
  bool isResult;
  unsigned index;

  InFlightDiagnostic emitError() const {
    Location loc = function.getLoc();
    if (!isResult && !function.isExternal() &&
        function.front().getNumArguments() > index)
      loc = function.front().getArgument(index).getLoc();
    return mlir::emitError(loc)
           << (isResult ? "result " : "argument ") << index << " of "
           << SymbolTable::getSymbolName(function) << " ";
  }
  Type getType() const {
    return isResult ? function.getResultTypes()[index]
                    : function.getArgumentTypes()[index];
  }
};
} // namespace

/// In the LLVM dialect a tensor is a pointer, so its type cannot be checked.
static bool isPointer(Type type) {
  return type.getDialect().getNamespace() == "llvm";
}

static bool isByteBuffer(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  return buffer && buffer.getRank() == 1 && buffer.hasStaticShape() &&
         buffer.getElementType().isInteger(8);
}

/// Verifies that the place may have the role, and that its type fits.
static LogicalResult verifyRole(const Place &place, Attribute attribute) {
  auto role = dyn_cast<RoleAttr>(attribute);
  if (!role)
    return place.emitError() << "has " << kRoleAttr << " = " << attribute
                             << ", which is not a role; write "
                                "#coppice.role<input \"name\">, for instance";
  StringRef word = stringifyEntryRole(role.getRole());
  if (place.isResult && !mayBeResult(role.getRole()))
    return place.emitError()
           << "cannot be '" << word
           << "', which a caller gives; results are output, loss, gradient or "
              "parameter";
  Type type = place.getType();
  if (isPointer(type))
    return success();
  switch (role.getRole()) {
  case EntryRole::state:
  case EntryRole::arena:
    if (!isByteBuffer(type))
      return place.emitError()
             << "is '" << word
             << "' and must be a buffer of bytes such as memref<64xi8>, not "
             << type;
    return success();
  case EntryRole::hyper:
  case EntryRole::loss: {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasRank() || shaped.getRank() != 0 ||
        (role.getRole() == EntryRole::loss &&
         !isa<FloatType>(shaped.getElementType())))
      return place.emitError()
             << "is '" << word
             << "' and must be one number, such as tensor<f32>, not " << type;
    return success();
  }
  default:
    if (!isa<TensorType, BaseMemRefType>(type))
      return place.emitError()
             << "is '" << word << "' and must be a tensor or a buffer, not "
             << type;
    return success();
  }
}

/// Reports every argument and result of an entry point whose role is missing,
/// wrong or there twice.
static LogicalResult verifyEntry(Operation *op, Attribute value) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function || !isa<UnitAttr>(value))
    return op->emitOpError()
           << "'" << kEntryAttr << "' is a unit attribute of a function";
  // The function's own verifier reports it.
  ArrayAttr arguments = function.getArgAttrsAttr();
  ArrayAttr results = function.getResAttrsAttr();
  if ((arguments && arguments.size() != function.getNumArguments()) ||
      (results && results.size() != function.getNumResults()))
    return success();
  bool failedAny = false;
  auto check =
      [&](bool isResult, unsigned count, ArrayAttr attributes) {
        llvm::SmallDenseMap<unsigned, unsigned, 4> first;
        for (unsigned i = 0; i < count; ++i) {
          Place place{function, isResult, i};
          auto dictionary = attributes ? cast<DictionaryAttr>(attributes[i])
                                       : DictionaryAttr();
          Attribute attribute =
              dictionary ? dictionary.get(kRoleAttr) : Attribute();
          if (!attribute) {
            place.emitError()
                << "has no role, and the function is an entry point; add {"
                << kRoleAttr << " = #coppice.role<"
                << (isResult ? "output" : "input")
                << " \"name\">} or another role";
            failedAny = true;
            continue;
          }
          if (failed(verifyRole(place, attribute))) {
            failedAny = true;
            continue;
          }
          EntryRole role = cast<RoleAttr>(attribute).getRole();
          if (role != EntryRole::loss && role != EntryRole::state &&
              role != EntryRole::arena)
            continue;
          auto [it, fresh] = first.try_emplace(unsigned(role), i);
          if (fresh)
            continue;
          place.emitError()
              << "is '" << stringifyEntryRole(role) << "', as number "
              << it->second << " is; there is one of it at most";
          failedAny = true;
        }
      };
  check(/*isResult=*/false, function.getNumArguments(), arguments);
  check(/*isResult=*/true, function.getNumResults(), results);
  return failure(failedAny);
}

LogicalResult CoppiceDialect::verifyOperationAttribute(Operation *op,
                                                       NamedAttribute attr) {
  if (attr.getName() == kEntryAttr)
    return verifyEntry(op, attr.getValue());
  return op->emitOpError() << "no attribute of an op is named '"
                           << attr.getName().getValue() << "'; a function may "
                           << "have '" << kEntryAttr << "'";
}

static LogicalResult verifyPlaceAttribute(Operation *op, bool isResult,
                                          unsigned index, NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (attr.getName() != kRoleAttr || !function)
    return op->emitOpError() << "'" << attr.getName().getValue()
                             << "' belongs on no argument or result; an "
                                "argument of a function may have '"
                             << kRoleAttr << "'";
  // The roles of an entry point are verified together, above.
  if (op->hasAttr(kEntryAttr))
    return success();
  return verifyRole({function, isResult, index}, attr.getValue());
}

LogicalResult CoppiceDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                       unsigned index,
                                                       NamedAttribute attr) {
  return verifyPlaceAttribute(op, /*isResult=*/false, index, attr);
}

LogicalResult CoppiceDialect::verifyRegionResultAttribute(Operation *op,
                                                          unsigned,
                                                          unsigned index,
                                                          NamedAttribute attr) {
  return verifyPlaceAttribute(op, /*isResult=*/true, index, attr);
}
