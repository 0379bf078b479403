//===- Compare.h - A result beside the reference's --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_COMPARE_H
#define COPPICE_LIB_RANDOMGRAPHS_COMPARE_H

#include "lib/Reference/Tensor.h"
#include "lib/Runtime/HostTensor.h"

namespace coppice::random_graphs {

/// Where `got` is not what the reference gives; empty where it is. The first
/// run is exact, the others are rounded in other ways: a result may be as far
/// from the first as they are, and a few units in the last place of its type.
/// Integers must be equal where all runs are.
std::string compare(const runtime::HostTensor &got,
                    llvm::ArrayRef<const reference::ReferenceTensor *> runs);

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_COMPARE_H
