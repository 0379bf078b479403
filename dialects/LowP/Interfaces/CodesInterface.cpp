//===- CodesInterface.cpp - Ops on codes ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Interfaces/CodesInterface.h"

#include "dialects/LowP/Interfaces/CodesInterface.cpp.inc"
