//===- RandomInterface.cpp - Ops that draw random numbers -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Interfaces/RandomInterface.h"

#include "dialects/LowP/Interfaces/RandomInterface.cpp.inc"
