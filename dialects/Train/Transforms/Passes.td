//===- Passes.td - Passes of the train dialect -------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD

// One file for each topic, in the order in which the phases run the passes.
include "dialects/Train/Transforms/Step.td"
include "dialects/Train/Transforms/SparseUpdate.td"
include "dialects/Train/Transforms/Backward.td"
include "dialects/Train/Transforms/State.td"

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD
