//===- RandomInterface.h - Ops that draw random numbers ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_H
#define COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_H

#include "mlir/IR/OpDefinition.h"

#include "dialects/LowP/Interfaces/RandomInterface.h.inc"

#endif // COPPICE_DIALECTS_LOWP_INTERFACES_RANDOMINTERFACE_H
