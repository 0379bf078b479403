//===- HostTensors.cpp - Tensors of programs for the reference --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/HostTensors.h"

namespace coppice::reference {

ReferenceTensor toReference(const runtime::HostTensor &tensor) {
  ReferenceTensor result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  for (int64_t i = 0; i < tensor.size(); ++i) {
    result.reals.push_back(tensor.getAsDouble(i));
    if (!runtime::isFloat(tensor.getKind()))
      result.integers.push_back(tensor.getAsInteger(i));
  }
  return result;
}

} // namespace coppice::reference
