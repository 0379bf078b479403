//===- Nodes.h - Whose a node is, and what it reads -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_NODES_H
#define COPPICE_FRONTENDS_ONNX_NODES_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

namespace coppice::onnx_frontend {

/// ONNX's own domain has two names; this gives the empty one for both.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? llvm::StringRef() : domain;
}

/// Whether operators of the domain are ONNX's own.
inline bool isONNXDomain(llvm::StringRef domain) {
  return canonicalDomain(domain).empty();
}

/// Calls `visit` for each graph that a node holds.
void forEachBody(const ::onnx::NodeProto &node,
                 llvm::function_ref<void(const ::onnx::GraphProto &)> visit);

/// Calls `visit` for each name that the graphs within a node read; some of them
/// are names of these graphs, others come from outside.
void forEachBodyRead(const ::onnx::NodeProto &node,
                     llvm::function_ref<void(llvm::StringRef)> visit);

/// The names that the graph's results and the values `wanted` are computed of,
/// and these themselves. A node that makes none of them need not be valid.
llvm::StringSet<> findReadNames(const ::onnx::GraphProto &graph,
                                llvm::ArrayRef<std::string> wanted = {});

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_NODES_H
