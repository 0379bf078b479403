// Four layers and a classifier: 1x1 convolution, depthwise, 1x1, matmul.
module attributes {train.model = "deep"} {
  train.parameter @c0.weight : tensor<1x1x2x4xf32> = dense<[[[[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]]]]> : tensor<1x1x2x4xf32> {external_name = "stem/weight"}
  train.parameter @c0.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "stem/bias"}
  // Norms of the channels: 2, 4, 4, 1.
  train.parameter @c1.weight : tensor<2x1x1x4xf32> = dense<[[[[2.0, 4.0, 0.0, 1.0]]], [[[0.0, 0.0, 4.0, 0.0]]]]> : tensor<2x1x1x4xf32> {external_name = "dw/weight"}
  train.parameter @c1.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "dw/bias"}
  // Norms of the input channels: 3, 5, 1, 5.
  train.parameter @c2.weight : tensor<1x1x4x3xf32> = dense<[[[[3.0, 0.0, 0.0], [0.0, 5.0, 0.0], [1.0, 0.0, 0.0], [3.0, 4.0, 0.0]]]]> : tensor<1x1x4x3xf32> {external_name = "pw/weight"}
  train.parameter @c2.bias : tensor<3xf32> = dense<0.0> : tensor<3xf32> {external_name = "pw/bias"}
  train.parameter @fc0.weight : tensor<4x3xf32> = dense<[[1.0, 2.0, 0.5], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<4x3xf32> {external_name = "hidden/weight"}
  train.parameter @fc0.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "hidden/bias"}
  train.parameter @fc1.weight : tensor<5x4xf32> = dense<0.5> : tensor<5x4xf32> {external_name = "head/weight"}
  train.parameter @fc1.bias : tensor<5xf32> = dense<0.0> : tensor<5xf32> {external_name = "head/bias"}
  func.func @infer(%x: tensor<2x4x4x2xf32> {coppice.role = #coppice.role<input "input">}) -> (tensor<2x5xf32> {coppice.role = #coppice.role<output "output">})
      attributes {coppice.entry} {
    %w0 = train.read @c0.weight : tensor<1x1x2x4xf32>
    %b0 = train.read @c0.bias : tensor<4xf32>
    %0 = nn.conv2d %x, %w0, %b0 : (tensor<2x4x4x2xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<2x4x4x4xf32>
    %r0 = nn.relu %0 : tensor<2x4x4x4xf32>
    %w1 = train.read @c1.weight : tensor<2x1x1x4xf32>
    %b1 = train.read @c1.bias : tensor<4xf32>
    %1 = nn.conv2d %r0, %w1, %b1 {groups = 4 : i64} : (tensor<2x4x4x4xf32>, tensor<2x1x1x4xf32>, tensor<4xf32>) -> tensor<2x3x4x4xf32>
    %r1 = nn.relu %1 : tensor<2x3x4x4xf32>
    %w2 = train.read @c2.weight : tensor<1x1x4x3xf32>
    %b2 = train.read @c2.bias : tensor<3xf32>
    %2 = nn.conv2d %r1, %w2, %b2 : (tensor<2x3x4x4xf32>, tensor<1x1x4x3xf32>, tensor<3xf32>) -> tensor<2x3x4x3xf32>
    %p = nn.reduce mean %2 {axes = array<i64: 1, 2>} : (tensor<2x3x4x3xf32>) -> tensor<2x3xf32>
    %w3 = train.read @fc0.weight : tensor<4x3xf32>
    %b3 = train.read @fc0.bias : tensor<4xf32>
    %3 = nn.matmul %p, %w3 {transpose_rhs} : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>
    %a3 = nn.add %3, %b3 : tensor<2x4xf32>, tensor<4xf32>
    %r3 = nn.tanh %a3 : tensor<2x4xf32>
    %w4 = train.read @fc1.weight : tensor<5x4xf32>
    %b4 = train.read @fc1.bias : tensor<5xf32>
    %4 = nn.matmul %r3, %w4 {transpose_rhs} : (tensor<2x4xf32>, tensor<5x4xf32>) -> tensor<2x5xf32>
    %a4 = nn.add %4, %b4 : tensor<2x5xf32>, tensor<5xf32>
    return %a4 : tensor<2x5xf32>
  }
}
