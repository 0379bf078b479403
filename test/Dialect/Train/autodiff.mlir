// RUN: coppice-opt %s --train-autodiff --split-input-file | FileCheck %s
// RUN: coppice-opt %s --train-autodiff --split-input-file --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC

// A value with two users: one sum of adjoints.
// CHECK-LABEL: func @residual
// CHECK-SAME: %[[W:.*]]: tensor<4xf32>
func.func @residual(%w: tensor<4xf32>) -> tensor<4xf32> {
  %a = nn.exp %w : tensor<4xf32>
  %b = nn.tanh %a : tensor<4xf32>
  %c = nn.add %a, %b : tensor<4xf32>, tensor<4xf32>
  %loss = nn.reduce sum %c {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  // One edge a value, however many rules read it.
  // CHECK: train.saved #train.keep %{{.*}}
  // CHECK: train.saved #train.keep %{{.*}}
  // CHECK-NOT: train.saved
  // CHECK: %[[DY:.*]] = nn.expand
  // CHECK: %[[DTANH:.*]] = nn.mul %[[DY]]
  // CHECK: %[[SUM:.*]] = nn.add %[[DY]], %[[DTANH]]
  // CHECK: %[[DW:.*]] = nn.mul %[[SUM]], %{{.*}} : tensor<4xf32>, tensor<4xf32>
  // CHECK-NEXT: return %[[DW]]
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dw : tensor<4xf32>
}

// -----

// Only requested gradients are built: the gradient of %b needs no other
// gradient.
// CHECK-LABEL: func @demanded
func.func @demanded(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %h = nn.relu %x : tensor<2x3xf32>
  %m = nn.matmul %h, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %y = nn.add %m, %b : tensor<2x4xf32>, tensor<4xf32>
  %loss = nn.reduce mean %y {axes = array<i64: 0, 1>} : (tensor<2x4xf32>) -> tensor<f32>
  // CHECK: nn.reduce mean
  // CHECK-NOT: nn.matmul
  // CHECK-NOT: nn.where
  // CHECK: return
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %db : tensor<4xf32>
}

// -----

// Labels, comparisons and floor carry no gradient; what the loss does not
// depend on has gradient 0.
// CHECK-LABEL: func @inactive
func.func @inactive(%x: tensor<2x3xf32>, %u: tensor<5xf32>) -> (tensor<2x3xf32>, tensor<5xf32>) {
  %f = nn.floor %x : tensor<2x3xf32>
  %i = nn.cast %x : tensor<2x3xf32> to tensor<2x3xi32>
  %g = nn.cast %i : tensor<2x3xi32> to tensor<2x3xf32>
  %y = nn.add %f, %g : tensor<2x3xf32>, tensor<2x3xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<f32>
  // CHECK: %[[DX:.*]] = arith.constant dense<0.000000e+00> : tensor<2x3xf32>
  // CHECK: %[[DU:.*]] = arith.constant dense<0.000000e+00> : tensor<5xf32>
  // CHECK: return %[[DX]], %[[DU]]
  %dx, %du = train.gradient %loss wrt %x, %u : (tensor<f32>, tensor<2x3xf32>, tensor<5xf32>) -> (tensor<2x3xf32>, tensor<5xf32>)
  return %dx, %du : tensor<2x3xf32>, tensor<5xf32>
}

// -----

// Results without a gradient are null to the rule; the seed replaces 1; a
// tensor may be the loss itself.
// CHECK-LABEL: func @several_results
// CHECK-SAME: %[[X:.*]]: tensor<3x5xf32>, %[[SEED:.*]]: tensor<f32>
// LOC: nn.rsqrt {{.*}} loc([[AT:#.*]])
// LOC-DAG: [[AT]] = loc(fused<#train.part<gradient>>{{\[}}[[CHILD:#.*]]{{\]}})
// LOC-DAG: [[CHILD]] = loc("layernorm.gradient")
func.func @several_results(%x: tensor<3x5xf32>, %seed: tensor<f32>) -> (tensor<3x5xf32>, tensor<f32>) {
  %y, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5}
    : (tensor<3x5xf32>) -> (tensor<3x5xf32>, tensor<3x1xf32>, tensor<3x1xf32>) loc("layernorm")
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<3x5xf32>) -> tensor<f32>
  // CHECK: nn.reshape %[[SEED]]
  // CHECK: nn.rsqrt
  // CHECK: return %{{.*}}, %[[SEED]]
  %dx, %dl = train.gradient %loss wrt %x, %loss seed %seed
    : (tensor<f32>, tensor<3x5xf32>, tensor<f32>, tensor<f32>) -> (tensor<3x5xf32>, tensor<f32>)
  return %dx, %dl : tensor<3x5xf32>, tensor<f32>
}

// -----

// A gradient of a gradient: 3 x^2, then 6 x.
// CHECK-LABEL: func @second_order
// CHECK-NOT: train.gradient
func.func @second_order(%x: tensor<f32>) -> tensor<f32> {
  %x2 = nn.mul %x, %x : tensor<f32>, tensor<f32>
  %x3 = nn.mul %x2, %x : tensor<f32>, tensor<f32>
  %d = train.gradient %x3 wrt %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %dd = train.gradient %d wrt %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %dd : tensor<f32>
}

// -----

// A step that stores gradients in a narrower format: the gradient of a value
// that depends on an input passes an edge with it. A scaled loss is scaled
// back.
// CHECK-LABEL: func @format
// CHECK-NOT: attributes
func.func @format(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> tensor<3x4xf32> attributes {train.gradient_format = #train.narrow<bf16>, train.loss_scale = 4.0} {
  %m = nn.matmul %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %y = nn.tanh %m : tensor<2x4xf32>
  %loss = nn.reduce mean %y {axes = array<i64: 0, 1>} : (tensor<2x4xf32>) -> tensor<f32>
  // CHECK: %[[SEED:.*]] = arith.constant dense<4.000000e+00>
  // CHECK: nn.sub
  // CHECK: %[[DM:.*]] = nn.mul {{.*}} : tensor<2x4xf32>, tensor<2x4xf32>
  // CHECK-NEXT: %[[G:.*]] = train.saved #train.narrow<bf16> %[[DM]] : tensor<2x4xf32>
  // CHECK: nn.matmul %{{.*}}, %[[G]] {{.*}} -> tensor<3x4xf32>
  // CHECK: %[[BACK:.*]] = arith.constant dense<2.500000e-01>
  // CHECK-NEXT: nn.mul %{{.*}}, %[[BACK]]
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return %dw : tensor<3x4xf32>
}

// -----

// Parameters and constants get no edge.
train.parameter @w : tensor<2xf32> = dense<1.0> : tensor<2xf32>
// CHECK-LABEL: func @parameters
// CHECK-NOT: train.saved
func.func @parameters() -> tensor<2xf32> {
  %w = train.read @w : tensor<2xf32>
  %two = arith.constant dense<2.0> : tensor<2xf32>
  %s = nn.mul %w, %two : tensor<2xf32>, tensor<2xf32>
  %y = nn.mul %w, %s : tensor<2xf32>, tensor<2xf32>
  // CHECK: nn.reduce
  // CHECK: train.saved #train.keep %{{.*}} : tensor<2xf32>
  // CHECK-NOT: train.saved
  // CHECK: return
  %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  return %dw : tensor<2xf32>
}
