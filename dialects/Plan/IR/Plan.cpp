//===- Plan.cpp - The memory plan as IR -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Coppice/IR/Coppice.h"

#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

#include "dialects/Plan/IR/PlanOpsDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Plan/IR/PlanOps.cpp.inc"

void PlanDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Plan/IR/PlanOps.cpp.inc"
      >();
}

std::optional<int64_t> coppice::plan::getStaticBytes(MemRefType type) {
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return std::nullopt;
  int64_t bytes = DataLayout().getTypeSize(type.getElementType());
  for (int64_t extent : type.getShape())
    if (llvm::MulOverflow(bytes, extent, bytes))
      return std::nullopt;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Attributes of functions
//===----------------------------------------------------------------------===//

static bool isCount(Attribute attribute) {
  auto count = dyn_cast<IntegerAttr>(attribute);
  return count && count.getType().isSignlessInteger(64) && count.getInt() >= 0;
}

LogicalResult PlanDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attr) {
  StringRef name = attr.getName();
  if (name == kArenaBytesAttr || name == kLowerBoundAttr) {
    if (!isCount(attr.getValue()))
      return op->emitOpError()
             << attr.getName() << " must be an i64 of 0 or more, not "
             << attr.getValue();
    return success();
  }
  if (name != kScheduleAttr)
    return success();
  auto dictionary = dyn_cast<DictionaryAttr>(attr.getValue());
  if (!dictionary)
    return op->emitOpError() << attr.getName() << " must be a dictionary, not "
                             << attr.getValue();
  for (NamedAttribute entry : dictionary)
    if (!isCount(entry.getValue()) && !isa<BoolAttr>(entry.getValue()))
      return op->emitOpError()
             << attr.getName() << ": " << entry.getName()
             << " must be an i64 of 0 or more, not " << entry.getValue();
  return success();
}

//===----------------------------------------------------------------------===//
// plan.pack
//===----------------------------------------------------------------------===//

void PackOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (getNames().size() != getNumResults())
    return;
  for (auto [buffer, name] : llvm::zip_equal(getBuffers(), getNames()))
    setName(buffer, cast<StringAttr>(name).getValue());
}

ParseResult PackOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand arena;
  MemRefType arenaType;
  if (parser.parseOperand(arena) || parser.parseColonType(arenaType) ||
      parser.resolveOperand(arena, arenaType, result.operands))
    return failure();
  Builder &b = parser.getBuilder();
  SmallVector<Attribute> names;
  SmallVector<int64_t> bytes, alignments, first, last, offsets;
  auto number = [&](StringRef keyword,
                    SmallVectorImpl<int64_t> &list) -> ParseResult {
    return failure(parser.parseKeyword(keyword) ||
                   parser.parseInteger(list.emplace_back()));
  };
  auto parseBuffer = [&]() -> ParseResult {
    std::string name;
    MemRefType type;
    if (parser.parseString(&name) || parser.parseColonType(type) ||
        number("bytes", bytes) || number("align", alignments) ||
        number("live", first) || number("to", last) || number("at", offsets))
      return failure();
    names.push_back(b.getStringAttr(name));
    result.addTypes(type);
    return success();
  };
  if (parser.parseLBrace() || parser.parseCommaSeparatedList(parseBuffer) ||
      parser.parseRBrace() || parser.parseOptionalAttrDict(result.attributes))
    return failure();
  Properties &properties = result.getOrAddProperties<Properties>();
  properties.names = b.getArrayAttr(names);
  properties.bytes = b.getDenseI64ArrayAttr(bytes);
  properties.alignments = b.getDenseI64ArrayAttr(alignments);
  properties.first = b.getDenseI64ArrayAttr(first);
  properties.last = b.getDenseI64ArrayAttr(last);
  properties.offsets = b.getDenseI64ArrayAttr(offsets);
  return success();
}

void PackOp::print(OpAsmPrinter &p) {
  p << " " << getArena() << " : " << getArena().getType() << " {";
  p.increaseIndent();
  for (unsigned i = 0, e = getNumResults(); i < e; ++i) {
    if (i)
      p << ",";
    p.printNewline();
    p << getNames()[i] << " : " << getBuffers()[i].getType() << " bytes "
      << getBytes()[i] << " align " << getAlignments()[i] << " live "
      << getFirst()[i] << " to " << getLast()[i] << " at " << getOffsets()[i];
  }
  p.decreaseIndent();
  p.printNewline();
  p << "}";
  p.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

planning::PackingProblem PackOp::getProblem() {
  planning::PackingProblem problem;
  for (unsigned i = 0, e = getNumResults(); i < e; ++i) {
    planning::Buffer buffer;
    buffer.name = cast<StringAttr>(getNames()[i]).str();
    buffer.size = getBytes()[i];
    buffer.alignment = getAlignments()[i];
    buffer.first = getFirst()[i];
    buffer.last = getLast()[i];
    problem.buffers.push_back(std::move(buffer));
  }
  return problem;
}

planning::PackingSolution PackOp::getSolution() {
  planning::PackingSolution solution;
  solution.offsets.assign(getOffsets().begin(), getOffsets().end());
  solution.totals[""] = cast<MemRefType>(getArena().getType()).getDimSize(0);
  return solution;
}

LogicalResult PackOp::verify() {
  size_t count = getNumResults();
  for (size_t length :
       {getNames().size(), getBytes().size(), getAlignments().size(),
        getFirst().size(), getLast().size(), getOffsets().size()})
    if (length != count)
      return emitOpError("has ") << count << " buffers, but an attribute of "
                                 << length << " entries";
  auto arena = cast<MemRefType>(getArena().getType());
  if (!arena.hasStaticShape() || !arena.getLayout().isIdentity())
    return emitOpError("the arena must have a static size and no layout, not ")
           << arena;
  for (auto [buffer, name, bytes] :
       llvm::zip_equal(getBuffers(), getNames(), getBytes())) {
    auto type = cast<MemRefType>(buffer.getType());
    std::optional<int64_t> needed = getStaticBytes(type);
    if (!needed)
      return emitOpError() << name
                           << " must have a size that an address can count "
                              "and no layout, not "
                           << type;
    if (type.getMemorySpace() != arena.getMemorySpace())
      return emitOpError() << name << " is in another memory space than the "
                           << "arena";
    if (bytes < *needed)
      return emitOpError() << name << " has " << bytes << " bytes, but " << type
                           << " needs " << *needed;
  }
  planning::PackingProblem problem = getProblem();
  llvm::Error error = problem.check();
  if (!error)
    error = planning::verify(problem, getSolution());
  if (error)
    return emitOpError(llvm::toString(std::move(error)));
  return success();
}
