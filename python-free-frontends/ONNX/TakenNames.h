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

/// The names of a graph's tensors and nodes, and of the graphs in its nodes.
/// ONNX requires a name to be defined once in all of them.
class TakenNames {
public:
  void collect(const ::onnx::GraphProto &graph);
  /// Returns `base`, or `base` with a number if that name is taken, and takes
  /// the name.
  std::string make(const llvm::Twine &base);

private:
  llvm::StringSet<> names;
  /// The last number given, by base.
  llvm::StringMap<unsigned> numbers;
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_TAKENNAMES_H
