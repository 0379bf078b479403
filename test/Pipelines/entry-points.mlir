// Any number of entry points of any names: three inferences, one of which keeps
// a cache, and two steps.
// RUN: coppice-opt %s --coppice-phase-graph=target=x86-64-v3 --coppice-phase-quant \
// RUN:   --train-build-step='from=classify name=adapt optimizer=adam' \
// RUN:   --coppice-phase-train='step-options={from=embed name=tune loss=mse}' \
// RUN:   --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: coppice-opt %t.mlir --target-describe-interface=name=net --coppice-phase-target \
// RUN:   --target-c-interface=header=%t.h | FileCheck %s --check-prefix=FUNCTIONS
// RUN: FileCheck %s --check-prefix=HEADER < %t.h
// RUN: %cc -x c -std=c99 -Wall -Wextra -pedantic -fsyntax-only %t.h

// A parameter that no function writes is a constant. The rest is the state;
// functions that only read it do not declare it written.
// CHECK: train.parameter @proj {{.*}}state_offset
// CHECK: train.parameter @fc {{.*}}state_offset
// CHECK: train.parameter @head {{.*}}external_name = "head"}
// CHECK: train.parameter @keys {{.*}}state_offset
// CHECK: func.func @embed({{.*}}coppice.role<state>}
// CHECK: func.func @tune({{.*}}coppice.role<state written>}
// CHECK: func.func @classify({{.*}}coppice.role<state>}
// CHECK: func.func @adapt({{.*}}coppice.role<state written>}
// CHECK: func.func @decode({{.*}}coppice.role<state written>}

// FUNCTIONS: llvm.func @net_init(
// FUNCTIONS: llvm.func @net_embed(
// FUNCTIONS: llvm.func @net_tune(
// FUNCTIONS: llvm.func @net_classify(
// FUNCTIONS: llvm.func @net_adapt(
// FUNCTIONS: llvm.func @net_decode(

// The first entry point with a struct gives it the plain name. Entry points
// with the same fields share it.
// HEADER: #define NET_DECODE_ARENA_BYTES
// HEADER: } net_inputs;
// HEADER: } net_outputs;
// HEADER: } net_labels;
// HEADER: } net_hyper;
// HEADER: } net_classify_outputs;
// HEADER: } net_adapt_labels;
// HEADER: } net_decode_inputs;
// HEADER: net_status net_embed(const net_inputs *inputs, net_outputs *outputs,
// HEADER-NEXT: const void *state, void *arena);
// HEADER: net_status net_tune(const net_inputs *inputs,
// HEADER-NEXT: const net_labels *labels, const net_hyper *hyper, float *loss,
// HEADER-NEXT: void *state, void *arena);
// HEADER: net_status net_classify(const net_inputs *inputs, net_classify_outputs *outputs,
// HEADER: net_status net_adapt(const net_inputs *inputs,
// HEADER-NEXT: const net_adapt_labels *labels, const net_hyper *hyper, float *loss,
// HEADER: /** Inference that updates parameters in `state`.
// HEADER-NEXT: net_status net_decode(const net_decode_inputs *inputs, net_decode_outputs *outputs,
// HEADER-NEXT: {{^}}    void *state, void *arena);
module attributes {train.model = "net"} {
  train.parameter @proj : tensor<4x4xf32> = dense<0.5> : tensor<4x4xf32> {external_name = "proj"}
  train.parameter @fc : tensor<4x3xf32> = dense<0.25> : tensor<4x3xf32> {external_name = "fc"}
  train.parameter @head : tensor<4x9xf32> = dense<2.0> : tensor<4x9xf32> {external_name = "head"}
  train.parameter @keys : tensor<1x4xf32> = dense<0.0> : tensor<1x4xf32> {role = 4 : i32}

  func.func @embed(%x: tensor<2x4xf32> {coppice.role = #coppice.role<input "image">})
      -> (tensor<2x4xf32> {coppice.role = #coppice.role<output "features">}) attributes {coppice.entry} {
    %w = train.read @proj : tensor<4x4xf32>
    %y = nn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
    return %y : tensor<2x4xf32>
  }
  func.func @classify(%x: tensor<2x4xf32> {coppice.role = #coppice.role<input "image">})
      -> (tensor<2x3xf32> {coppice.role = #coppice.role<output "scores">}) attributes {coppice.entry} {
    %w = train.read @proj : tensor<4x4xf32>
    %fc = train.read @fc : tensor<4x3xf32>
    %h = nn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
    %y = nn.matmul %h, %fc : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    return %y : tensor<2x3xf32>
  }
  func.func @decode(%x: tensor<1x4xf32> {coppice.role = #coppice.role<input "token">})
      -> (tensor<1x9xf32> {coppice.role = #coppice.role<output "next">}) attributes {coppice.entry} {
    %keys = train.read @keys : tensor<1x4xf32>
    %head = train.read @head : tensor<4x9xf32>
    %sum = nn.add %keys, %x : tensor<1x4xf32>, tensor<1x4xf32>
    train.write %sum, @keys : tensor<1x4xf32>
    %y = nn.matmul %sum, %head : (tensor<1x4xf32>, tensor<4x9xf32>) -> tensor<1x9xf32>
    return %y : tensor<1x9xf32>
  }
}
