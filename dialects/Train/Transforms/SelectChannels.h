//===- SelectChannels.h - Chooses trained channels --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SELECTCHANNELS_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SELECTCHANNELS_H

#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Scheme.h"

namespace coppice::train {

/// Returns the update of a weight that a scheme lists: all of it, or the
/// channels along `axis` that the entry lists or that `select` chooses for its
/// ratio. Reports channels that do not exist, and a ratio that keeps none.
mlir::FailureOr<UpdateSchemeAttr> selectChannels(const Scheme::Weight &entry,
                                                 ChannelSelection select,
                                                 ParameterOp parameter,
                                                 std::optional<int64_t> axis);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SELECTCHANNELS_H
