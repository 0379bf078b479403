//===- HostTensors.h - Tensors of programs for the reference ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_HOSTTENSORS_H
#define COPPICE_LIB_REFERENCE_HOSTTENSORS_H

#include "lib/Reference/Tensor.h"
#include "lib/Runtime/HostTensor.h"

namespace coppice::reference {

/// Converts a host tensor to one of the reference.
ReferenceTensor toReference(const runtime::HostTensor &tensor);

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_HOSTTENSORS_H
