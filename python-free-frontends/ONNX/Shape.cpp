//===- Shape.cpp - Ops that keep the elements -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "lib/Support/Note.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

static int64_t product(ArrayRef<int64_t> shape) {
  int64_t result = 1;
  for (int64_t extent : shape)
    if (llvm::MulOverflow(result, extent, result))
      return -1;
  return result;
}

/// Whether input 1 is a tensor of the file. A shape that nodes compute follows
/// the batch.
static bool isFromFile(NodeImporter &node) {
  Binding *binding =
      node.hasInput(1) ? node.graph.lookup(node.proto.input(1)) : nullptr;
  return !binding || binding->isFromFile;
}

static LogicalResult importReshape(NodeImporter &node) {
  Value input = node.getInput(0);
  std::optional<SmallVector<int64_t>> given = node.getIntsOf(1, "shape");
  if (!input || node.hasFailed())
    return failure();
  if (!given)
    return node.error("the shape is missing");
  SmallVector<int64_t> shape = *given;
  bool allowZero = node.getInt("allowzero", 0) != 0;
  ArrayRef<int64_t> from = shapeOf(input);
  std::optional<int64_t> batch = node.graph.batch;
  if (batch && !shape.empty() && shape[0] == 1 && isFromFile(node) &&
      !from.empty() && from[0] == *batch) {
    shape[0] = *batch;
    if (node.graph.isBatchOpen && *batch != 1)
      emitNote(node.loc)
          << "the leading 1 of the shape is taken for the batch, " << *batch
          << ", which the file leaves open";
  }
  int64_t inferred = -1, known = 1;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (extent == 0 && !allowZero) {
      if (i >= from.size())
        return node.error("shape copies axis " + Twine(i) +
                          " of a tensor of rank " + Twine(from.size()));
      extent = from[i];
    }
    if (extent < -1 || (extent == -1 && inferred >= 0))
      return node.error("the shape has a negative extent, or -1 twice");
    if (extent == -1)
      inferred = i;
    else if (llvm::MulOverflow(known, extent, known))
      return node.error("the shape is too large");
  }
  int64_t total = product(from);
  if (inferred >= 0) {
    if (known == 0 || total % known != 0)
      known = -1;
    else
      shape[inferred] = total / known;
  }
  if (known < 0 || product(shape) != total) {
    std::string text;
    for (int64_t extent : shape)
      text += (text.empty() ? "" : "x") + std::to_string(extent);
    return node.error("a tensor of " + Twine(total) +
                      " elements cannot take the shape " + text +
                      (batch ? "; this node fixes the batch size" : ""));
  }
  return node.setOutput(0, node.reshape(input, shape));
}

static LogicalResult importFlatten(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  int64_t rank = shape.size(), axis = node.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return node.error("axis " + Twine(axis) + " is outside a tensor of rank " +
                      Twine(rank));
  axis += axis < 0 ? rank : 0;
  return node.setOutput(
      0, node.reshape(node.getInput(0), {product(shape.take_front(axis)),
                                         product(shape.drop_front(axis))}));
}

static LogicalResult importSqueeze(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  std::optional<SmallVector<int64_t>> given = node.getIntsOf(1, "axes");
  SmallVector<int64_t> axes, result;
  if (given) {
    axes = node.normalizeAxes(*given, shape.size());
  } else {
    for (auto [i, extent] : llvm::enumerate(shape))
      if (extent == 1)
        axes.push_back(i);
  }
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      result.push_back(extent);
    else if (extent != 1)
      return node.error("axis " + Twine(i) + " has extent " + Twine(extent) +
                        ", not 1");
  }
  return node.setOutput(0, node.reshape(node.getInput(0), result));
}

static LogicalResult importUnsqueeze(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  std::optional<SmallVector<int64_t>> given = node.getIntsOf(1, "axes");
  if (!given)
    return node.error("the axes are missing");
  int64_t rank = shape.size() + given->size();
  SmallVector<int64_t> axes = node.normalizeAxes(*given, rank), result;
  if (node.hasFailed())
    return failure();
  for (int64_t i = 0; i < rank; ++i) {
    if (llvm::is_contained(axes, i)) {
      result.push_back(1);
    } else {
      result.push_back(shape.front());
      shape = shape.drop_front();
    }
  }
  return node.setOutput(0, node.reshape(node.getInput(0), result));
}

static LogicalResult importTranspose(NodeImporter &node) {
  int64_t rank = node.getInputType(0).getRank();
  SmallVector<int64_t> permutation = node.getInts("perm");
  if (!node.hasAttr("perm"))
    permutation.assign(llvm::reverse(llvm::seq<int64_t>(0, rank)).begin(),
                       llvm::reverse(llvm::seq<int64_t>(0, rank)).end());
  permutation = node.normalizeAxes(permutation, rank);
  if (static_cast<int64_t>(permutation.size()) != rank)
    return node.error("'perm' must name each of the " + Twine(rank) + " axes");
  return node.setOutput(0, node.transpose(node.getInput(0), permutation));
}

void coppice::onnx_frontend::addShapeOps(OpTable &table) {
  table["Flatten"] = {importFlatten, 1, 1, 1, Codes::asQuantized};
  table["Reshape"] = {importReshape, 1, 2, 1, Codes::asQuantized};
  table["Squeeze"] = {importSqueeze, 1, 2, 1, Codes::asQuantized};
  table["Transpose"] = {importTranspose, 1, 1, 1, Codes::asQuantized};
  table["Unsqueeze"] = {importUnsqueeze, 1, 2, 1, Codes::asQuantized};
  for (StringRef op :
       {"Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}) {
    table[op].forwards = true;
    table[op].results = ResultCodes::input;
  }
}
