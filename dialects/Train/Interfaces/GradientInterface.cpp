//===- GradientInterface.cpp - Gradient rules of ops ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Interfaces/GradientInterface.h"

#include "dialects/Train/Interfaces/GradientInterface.cpp.inc"
