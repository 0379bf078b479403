//===- Passes.td - Passes of the C interface ----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CINTERFACE_PASSES_TD
#define COPPICE_LIB_TARGET_CINTERFACE_PASSES_TD

include "mlir/Pass/PassBase.td"

def TargetDescribeInterface
    : Pass<"target-describe-interface", "::mlir::ModuleOp"> {
  let summary = "Describe the entry points in an attribute of the module";
  let description = [{
    Writes the module attribute `train.interface`: the entry points with names,
    roles and types of their arguments, the state's parameters, and a hash over
    both and the parameters' values. Adds the function `@init`, which copies the
    initial parameters into the state. Parameters that are zero are not copied,
    because the caller of `@init` clears the state.

    ```mlir
    func.func @train(%x: memref<8x4xf32> {coppice.role = #coppice.role<input "x">},
                     %labels: memref<8xi64> {coppice.role = #coppice.role<label "labels">},
                     %lr: memref<f32> {coppice.role = #coppice.role<hyper "learning_rate">},
                     %loss: memref<f32> {coppice.role = #coppice.role<loss "loss">},
                     %state: memref<64xi8> {coppice.role = #coppice.role<state written>},
                     %arena: memref<128xi8> {coppice.role = #coppice.role<arena>})
        attributes {coppice.entry} {
      return
    }
    ```

    Precondition: the plan phase's contract; every public function is an entry
    point whose last arguments are state and arena. Entry points that return
    gradients are erased: they have no C interface. Postcondition: the module
    has `train.interface`, and `@init` if there is a state.
  }];
  let options = [
    Option<"name", "name", "std::string", /*default=*/"",
           "prefix of the C names; the model's own name if empty">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TargetCInterface : Pass<"target-c-interface", "::mlir::ModuleOp"> {
  let summary = "Add the C functions of a compiled model";
  let description = [{
    Adds the C functions of a model. For a model `net`, these are `net_init`,
    `net_save` and `net_load` if there is a state, and one function per entry
    point, such as `net_infer`. Each one checks its arguments (null pointers,
    the size of each struct, the alignment of state and arena, a finite learning
    rate) and returns a status code before it writes. With `checked`, the
    indices in an input are compared with the bounds that `--nn-bound-inputs`
    found. All other functions of the module become internal, so that several
    models can be linked into one program.

    ```mlir
    llvm.func @infer(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)
    // becomes internal and is called by
    llvm.func @net_infer(%inputs: !llvm.ptr, %outputs: !llvm.ptr,
                         %state: !llvm.ptr, %arena: !llvm.ptr) -> i32
    ```

    Precondition: the LLVM dialect with one bare pointer per argument of the
    functions that `train.interface` describes. Postcondition: no
    `train.parameter` is left.
  }];
  let options = [
    Option<"checked", "checked", "bool", "false",
           "an index outside its table is a status">,
    Option<"header", "header", "std::string", "",
           "file to write the C header to; - is the standard output">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // COPPICE_LIB_TARGET_CINTERFACE_PASSES_TD
