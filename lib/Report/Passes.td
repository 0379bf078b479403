//===- Passes.td - Reports as a pass -----------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PASSES_TD
#define COPPICE_LIB_REPORT_PASSES_TD

include "mlir/Pass/PassBase.td"

def ReportMemory : Pass<"report-memory", "::mlir::ModuleOp"> {
  let summary = "Writes what the module tells of memory";
  let description = [{
    Layers and saved tensors are known while ops are nn ops, arenas once
    functions are planned; `coppice report` follows a module through all phases.
    Changes nothing.

    ```mlir
    func.func @infer(%x: memref<16xf32>, %state: memref<0xi8> {plan.state},
                     %arena: memref<64xi8> {plan.arena})
        attributes {plan.arena_bytes = 64 : i64, plan.lower_bound_bytes = 64 : i64}
    ```
    is reported with `"arena_bytes": 64` in the entry `infer`.
  }];
  let options = [
    Option<"json", "json", "std::string", "\"-\"",
           "Where the JSON goes; - is standard output, empty is nowhere">,
    Option<"html", "html", "std::string", "\"\"",
           "Where the page goes; empty is nowhere">
  ];
}

#endif // COPPICE_LIB_REPORT_PASSES_TD
