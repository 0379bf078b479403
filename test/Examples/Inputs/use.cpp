//===- use.cpp - The header in a C++ program --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//

// The header serves C++ too, its alignment macro included.
#include "glyphs.h"

GLYPHS_ALIGNED static unsigned char state[GLYPHS_STATE_BYTES];

int main() { return glyphs_init(state); }
