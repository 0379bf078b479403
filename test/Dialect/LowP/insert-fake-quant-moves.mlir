// Codes are followed through ops that move elements or choose among them, not
// through those that join several tensors; a weight through reshapes that leave
// its output channels.
// RUN: coppice-opt %s --lowp-insert-fake-quant | FileCheck %s

// CHECK-DAG: train.parameter @w_scale : tensor<3xf32>
// CHECK-NOT: train.parameter @v_scale
train.parameter @w : tensor<1x2x3xf32> = dense<1.0> : tensor<1x2x3xf32>
train.parameter @v : tensor<4x3xf32> = dense<1.0> : tensor<4x3xf32>

// CHECK-LABEL: func.func @infer
func.func @infer(%x: tensor<2x4xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 0.0, 1.0>, lowp.bits = 8 : i64})
    -> (tensor<2x3xf32> {coppice.role = #coppice.role<output "y">}, tensor<2x3xf32> {coppice.role = #coppice.role<output "z">}) {
  %first = nn.slice %x {starts = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x2xf32>
  %w = train.read @w : tensor<1x2x3xf32>
  %view = nn.reshape %w : tensor<1x2x3xf32> -> tensor<2x3xf32>
  // CHECK: %[[W:.*]] = lowp.fake_quant %{{.*}}, %{{.*}}[-127, 127] {axis = 1 : i64
  // CHECK: nn.matmul %{{.*}}, %[[W]]
  %y = nn.matmul %first, %view : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %joined = nn.concat %first, %first {axis = 1 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
  %v = train.read @v : tensor<4x3xf32>
  // CHECK: %[[V:.*]] = train.read @v
  // CHECK: nn.matmul %{{.*}}, %[[V]]
  %z = nn.matmul %joined, %v : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return %y, %z : tensor<2x3xf32>, tensor<2x3xf32>
}
