//===- SelfCheck.h - Random instances for the planning solvers --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_PLAN_SELFCHECK_H
#define COPPICE_TOOLS_COPPICE_PLAN_SELFCHECK_H

#include <cstdint>

/// Solves `count` random instances of each problem with every solver, verifies
/// each result and compares it with the exact one. Prints a line per kind of
/// instance. Returns false, after a message with the instance, if a result is
/// wrong.
bool selfCheck(int64_t count, uint64_t seed);

#endif // COPPICE_TOOLS_COPPICE_PLAN_SELFCHECK_H
