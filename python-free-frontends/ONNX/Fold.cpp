//===- Fold.cpp - Nodes whose inputs are known ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice::onnx_frontend;

bool coppice::onnx_frontend::foldNode(NodeImporter &node) { return false; }
