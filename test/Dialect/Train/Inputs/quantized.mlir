// A small int8 network with a residual connection: 1x1, depthwise, 1x1, and a
// float classifier.
!in = !quant.uniform<i8:f32, 0.5:1>
!a0 = !quant.uniform<i8<3:127>:f32, 0.25:3>
!a1 = !quant.uniform<i8:f32, 0.125:-2>
!a2 = !quant.uniform<i8:f32, 0.5:0>
!sum = !quant.uniform<i8:f32, 1.0:5>
!w0 = !quant.uniform<i8:f32:3, {0.5, 0.25, 0.5, 0.125}>
!b0 = !quant.uniform<i32:f32:0, {0.25, 0.125, 0.25, 0.0625}>
!w1 = !quant.uniform<i8:f32:3, {0.5, 0.25, 0.125, 1.0e-9}>
!b1 = !quant.uniform<i32:f32:0, {0.125, 0.0625, 0.03125, 2.5e-10}>
!w2 = !quant.uniform<i8:f32:3, {0.125, 0.25, 0.5, 0.25}>
!b2 = !quant.uniform<i32:f32:0, {0.015625, 0.03125, 0.0625, 0.03125}>
module attributes {train.model = "quantized"} {
  train.parameter @c0.weight : tensor<1x1x2x4xi8> = dense<[[[[1, 1, 1, 1], [2, 2, 2, 2]]]]> : tensor<1x1x2x4xi8> {external_name = "stem/weight", quantized = !w0}
  train.parameter @c0.bias : tensor<4xi32> = dense<0> : tensor<4xi32> {external_name = "stem/bias", quantized = !b0}
  // Norms of the channels: 2, 4, 4, 1.
  train.parameter @c1.weight : tensor<2x1x1x4xi8> = dense<[[[[2, 4, 0, 1]]], [[[0, 0, -4, 0]]]]> : tensor<2x1x1x4xi8> {external_name = "dw/weight", quantized = !w1}
  train.parameter @c1.bias : tensor<4xi32> = dense<[0, 1, 2, -2147483648]> : tensor<4xi32> {external_name = "dw/bias", quantized = !b1}
  // Norms of the input channels' codes: 3, 5, 1, 5.
  train.parameter @c2.weight : tensor<1x1x4x4xi8> = dense<[[[[3, 0, 0, 0], [0, -5, 0, 0], [1, 0, 0, 0], [3, 4, 0, 0]]]]> : tensor<1x1x4x4xi8> {external_name = "pw/weight", quantized = !w2}
  train.parameter @c2.bias : tensor<4xi32> = dense<0> : tensor<4xi32> {external_name = "pw/bias", quantized = !b2}
  train.parameter @fc.weight : tensor<5x4xf32> = dense<0.5> : tensor<5x4xf32> {external_name = "head/weight"}
  train.parameter @fc.bias : tensor<5xf32> = dense<0.0> : tensor<5xf32> {external_name = "head/bias"}
  func.func @infer(%x: tensor<2x4x4x2xf32> {coppice.role = #coppice.role<input "input">}) -> (tensor<2x5xf32> {coppice.role = #coppice.role<output "output">})
      attributes {coppice.entry} {
    %q = lowp.quantize %x : tensor<2x4x4x2xf32> -> tensor<2x4x4x2x!in>
    %w0 = train.read @c0.weight : tensor<1x1x2x4x!w0>
    %b0 = train.read @c0.bias : tensor<4x!b0>
    %0 = nn.conv2d %q, %w0, %b0 : (tensor<2x4x4x2x!in>, tensor<1x1x2x4x!w0>, tensor<4x!b0>) -> tensor<2x4x4x4x!a0>
    %w1 = train.read @c1.weight : tensor<2x1x1x4x!w1>
    %b1 = train.read @c1.bias : tensor<4x!b1>
    %1 = nn.conv2d %0, %w1, %b1 {groups = 4 : i64, pads = array<i64: 0, 0, 1, 0>} : (tensor<2x4x4x4x!a0>, tensor<2x1x1x4x!w1>, tensor<4x!b1>) -> tensor<2x4x4x4x!a1>
    %w2 = train.read @c2.weight : tensor<1x1x4x4x!w2>
    %b2 = train.read @c2.bias : tensor<4x!b2>
    %2 = nn.conv2d %1, %w2, %b2 : (tensor<2x4x4x4x!a1>, tensor<1x1x4x4x!w2>, tensor<4x!b2>) -> tensor<2x4x4x4x!a2>
    %cat = nn.concat %0, %2 {axis = 3 : i64} : (tensor<2x4x4x4x!a0>, tensor<2x4x4x4x!a2>) -> tensor<2x4x4x8x!sum>
    %p = nn.reduce mean %cat {axes = array<i64: 1, 2>} : (tensor<2x4x4x8x!sum>) -> tensor<2x8x!sum>
    %s = nn.slice %p {starts = array<i64: 0, 2>, strides = array<i64: 1, 1>} : (tensor<2x8x!sum>) -> tensor<2x4x!sum>
    %d = lowp.dequantize %s : tensor<2x4x!sum> -> tensor<2x4xf32>
    %w3 = train.read @fc.weight : tensor<5x4xf32>
    %b3 = train.read @fc.bias : tensor<5xf32>
    %3 = nn.matmul %d, %w3 {transpose_rhs} : (tensor<2x4xf32>, tensor<5x4xf32>) -> tensor<2x5xf32>
    %a3 = nn.add %3, %b3 : tensor<2x5xf32>, tensor<5xf32>
    return %a3 : tensor<2x5xf32>
  }
}
