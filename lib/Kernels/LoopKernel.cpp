//===- LoopKernel.cpp - A structured op as loops and accesses ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/LoopKernel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace coppice::kernels;

//===----------------------------------------------------------------------===//
// Indices and accesses
//===----------------------------------------------------------------------===//

bool LinearIndex::isZero() const {
  return constant == 0 &&
         llvm::all_of(coefficients, [](int64_t c) { return c == 0; });
}

static bool addTo(LinearIndex &index, AffineExpr expr, int64_t factor) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    index.constant += factor * constant.getValue();
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    index.coefficients[dim.getPosition()] += factor;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addTo(index, binary.getLHS(), factor) &&
           addTo(index, binary.getRHS(), factor);
  if (binary.getKind() != AffineExprKind::Mul)
    return false;
  if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
    return addTo(index, binary.getLHS(), factor * constant.getValue());
  if (auto constant = dyn_cast<AffineConstantExpr>(binary.getLHS()))
    return addTo(index, binary.getRHS(), factor * constant.getValue());
  return false;
}

static std::optional<Access> makeAccess(Value base, AffineMap map) {
  Access access;
  access.base = base;
  for (AffineExpr expr : map.getResults()) {
    LinearIndex index;
    index.coefficients.assign(map.getNumDims(), 0);
    if (!addTo(index, expr, 1))
      return std::nullopt;
    access.indices.push_back(std::move(index));
  }
  return access;
}

bool Access::uses(unsigned loop) const {
  return llvm::any_of(indices, [&](const LinearIndex &index) {
    return index.coefficients[loop] != 0;
  });
}

static std::optional<SmallVector<int64_t>> getBaseStrides(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) ||
      llvm::any_of(strides, ShapedType::isDynamic))
    return std::nullopt;
  return strides;
}

std::optional<int64_t> Access::getStride(unsigned loop) const {
  if (isScalar())
    return 0;
  std::optional<SmallVector<int64_t>> strides =
      getBaseStrides(cast<MemRefType>(base.getType()));
  if (!strides)
    return std::nullopt;
  int64_t stride = 0;
  for (auto [index, step] : llvm::zip_equal(indices, *strides))
    stride += index.coefficients[loop] * step;
  return stride;
}

bool Access::isContiguous(unsigned loop) const {
  if (isScalar() || indices.empty() || indices.back().coefficients[loop] != 1 ||
      getElementType().isInteger(1))
    return false;
  for (const LinearIndex &index : ArrayRef(indices).drop_back())
    if (index.coefficients[loop] != 0)
      return false;
  return getStride(loop) == 1;
}

bool Access::sameIndices(const Access &other) const {
  return llvm::equal(
      indices, other.indices, [](const LinearIndex &a, const LinearIndex &b) {
        return a.constant == b.constant && a.coefficients == b.coefficients;
      });
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

SmallVector<Access *> LoopKernel::accesses() {
  SmallVector<Access *> all;
  auto add = [&](SmallVectorImpl<Access> &list) {
    for (Access &access : list)
      if (access.base)
        all.push_back(&access);
  };
  add(inputs);
  add(epilogueInputs);
  // Sums that start from a fill and end in an epilogue are not stored.
  if (storeOutput || llvm::is_contained(fills, Value()))
    add(outputs);
  add(epilogueOutputs);
  return all;
}

SmallVector<const Access *> LoopKernel::accesses() const {
  SmallVector<const Access *> all;
  for (Access *access : const_cast<LoopKernel *>(this)->accesses())
    all.push_back(access);
  return all;
}

SmallVector<LinearIndex *> LoopKernel::linearIndices() {
  SmallVector<LinearIndex *> all;
  for (Access *access : accesses())
    for (LinearIndex &index : access->indices)
      all.push_back(&index);
  for (auto *list : {&indices, &epilogueIndices})
    for (BodyIndex &index : *list)
      all.push_back(&index.index);
  return all;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

/// `op` as an expression of its loops, whose operands are `operands`.
static AffineExpr getIndexExpr(Operation &op,
                               function_ref<AffineExpr(Value)> lookup) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return getAffineDimExpr(index.getDim(), op.getContext());
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, affine::AffineApplyOp>(
          op) ||
      !op.getResult(0).getType().isIndex())
    return {};
  SmallVector<AffineExpr> operands;
  for (Value operand : op.getOperands())
    if (AffineExpr expr = lookup(operand))
      operands.push_back(expr);
  if (operands.size() != op.getNumOperands())
    return {};
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    AffineMap map = apply.getAffineMap();
    return map.getNumSymbols() == 0 ? map.getResult(0).replaceDims(operands)
                                    : AffineExpr();
  }
  if (isa<arith::AddIOp>(op))
    return operands[0] + operands[1];
  if (isa<arith::SubIOp>(op))
    return operands[0] - operands[1];
  return isa<AffineConstantExpr>(operands[0]) ||
                 isa<AffineConstantExpr>(operands[1])
             ? operands[0] * operands[1]
             : AffineExpr();
}

SmallVector<BodyIndex>
coppice::kernels::detail::findIndices(linalg::GenericOp op) {
  SmallVector<BodyIndex> indices;
  llvm::DenseMap<Value, AffineExpr> known;
  auto lookup = [&](Value value) -> AffineExpr {
    APInt constant;
    if (matchPattern(value, m_ConstantInt(&constant)))
      return getAffineConstantExpr(constant.getSExtValue(), op.getContext());
    return known.lookup(value);
  };
  for (Operation &inner : op.getBody()->without_terminator()) {
    AffineExpr expr = getIndexExpr(inner, lookup);
    LinearIndex index;
    index.coefficients.assign(op.getNumLoops(), 0);
    if (!expr || !addTo(index, expr, 1))
      continue;
    known[inner.getResult(0)] = expr;
    indices.push_back({inner.getResult(0), std::move(index), false});
  }
  for (BodyIndex &index : indices)
    index.isRead = llvm::any_of(index.value.getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !known.contains(user->getResult(0));
    });
  return indices;
}

/// A vector in memory has elements of whole bytes; truth values are read one by
/// one.
static bool isVectorElement(Type type) {
  return type.isIntOrFloat() &&
         (type.getIntOrFloatBitWidth() >= 8 || type.isInteger(1));
}

static bool readsElement(Operation &op) {
  return isa<memref::LoadOp, tensor::ExtractOp>(op);
}

bool coppice::kernels::detail::hasVectorBody(linalg::GenericOp op,
                                             std::string &whyNot) {
  llvm::DenseSet<Value> indices;
  for (const BodyIndex &index : findIndices(op))
    indices.insert(index.value);
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<arith::ConstantOp>(inner) ||
        (inner.getNumResults() == 1 && indices.contains(inner.getResult(0))))
      continue;
    bool isLaneByLane = OpTrait::hasElementwiseMappableTraits(&inner) &&
                        inner.getNumRegions() == 0;
    if ((!isLaneByLane && !readsElement(inner)) ||
        !llvm::all_of(inner.getResultTypes(),
                      [](Type type) { return type.isIntOrIndexOrFloat(); })) {
      whyNot =
          ("'" + inner.getName().getStringRef() + "' has no vector form").str();
      return false;
    }
  }
  return true;
}

bool coppice::kernels::detail::makeAccesses(linalg::GenericOp op,
                                            SmallVectorImpl<Access> &inputs,
                                            SmallVectorImpl<Access> &outputs,
                                            std::string &whyNot) {
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    if (auto memref = dyn_cast<MemRefType>(value.getType())) {
      if (!memref.hasStaticShape()) {
        whyNot = "a shape is dynamic";
        return false;
      }
      if (!getBaseStrides(memref)) {
        whyNot = "a layout is dynamic";
        return false;
      }
    }
    bool isUsed = op.payloadUsesValueFromOperand(&operand);
    if ((isUsed || op.isDpsInit(&operand)) &&
        !isVectorElement(getElementTypeOrSelf(value.getType()))) {
      whyNot = "an element is narrower than a byte";
      return false;
    }
    std::optional<Access> access =
        makeAccess(value, op.getMatchingIndexingMap(&operand));
    if (!access) {
      whyNot = "an indexing map is not linear";
      return false;
    }
    (op.isDpsInit(&operand) ? outputs : inputs).push_back(std::move(*access));
  }
  return true;
}

/// Why an op without sums gains nothing by vectors; empty if it does.
static std::string whyNotWorthVectors(linalg::GenericOp op) {
  for (Operation &inner : *op.getBody())
    if (readsElement(inner))
      return ("'" + inner.getName().getStringRef() +
              "' reads elements one by one")
          .str();
  for (Type type : op->getOperandTypes())
    if (getElementTypeOrSelf(type).isInteger(1))
      return "truth values are read one by one";
  return {};
}

std::optional<LoopKernel> coppice::kernels::analyze(linalg::GenericOp op,
                                                    std::string &whyNot) {
  LoopKernel kernel(op);
  if (!op.hasPureBufferSemantics()) {
    whyNot = "an operand is a tensor";
    return std::nullopt;
  }
  if (op.getNumDpsInits() == 0) {
    whyNot = "nothing is written";
    return std::nullopt;
  }
  if (!detail::makeAccesses(op, kernel.inputs, kernel.outputs, whyNot) ||
      !detail::hasVectorBody(op, whyNot))
    return std::nullopt;
  if (op.getNumReductionLoops() == 0) {
    whyNot = whyNotWorthVectors(op);
    if (!whyNot.empty())
      return std::nullopt;
  }
  kernel.indices = detail::findIndices(op);
  // Operands that the body does not read may also bound the domain.
  kernel.extents = op.getStaticLoopRanges();
  for (int64_t extent : kernel.extents) {
    if (ShapedType::isDynamic(extent)) {
      whyNot = "a loop is dynamic";
      return std::nullopt;
    }
    if (extent == 0) {
      whyNot = "a loop has no iteration";
      return std::nullopt;
    }
  }
  for (utils::IteratorType type : op.getIteratorTypesArray()) {
    if (type != utils::IteratorType::parallel &&
        type != utils::IteratorType::reduction) {
      whyNot = "a loop is neither parallel nor a reduction";
      return std::nullopt;
    }
    kernel.reduction.push_back(type == utils::IteratorType::reduction);
  }
  // An output element must belong to exactly one iteration of the parallel
  // loops.
  for (const Access &output : kernel.outputs)
    for (auto [loop, isReduction] : llvm::enumerate(kernel.reduction))
      if (isReduction == output.uses(loop) && kernel.extents[loop] != 1) {
        whyNot = "an output isn't indexed by the parallel loops alone";
        return std::nullopt;
      }
  kernel.fills.resize(kernel.outputs.size());
  // Inputs that the body does not read only bound the loops.
  for (auto [i, input] : llvm::enumerate(kernel.inputs))
    if (op.getBody()->getArgument(i).use_empty())
      input = Access();
  return kernel;
}

//===----------------------------------------------------------------------===//
// Fewer loops
//===----------------------------------------------------------------------===//

/// Joins dimensions i and i + 1 of the base; `inner` is the index of the
/// second.
static void joinIndices(Access &access, unsigned i, int64_t innerSize) {
  LinearIndex &outer = access.indices[i];
  const LinearIndex &inner = access.indices[i + 1];
  for (auto [c, d] : llvm::zip_equal(outer.coefficients, inner.coefficients))
    c = c * innerSize + d;
  outer.constant = outer.constant * innerSize + inner.constant;
  access.indices.erase(access.indices.begin() + i + 1);
}

/// Removes dimensions of size one from the base.
static void squeeze(OpBuilder &b, Location loc, Access &access) {
  if (access.isScalar() || access.indices.size() < 2)
    return;
  auto type = cast<MemRefType>(access.base.getType());
  SmallVector<ReassociationIndices> groups;
  SmallVector<LinearIndex> kept;
  bool pendingUnits = false;
  for (int64_t i = 0, rank = type.getRank(); i < rank; ++i) {
    bool isUnit = type.getDimSize(i) == 1;
    if (groups.empty() || (!isUnit && !pendingUnits)) {
      groups.push_back({i});
      kept.push_back(access.indices[i]);
      pendingUnits = isUnit;
      continue;
    }
    groups.back().push_back(i);
    if (!isUnit) {
      kept.back() = access.indices[i];
      pendingUnits = false;
    }
  }
  if (groups.size() == static_cast<size_t>(type.getRank()) ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups))
    return;
  access.base = memref::CollapseShapeOp::create(b, loc, access.base, groups);
  access.indices = std::move(kept);
}

/// Returns a reassociation that joins dimensions `at` and `at` + 1.
static SmallVector<ReassociationIndices> joinDimensions(int64_t rank,
                                                        int64_t at) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i)
    if (i == at + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  return groups;
}

/// Returns the position i where loops d and d + 1 are dimensions i and i + 1 of
/// the base and can be joined; -1 if the access depends on neither; nullopt if
/// they cannot be joined.
static std::optional<int64_t> findJoin(const Access &access, unsigned d,
                                       int64_t extent) {
  if (access.isScalar() || (!access.uses(d) && !access.uses(d + 1)))
    return -1;
  auto type = cast<MemRefType>(access.base.getType());
  int64_t found = -1;
  for (int64_t i = 0, e = access.indices.size(); i < e; ++i) {
    const LinearIndex &index = access.indices[i];
    if (index.coefficients[d] == 0 && index.coefficients[d + 1] == 0)
      continue;
    if (found != -1 || index.coefficients[d] != 1 ||
        index.coefficients[d + 1] != 0 || i + 1 == e)
      return std::nullopt;
    const LinearIndex &inner = access.indices[i + 1];
    if (inner.constant != 0 || type.getDimSize(i + 1) != extent)
      return std::nullopt;
    for (auto [loop, c] : llvm::enumerate(inner.coefficients))
      if (c != (loop == d + 1 ? 1 : 0))
        return std::nullopt;
    found = i;
    ++i;
  }
  SmallVector<int64_t> strides = *getBaseStrides(type);
  if (strides[found] != strides[found + 1] * extent ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(
          type, joinDimensions(type.getRank(), found)))
    return std::nullopt;
  return found;
}

static void eraseLoop(LoopKernel &kernel, unsigned d) {
  kernel.extents.erase(kernel.extents.begin() + d);
  kernel.reduction.erase(kernel.reduction.begin() + d);
  for (LinearIndex *index : kernel.linearIndices())
    index->coefficients.erase(index->coefficients.begin() + d);
}

/// Whether indices of the body are linear in loops d and d + 1 as one.
static bool areLinearInJoin(const LoopKernel &kernel, unsigned d) {
  return llvm::all_of(
      llvm::concat<const BodyIndex>(kernel.indices, kernel.epilogueIndices),
      [&](const BodyIndex &index) {
        ArrayRef<int64_t> coefficients = index.index.coefficients;
        return !index.isRead ||
               coefficients[d] == coefficients[d + 1] * kernel.extents[d + 1];
      });
}

void coppice::kernels::simplify(OpBuilder &b, LoopKernel &kernel) {
  for (unsigned d = kernel.extents.size(); d-- > 0;)
    if (kernel.extents[d] == 1)
      eraseLoop(kernel, d);
  for (Access *access : kernel.accesses())
    squeeze(b, kernel.loc, *access);
  for (unsigned d = 0; d + 1 < kernel.extents.size();) {
    SmallVector<std::pair<Access *, int64_t>> joins;
    bool joinable = kernel.reduction[d] == kernel.reduction[d + 1] &&
                    areLinearInJoin(kernel, d);
    for (Access *access : kernel.accesses()) {
      std::optional<int64_t> at = findJoin(*access, d, kernel.extents[d + 1]);
      joinable &= at.has_value();
      if (at && *at >= 0)
        joins.push_back({access, *at});
    }
    if (!joinable) {
      ++d;
      continue;
    }
    for (auto [access, at] : joins) {
      int64_t rank = cast<MemRefType>(access->base.getType()).getRank();
      access->base = memref::CollapseShapeOp::create(
          b, kernel.loc, access->base, joinDimensions(rank, at));
      joinIndices(*access, at, kernel.extents[d + 1]);
      // Loop d + 1 is now the joined one.
      access->indices[at].coefficients[d] = 0;
      access->indices[at].coefficients[d + 1] = 1;
    }
    kernel.extents[d + 1] *= kernel.extents[d];
    eraseLoop(kernel, d);
  }
  if (!llvm::is_contained(kernel.reduction, false)) {
    kernel.extents.push_back(1);
    kernel.reduction.push_back(false);
    for (LinearIndex *index : kernel.linearIndices())
      index->coefficients.push_back(0);
  }
}
