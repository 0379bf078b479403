//===- Nodes.h - Domains and reads of nodes ---------------------*- C++ -*-===//
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

/// Returns the domain, with the empty name for ONNX's own domain, which has two
/// names.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? llvm::StringRef() : domain;
}

/// Whether operators of the domain are ONNX's own.
inline bool isONNXDomain(llvm::StringRef domain) {
  return canonicalDomain(domain).empty();
}

/// Calls `visit` for each graph that a node contains.
void forEachBody(const ::onnx::NodeProto &node,
                 llvm::function_ref<void(const ::onnx::GraphProto &)> visit);

/// Calls `visit` for each name that the graphs in a node read. Some of the
/// names are defined in these graphs, others outside.
void forEachBodyRead(const ::onnx::NodeProto &node,
                     llvm::function_ref<void(llvm::StringRef)> visit);

/// Returns the names that the graph's results and the values `wanted` depend
/// on, and these themselves. A node that computes none of them need not be
/// valid.
llvm::StringSet<> findReadNames(const ::onnx::GraphProto &graph,
                                llvm::ArrayRef<std::string> wanted = {});

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_NODES_H
