// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-gradients --train-autodiff | FileCheck %s

// CHECK-LABEL: func.func @gradients
// CHECK-SAME: %{{.*}}: tensor<2x2x6x6xf32> {train.name = "input"}, %{{.*}}: tensor<2xi64> {train.name = "labels"})
// CHECK-SAME: -> (tensor<f32> {train.name = "loss"}
// CHECK-SAME: tensor<3x3x2x4xf32> {train.gradient_of = @conv1.weight, train.name = "conv1.weight"}
// CHECK-SAME: tensor<4xf32> {train.gradient_of = @conv1.bias, train.name = "conv1.bias"}
// CHECK-SAME: tensor<3x4xf32> {train.gradient_of = @fc.weight, train.name = "fc/weight"}
// CHECK-SAME: tensor<3xf32> {train.gradient_of = @fc.bias, train.name = "fc/bias"})
// CHECK: %[[LOSS:.*]] = nn.softmax_cross_entropy
// CHECK-NOT: train.gradient
// CHECK: nn.conv2d_weight_grad
// The gradient of the image is not built.
// CHECK-NOT: nn.conv2d_input_grad
// CHECK: return %[[LOSS]], %
