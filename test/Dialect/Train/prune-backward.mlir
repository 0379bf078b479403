// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step="momentum=0.9 update=%S/Inputs/scheme.yaml" --train-prune-backward | FileCheck %s
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step="momentum=0.9 update=%S/Inputs/scheme.yaml" --train-prune-backward --train-autodiff --train-narrow-gradients --canonicalize | FileCheck %s --check-prefix=CODE
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step="optimizer=adam accumulate=2 update=head" --train-prune-backward --train-autodiff --canonicalize | FileCheck %s --check-prefix=HEAD
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-gradients=update=%S/Inputs/scheme.yaml --train-prune-backward | FileCheck %s --check-prefix=GRAD

// A weight trained in part becomes two parameters, and its slot has the size of
// one.
// CHECK-NOT: train.parameter @c2.weight :
// CHECK: train.parameter @c2.weight.trained : tensor<1x1x2x3xf32> = {{.*}} {external_name = "pw/weight", train.slice_axis = 2 : i64, train.slice_indices = array<i64: 1, 3>, train.slice_of = "c2.weight"}
// CHECK: train.parameter @c2.weight.frozen : tensor<1x1x2x3xf32> = {{.*}} train.slice_indices = array<i64: 0, 2>
// A parameter that is not trained has no slot.
// CHECK-NOT: @c0.weight.momentum
// CHECK-NOT: @c0.bias.momentum
// CHECK: train.parameter @c2.weight.momentum : tensor<1x1x2x3xf32> = dense<0.000000e+00>
// CHECK: train.parameter @c2.bias.momentum : tensor<3xf32>
// Inference joins the slices.
// CHECK-LABEL: func.func @infer
// CHECK: %[[T:.*]] = train.read @c2.weight.trained
// CHECK: %[[F:.*]] = train.read @c2.weight.frozen
// CHECK: %[[BOTH:.*]] = nn.concat %[[T]], %[[F]] {axis = 2 : i64}
// CHECK: %[[PLACE:.*]] = arith.constant dense<[2, 0, 3, 1]>
// CHECK: %[[W:.*]] = nn.gather %[[BOTH]], %[[PLACE]] {axis = 2 : i64}
// CHECK: nn.conv2d %{{.*}}, %[[W]]
// CHECK-LABEL: func.func @train
// CHECK: train.gradient
// CHECK-SAME: (tensor<f32>, tensor<2x1x1x4xf32>, tensor<1x1x4x3xf32>, tensor<3xf32>, tensor<4x3xf32>, tensor<4xf32>, tensor<5x4xf32>, tensor<5xf32>)
// CHECK-NOT: @c0.{{[a-z]*}} :
// CHECK: train.write %{{.*}}, @c2.weight.trained : tensor<1x1x2x3xf32>
// CHECK: train.write %{{.*}}, @c2.weight.momentum : tensor<1x1x2x3xf32>
// CHECK-NOT: @c0

// Backward: forward values are gathered where they are made, no gradient of a
// whole weight is computed, and no gradient flows into the stem.
// CODE-LABEL: func.func @train
// CODE: %[[X:.*]] = nn.relu
// CODE-NEXT: nn.gather %[[X]], %{{.*}} : (tensor<2x4x4x4xf32>, tensor<2xi64>) -> tensor<2x4x4x2xf32>
// CODE: nn.softmax_cross_entropy
// CODE-COUNT-1: nn.conv2d_input_grad
// CODE-NOT: nn.conv2d_input_grad
// CODE: nn.conv2d_weight_grad {{.*}} : (tensor<2x3x4x2xf32>, tensor<2x3x4x3xf32>) -> tensor<1x1x2x3xf32>
// CODE: nn.conv2d_weight_grad {{.*}} {groups = 2 : i64} : (tensor<2x4x4x2xf32>, tensor<2x3x4x2xf32>) -> tensor<2x1x1x2xf32>
// CODE-NOT: nn.conv2d_weight_grad

// Training the head alone needs no convolution's gradient, no slot but the
// head's.
// HEAD-COUNT-2: .accumulator :
// HEAD-NOT: .accumulator :
// HEAD-LABEL: func.func @train
// HEAD-NOT: _grad
// HEAD-NOT: nn.tanh_
// HEAD: train.write %{{.*}}, @train.step
// HEAD: train.write %{{.*}}, @fc1.weight :
// HEAD: train.write %{{.*}}, @fc1.bias :
// HEAD-NOT: train.write %{{.*}}, @fc0

// GRAD-LABEL: func.func @gradients
// GRAD-SAME: -> (tensor<f32> {coppice.role = #coppice.role<loss "loss">}, tensor<2x1x1x2xf32> {coppice.role = #coppice.role<gradient "dw/weight" of @c1.weight.trained>}
// GRAD-SAME: tensor<3xf32> {coppice.role = #coppice.role<gradient "pw/bias" of @c2.bias>}
