// RUN: coppice-opt %s --train-gradcheck-functions | FileCheck %s
// Every function that the tool generates has gradients throughout.
// RUN: coppice-opt %binary_dir/dialects/NN/IR/gradcheck.mlir --train-gradcheck-functions --train-autodiff | FileCheck %s --check-prefix=ALL

// ALL-NOT: train.gradient

// CHECK-LABEL: func.func @f_loss(%{{.*}}: tensor<2xf64>, %{{.*}}: tensor<i64>) -> tensor<f64>
// CHECK-SAME: gradcheck.low = 3.0
// CHECK: %[[Y:.*]] = nn.exp
// CHECK: %[[W:.*]] = arith.constant dense<[{{.*}}]> : tensor<2xf64>
// CHECK: %[[P:.*]] = nn.mul %[[Y]], %[[W]]
// CHECK: nn.reduce sum %[[P]]

// CHECK-LABEL: func.func @f_grad
// CHECK-SAME: -> (tensor<f64>, tensor<2xf64> {gradcheck.argument = 0 : i64})
// CHECK: %[[LOSS:.*]] = nn.reduce sum
// CHECK: %[[G:.*]] = train.gradient %[[LOSS]] wrt %arg0
// CHECK: return %[[LOSS]], %[[G]]
// CHECK-NOT: @f(
func.func @f(%x: tensor<2xf64>, %i: tensor<i64>) -> tensor<2xf64> attributes {gradcheck.low = 3.0} {
  %y = nn.exp %x : tensor<2xf64>
  return %y : tensor<2xf64>
}
