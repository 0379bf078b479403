//===- Check.h - Checks of test values --------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_CHECK_IR_CHECK_H
#define COPPICE_DIALECTS_CHECK_IR_CHECK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/Check/IR/CheckOpsDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Check/IR/CheckOps.h.inc"

#endif // COPPICE_DIALECTS_CHECK_IR_CHECK_H
