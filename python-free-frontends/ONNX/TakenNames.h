//===- TakenNames.h - New names for a graph ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_TAKENNAMES_H
#define COPPICE_FRONTENDS_ONNX_TAKENNAMES_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace coppice::onnx_frontend {

/// The names of a graph's tensors and nodes, and of the graphs within its
/// nodes: ONNX wants a name to be defined once in all of them.
class TakenNames {
public:
  void collect(const ::onnx::GraphProto &graph);
  /// `base`, or, where that is taken, `base` with a number. The name is taken
  /// from now on.
  std::string make(const llvm::Twine &base);

private:
  llvm::StringSet<> names;
  /// By base: the last number given.
  llvm::StringMap<unsigned> numbers;
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_TAKENNAMES_H
