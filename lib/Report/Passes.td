//===- Passes.td - Reports as a pass -----------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PASSES_TD
#define COPPICE_LIB_REPORT_PASSES_TD

include "mlir/Pass/PassBase.td"

def ReportMemory : Pass<"report-memory", "::mlir::ModuleOp"> {
  let summary = "Write the memory report of a module";
  let description = [{
    Layers and saved tensors are known while ops are nn ops, arenas once
    functions are planned; `coppice report` follows a module through all phases.

    ```mlir
    func.func @infer(%x: memref<16xf32>, %state: memref<0xi8> {coppice.role = #coppice.role<state>},
                     %arena: memref<64xi8> {coppice.role = #coppice.role<arena>})
        attributes {plan.arena_bytes = 64 : i64, plan.lower_bound_bytes = 64 : i64} {
      return
    }
    ```
    is reported with `"arena_bytes": 64` in the entry `infer`.

    Precondition: none. Postcondition: the module is unchanged.
  }];
  let options = [
    Option<"json", "json", "std::string", "\"-\"",
           "Where the JSON goes; - is standard output, empty is nowhere">,
    Option<"html", "html", "std::string", "\"\"",
           "Where the page goes; empty is nowhere">
  ];
}

def ReportProfile : Pass<"report-profile", "::mlir::ModuleOp"> {
  let summary = "Count the cycles of each kernel";
  let description = [{
    For every planned function `@f`: reads the processor's cycle counter between
    kernels and adds what each one took to its element of `@f.profile`. Kernels
    are steps in a row whose location has one name; `plan.profile` on the
    function names the elements. `coppice bench` compiles a model once with the
    counters and once without.

    ```mlir
    memref.global @infer.profile : memref<2xi64> = dense<0>
    func.func @infer(…) attributes {plan.profile = ["conv", "fc"], …} {
      %0 = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
      scf.for … loc("conv")
      %1 = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
      … profile[0] += %1 - %0 …
    ```

    Precondition: the plan phase's contract. Postcondition: the same, and the
    functions do what they did.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect"];
}

def ReportPublishedCost : Pass<"report-published-cost", "::mlir::ModuleOp"> {
  let summary = "Compute the published estimate of what a sparse update saves";
  let description = [{
    Lin et al. ("On-Device Training Under 256KB Memory", NeurIPS 2022) count the
    memory of a sparse update as bits: for every convolution with a trained
    bias one bit per element of its result and 32 per bias; for every trained
    input channel 8 per element and per weight (a depthwise convolution has one
    weight per tap and channel); for the classifier 8 per input. Other layers, the
    batch and the element types of the model are not looked at. The sum becomes the
    function's attribute `report.published_bits`; `coppice report` prints it
    beside the bytes that are really planned.

    ```mlir
    func.func @train(...) attributes {train.schemes = {
        conv.bias = #train.update<full>}}
    // gains
    report.published_bits = 66048 : i64
    ```

    Precondition: nn level, `train.schemes` set, gradients are requests.
    Postcondition: a function with both carries the attribute.
  }];
}

#endif // COPPICE_LIB_REPORT_PASSES_TD
