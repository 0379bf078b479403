//===- CheckDialect.td - Checks of test values -------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_CHECK_IR_CHECKDIALECT_TD
#define COPPICE_DIALECTS_CHECK_IR_CHECKDIALECT_TD

include "mlir/IR/OpBase.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::coppice::check";
  let summary = "Checks that a test makes of values at run time";
  let description = [{
    Ops for tests that run. `coppice-run` executes the functions of a file that
    take no arguments. A check that fails prints its location, the first indices
    that differ and both values, and the tool exits with status 1.
  }];
}

#endif // COPPICE_DIALECTS_CHECK_IR_CHECKDIALECT_TD
