// With TensorFlow Lite's arithmetic a quantized module has no float in its code,
// down to LLVM.
// RUN: coppice-opt %s --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan --coppice-phase-target > %t
// RUN: FileCheck %s < %t
// RUN: not grep -E 'f(16|32|64)' %t
// CHECK: llvm.func @infer
// CHECK: llvm.sdiv
// CHECK: llvm.ashr

!x = !quant.uniform<i8:f32, 0.05:-9>
!y = !quant.uniform<i8:f32, 0.07:4>
!p = !quant.uniform<i8:f32, 0.00390625:-128>
!w = !quant.uniform<i8:f32:3, {0.01, 0.02, 0.03, 0.04}>
!b = !quant.uniform<i32:f32:0, {0.0005, 0.001, 0.0015, 0.002}>
!f = !quant.uniform<i8:f32, 0.02>
!g = !quant.uniform<i32:f32, 0.0014>

module attributes {lowp.requantize = "tflite"} {
func.func @infer(%x: tensor<1x4x4x3x!x>, %w: tensor<3x3x3x4x!w>, %b: tensor<4x!b>, %f: tensor<4x4x!f>, %c: tensor<4x!g>)
    -> (tensor<1x4x!p>, tensor<1x4x!y>, tensor<1x1x1x12x!y>, tensor<1x8x8x4x!y>) {
  %conv = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x3x!x>, tensor<3x3x3x4x!w>, tensor<4x!b>) -> tensor<1x4x4x4x!y>
  %tanh = nn.tanh %conv : tensor<1x4x4x4x!y> -> tensor<1x4x4x4x!x>
  %sum = nn.add %conv, %tanh : tensor<1x4x4x4x!y>, tensor<1x4x4x4x!x> -> tensor<1x4x4x4x!x>
  %difference = nn.sub %conv, %sum : tensor<1x4x4x4x!y>, tensor<1x4x4x4x!x> -> tensor<1x4x4x4x!y>
  %product = nn.mul %sum, %difference : tensor<1x4x4x4x!x>, tensor<1x4x4x4x!y> -> tensor<1x4x4x4x!y>
  %leaky = nn.leaky_relu %product : tensor<1x4x4x4x!y> -> tensor<1x4x4x4x!y>
  %gelu = nn.gelu %leaky : tensor<1x4x4x4x!y> -> tensor<1x4x4x4x!y>
  %maximum = nn.max %gelu, %sum : tensor<1x4x4x4x!y>, tensor<1x4x4x4x!x> -> tensor<1x4x4x4x!y>
  %norm, %mean, %variance = nn.normalize %maximum {axes = array<i64: 3>, epsilon = 1.0e-5} : (tensor<1x4x4x4x!y>) -> (tensor<1x4x4x4x!f>, tensor<1x4x4x1xf32>, tensor<1x4x4x1xf32>)
  %pool = nn.avg_pool2d %norm {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x4x!f>) -> tensor<1x4x4x4x!y>
  %max = nn.max_pool2d %pool {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x4x!y>) -> tensor<1x2x2x4x!x>
  %joined = nn.concat %max, %max {axis = 3 : i64} : (tensor<1x2x2x4x!x>, tensor<1x2x2x4x!x>) -> tensor<1x2x2x8x!y>
  %large = nn.resize %pool {mode = 1 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x4x4x4x!y>) -> tensor<1x8x8x4x!y>
  %means = nn.reduce mean %joined {axes = array<i64: 1, 2>, keepdims} : (tensor<1x2x2x8x!y>) -> tensor<1x1x1x8x!y>
  %tail = nn.reduce sum %pool {axes = array<i64: 1, 2>, keepdims} : (tensor<1x4x4x4x!y>) -> tensor<1x1x1x4x!y>
  %all = nn.concat %means, %tail {axis = 3 : i64} : (tensor<1x1x1x8x!y>, tensor<1x1x1x4x!y>) -> tensor<1x1x1x12x!y>
  %row = nn.reshape %tail : tensor<1x1x1x4x!y> -> tensor<1x4x!y>
  %scores = nn.matmul %row, %f, %c : (tensor<1x4x!y>, tensor<4x4x!f>, tensor<4x!g>) -> tensor<1x4x!y>
  %soft = nn.softmax %scores {axis = 1 : i64} : tensor<1x4x!y> -> tensor<1x4x!p>
  %log = nn.log_softmax %scores {axis = 1 : i64} : tensor<1x4x!y> -> tensor<1x4x!y>
  return %soft, %log, %all, %large : tensor<1x4x!p>, tensor<1x4x!y>, tensor<1x1x1x12x!y>, tensor<1x8x8x4x!y>
}
}
