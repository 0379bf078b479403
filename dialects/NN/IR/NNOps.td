//===- NNOps.td - All ops of the nn dialect -----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

include "dialects/NN/IR/NNElementwise.td"
include "dialects/NN/IR/NNStructured.td"
include "dialects/NN/IR/NNShape.td"
