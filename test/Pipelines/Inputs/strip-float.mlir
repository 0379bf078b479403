// Rectifiers whose masks are held where biases train, and weights that train in
// part.
module attributes {train.model = "float"} {
  train.parameter @c0.weight : tensor<1x1x2x4xf32> = dense<0.5> : tensor<1x1x2x4xf32> {external_name = "c0.weight"}
  train.parameter @c0.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "c0.bias"}
  train.parameter @c1.weight : tensor<1x1x4x4xf32> = dense<0.25> : tensor<1x1x4x4xf32> {external_name = "c1.weight"}
  train.parameter @c1.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "c1.bias"}
  train.parameter @fc.weight : tensor<4x3xf32> = dense<0.5> : tensor<4x3xf32> {external_name = "fc.weight"}
  func.func @infer(%x: tensor<2x4x4x2xf32> {train.name = "input"}) -> (tensor<2x3xf32> {train.name = "output"}) {
    %w0 = train.read @c0.weight : tensor<1x1x2x4xf32>
    %b0 = train.read @c0.bias : tensor<4xf32>
    %c0 = nn.conv2d %x, %w0, %b0 : (tensor<2x4x4x2xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<2x4x4x4xf32>
    %r0 = nn.relu %c0 : tensor<2x4x4x4xf32>
    %w1 = train.read @c1.weight : tensor<1x1x4x4xf32>
    %b1 = train.read @c1.bias : tensor<4xf32>
    %c1 = nn.conv2d %r0, %w1, %b1 : (tensor<2x4x4x4xf32>, tensor<1x1x4x4xf32>, tensor<4xf32>) -> tensor<2x4x4x4xf32>
    %r1 = nn.relu %c1 : tensor<2x4x4x4xf32>
    %pool = nn.reduce mean %r1 {axes = array<i64: 1, 2>} : (tensor<2x4x4x4xf32>) -> tensor<2x4xf32>
    %w2 = train.read @fc.weight : tensor<4x3xf32>
    %logits = nn.matmul %pool, %w2 : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    return %logits : tensor<2x3xf32>
  }
}
