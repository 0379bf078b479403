//===- Coppice.h - Entry points and their roles -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_COPPICE_H
#define COPPICE_DIALECTS_COPPICE_IR_COPPICE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/Coppice/IR/CoppiceOpsDialect.h.inc"
#include "dialects/Coppice/IR/CoppiceOpsEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Coppice/IR/CoppiceOpsAttrs.h.inc"

#endif // COPPICE_DIALECTS_COPPICE_IR_COPPICE_H
