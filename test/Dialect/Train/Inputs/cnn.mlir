// A CNN as the graph phase leaves it: images come in as NCHW, the final softmax
// stands behind a reshape.
module attributes {train.model = "cnn"} {
  train.parameter @conv1.weight : tensor<3x3x2x4xf32> = dense<0.25> : tensor<3x3x2x4xf32>
    {external_name = "conv1.weight", layout = array<i64: 2, 3, 1, 0>}
  train.parameter @conv1.bias : tensor<4xf32> = dense<0.0> : tensor<4xf32> {external_name = "conv1.bias"}
  train.parameter @fc.weight : tensor<3x4xf32> = dense<0.5> : tensor<3x4xf32> {external_name = "fc/weight"}
  train.parameter @fc.bias : tensor<3xf32> = dense<0.0> : tensor<3xf32> {external_name = "fc/bias"}
  train.parameter @shape : tensor<2xi64> = dense<[2, 3]> : tensor<2xi64>
  func.func @infer(%x: tensor<2x2x6x6xf32> {coppice.role = #coppice.role<input "input">})
      -> (tensor<2x3xf32> {coppice.role = #coppice.role<output "output">})
      attributes {coppice.entry} {
    %nhwc = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x2x6x6xf32>) -> tensor<2x6x6x2xf32>
    %w = train.read @conv1.weight : tensor<3x3x2x4xf32>
    %b = train.read @conv1.bias : tensor<4xf32>
    %c = nn.conv2d %nhwc, %w, %b {pads = array<i64: 1, 1, 1, 1>}
      : (tensor<2x6x6x2xf32>, tensor<3x3x2x4xf32>, tensor<4xf32>) -> tensor<2x6x6x4xf32> loc("conv1")
    %r = nn.relu %c : tensor<2x6x6x4xf32>
    %p = nn.reduce mean %r {axes = array<i64: 1, 2>} : (tensor<2x6x6x4xf32>) -> tensor<2x4xf32>
    %fw = train.read @fc.weight : tensor<3x4xf32>
    %fb = train.read @fc.bias : tensor<3xf32>
    %m = nn.matmul %p, %fw {transpose_rhs} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
    %l = nn.add %m, %fb : tensor<2x3xf32>, tensor<3xf32>
    %s = nn.softmax %l {axis = 1 : i64} : tensor<2x3xf32>
    %u = nn.reshape %s : tensor<2x3xf32> -> tensor<2x3x1x1xf32>
    %v = nn.reshape %u : tensor<2x3x1x1xf32> -> tensor<2x3xf32>
    return %v : tensor<2x3xf32>
  }
}
