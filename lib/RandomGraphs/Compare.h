//===- Compare.h - Compares results with the reference ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_COMPARE_H
#define COPPICE_LIB_RANDOMGRAPHS_COMPARE_H

#include "lib/Reference/Tensor.h"
#include "lib/Runtime/HostTensor.h"

namespace coppice::random_graphs {

/// Returns the first difference between `got` and the reference; empty if there
/// is none. The first run of the reference is exact, the others round in other
/// ways. A result may differ from the first run by as much as the others do,
/// and by a few units in the last place of its type. Integers must be equal if
/// they are in all runs.
std::string compare(const runtime::HostTensor &got,
                    llvm::ArrayRef<const reference::ReferenceTensor *> runs);

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_COMPARE_H
