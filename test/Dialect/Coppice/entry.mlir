// RUN: coppice-opt %s | coppice-opt | FileCheck %s
// RUN: coppice-opt --mlir-print-op-generic %s | coppice-opt | FileCheck %s

// An entry point on tensors: an inference that keeps a cache.
// CHECK: func.func @decode(%{{.*}}: tensor<1xi64> {coppice.role = #coppice.role<input "token">},
// CHECK-SAME: %{{.*}}: tensor<8x4xf32> {coppice.role = #coppice.role<parameter @keys written>},
// CHECK-SAME: %{{.*}}: tensor<4x9xf32> {coppice.role = #coppice.role<parameter @head>})
// CHECK-SAME: -> (tensor<1x9xf32> {coppice.role = #coppice.role<output "scores">},
// CHECK-SAME: tensor<8x4xf32> {coppice.role = #coppice.role<parameter @keys>})
// CHECK-SAME: attributes {coppice.entry}
func.func @decode(%token: tensor<1xi64> {coppice.role = #coppice.role<input "token">},
                  %keys: tensor<8x4xf32> {coppice.role = #coppice.role<parameter @keys written>},
                  %head: tensor<4x9xf32> {coppice.role = #coppice.role<parameter @head>})
    -> (tensor<1x9xf32> {coppice.role = #coppice.role<output "scores">},
        tensor<8x4xf32> {coppice.role = #coppice.role<parameter @keys>})
    attributes {coppice.entry} {
  %scores = arith.constant dense<0.0> : tensor<1x9xf32>
  return %scores, %keys : tensor<1x9xf32>, tensor<8x4xf32>
}

// A step in its last form.
// CHECK: func.func @tune(
// CHECK-SAME: {coppice.role = #coppice.role<label "labels">}
// CHECK-SAME: {coppice.role = #coppice.role<hyper "learning_rate">}
// CHECK-SAME: {coppice.role = #coppice.role<loss "loss">}
// CHECK-SAME: {coppice.role = #coppice.role<gradient "fc/weight" of @fc.weight>}
// CHECK-SAME: {coppice.role = #coppice.role<state written>}
// CHECK-SAME: {coppice.role = #coppice.role<arena>}
func.func @tune(%labels: memref<1xi64> {coppice.role = #coppice.role<label "labels">},
                %rate: memref<f32> {coppice.role = #coppice.role<hyper "learning_rate">},
                %loss: memref<f32> {coppice.role = #coppice.role<loss "loss">},
                %dw: memref<4xf32> {coppice.role = #coppice.role<gradient "fc/weight" of @fc.weight>},
                %state: memref<64xi8> {coppice.role = #coppice.role<state written>},
                %arena: memref<0xi8> {coppice.role = #coppice.role<arena>})
    attributes {coppice.entry} {
  return
}

// In the LLVM dialect all are pointers.
// CHECK: llvm.func @lowered(%{{.*}}: !llvm.ptr {coppice.role = #coppice.role<state>}) attributes {coppice.entry}
llvm.func @lowered(%s: !llvm.ptr {coppice.role = #coppice.role<state>}) attributes {coppice.entry} {
  llvm.return
}
