//===- State.cpp - The parameters that a test's functions share -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice-run/State.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace coppice;

/// Returns the bytes of a parameter's initial value; of one element for a
/// splat.
static FailureOr<ArrayRef<char>> getBytes(train::ParameterOp parameter) {
  ElementsAttr value = parameter.getValue();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return blob->getData();
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense || value.getElementType().isInteger(1))
    return parameter.emitError("has an initial value that a test cannot hold; "
                               "give a dense one of whole bytes");
  return dense.getRawData();
}

FailureOr<State> coppice::createState(ModuleOp module) {
  int64_t size = 0;
  if (auto bytes = module->getAttrOfType<IntegerAttr>(train::kStateBytesAttr))
    size = bytes.getInt();
  State state(llvm::divideCeil(size, sizeof(StateLine)));
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    std::optional<int64_t> offset = parameter.getStateOffset();
    if (!offset)
      continue;
    FailureOr<ArrayRef<char>> bytes = getBytes(parameter);
    if (failed(bytes))
      return failure();
    auto type = cast<RankedTensorType>(parameter.getType());
    char *at = reinterpret_cast<char *>(state.data()) + *offset;
    int64_t left = type.getNumElements() *
                   llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    for (; left > 0; left -= bytes->size(), at += bytes->size())
      std::memcpy(at, bytes->data(), bytes->size());
  }
  return state;
}
