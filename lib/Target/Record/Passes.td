//===- Passes.td - The target in the module -----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_RECORD_PASSES_TD
#define COPPICE_LIB_TARGET_RECORD_PASSES_TD

include "mlir/Pass/PassBase.td"

def TargetAttach : Pass<"target-attach", "::mlir::ModuleOp"> {
  let summary = "Attach the record of a target to the module";
  let description = [{
    The cost model of kernels, the conversion to LLVM and code generation read
    the properties of the target from the module. `host` is resolved to a
    processor and its features here, once, so that all later passes depend on
    the module alone. A target that is already attached is replaced.

    ```mlir
    module { ... }
    // becomes, with --target-attach=target=x86-64-v3,
    module attributes {
      dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>,
      dlti.target_system_spec = #dlti.target_system_spec<
        "CPU" = #dlti.target_device_spec<
          "name" = "x86-64-v3",
          "target" = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "x86-64-v3">,
          "max_vector_op_width" = 256 : ui32, "vector_registers" = 16 : ui32,
          ...>>,
      llvm.data_layout = "e-m:e-...",
      llvm.target_triple = "x86_64-unknown-linux-gnu"} { ... }
    ```

    Precondition: none. Postcondition: the module has these four attributes.
  }];
  let options = [Option<"target", "target", "std::string", /*default=*/"\"host\"",
                        "Name of the target; 'coppice targets' lists them">];
  let dependentDialects = ["::mlir::DLTIDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif // COPPICE_LIB_TARGET_RECORD_PASSES_TD
