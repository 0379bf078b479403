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
    Collects layers and saved tensors while ops are nn ops, and arenas after
    functions are planned. `coppice report` follows a module through all phases.

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
           "File for the JSON; - is standard output, empty writes none">,
    Option<"html", "html", "std::string", "\"\"",
           "File for the page; empty writes none">
  ];
}

def ReportProfile : Pass<"report-profile", "::mlir::ModuleOp"> {
  let summary = "Count the cycles of each kernel";
  let description = [{
    For every planned function `@f`: reads the processor's cycle counter between
    kernels and adds the cycles of each kernel to its element of `@f.profile`.
    Consecutive steps whose location has the same name are one kernel; the
    attribute `plan.profile` of the function names the elements. `coppice bench`
    compiles a model once with the counters and once without.

    ```mlir
    memref.global @infer.profile : memref<2xi64> = dense<0>
    func.func @infer(…) attributes {plan.profile = ["conv", "fc"], …} {
      %0 = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
      scf.for … loc("conv")
      %1 = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
      … profile[0] += %1 - %0 …
    ```

    Precondition: the plan phase's contract. Postcondition: the same; the
    results of the functions do not change.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect"];
}

def ReportPublishedCost : Pass<"report-published-cost", "::mlir::ModuleOp"> {
  let summary = "Compute the published memory estimate of a sparse update";
  let description = [{
    Computes the memory of a sparse update in the way of Lin et al. ("On-Device
    Training Under 256KB Memory", NeurIPS 2022), in bits. A convolution with a
    trained bias counts one bit per element of its result and 32 per bias. A
    trained input channel counts 8 per element and per weight (a depthwise
    convolution has one weight per tap and channel). The classifier counts 8 per
    input. Other layers, the batch and the element types of the model do not
    count. The sum becomes the function's attribute `report.published_bits`;
    `coppice report` prints it beside the planned bytes.

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
