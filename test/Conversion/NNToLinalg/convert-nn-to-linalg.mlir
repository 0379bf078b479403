// RUN: coppice-opt %s --convert-nn-to-linalg | FileCheck %s

// Padding is explicit, the bias stays apart from the sum.
// CHECK-LABEL: func @conv
func.func @conv(%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x3x16xf32>, %b: tensor<16xf32>) -> tensor<1x8x8x16xf32> {
  // CHECK: tensor.insert_slice %{{.*}}[0, 1, 1, 0] [1, 8, 8, 3]
  // CHECK: linalg.generic {{.*}}["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
  // CHECK: arith.mulf {{.*}} fastmath<contract>
  // CHECK: arith.addf {{.*}} fastmath<contract>
  // CHECK: linalg.generic
  // CHECK: arith.addf
  %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>}
     : (tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  return %y : tensor<1x8x8x16xf32>
}

// A 1×1 window has the loops of any other, so that its consumer has the shape of
// its result.
// CHECK-LABEL: func @pointwise
func.func @pointwise(%x: tensor<1x8x8x3xf32>, %w: tensor<1x1x3x16xf32>) -> tensor<1x8x8x16xf32> {
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: linalg.generic {{.*}}["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
  %y = nn.conv2d %x, %w : (tensor<1x8x8x3xf32>, tensor<1x1x3x16xf32>) -> tensor<1x8x8x16xf32>
  return %y : tensor<1x8x8x16xf32>
}

// A splat is a constant of the body; unsigned becomes signless.
// CHECK-LABEL: func @unsigned
// CHECK-SAME: tensor<4xi8>) -> tensor<4xi8>
func.func @unsigned(%x: tensor<4xui8>) -> tensor<4xui8> {
  // CHECK: linalg.generic {{.*}} ins(%{{[^,]*}} : tensor<4xi8>)
  // CHECK: arith.minui
  %c = arith.constant dense<200> : tensor<ui8>
  %y = nn.min %x, %c : tensor<4xui8>, tensor<ui8>
  return %y : tensor<4xui8>
}
