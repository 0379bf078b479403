// RUN: coppice-opt %S/Inputs/cnn.mlir --train-build-gradients --train-autodiff | FileCheck %s

// CHECK-LABEL: func.func @gradients
// CHECK-SAME: %{{.*}}: tensor<2x2x6x6xf32> {coppice.role = #coppice.role<input "input">}, %{{.*}}: tensor<2xi64> {coppice.role = #coppice.role<label "labels">})
// CHECK-SAME: -> (tensor<f32> {coppice.role = #coppice.role<loss "loss">}
// CHECK-SAME: tensor<3x3x2x4xf32> {coppice.role = #coppice.role<gradient "conv1.weight" of @conv1.weight>}
// CHECK-SAME: tensor<4xf32> {coppice.role = #coppice.role<gradient "conv1.bias" of @conv1.bias>}
// CHECK-SAME: tensor<3x4xf32> {coppice.role = #coppice.role<gradient "fc/weight" of @fc.weight>}
// CHECK-SAME: tensor<3xf32> {coppice.role = #coppice.role<gradient "fc/bias" of @fc.bias>})
// CHECK: %[[LOSS:.*]] = nn.softmax_cross_entropy
// CHECK-NOT: train.gradient
// CHECK: nn.conv2d_weight_grad
// The gradient of the image is not built.
// CHECK-NOT: nn.conv2d_input_grad
// CHECK: return %[[LOSS]], %
