// The gradient of a layer on codes is the float layer's, on dequantized
// operands.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --split-input-file | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:3>
!y = !quant.uniform<i8:f32, 0.25:-10>
!w = !quant.uniform<i8:f32:3, {0.1, 0.2}>
!b = !quant.uniform<i32:f32:0, {0.05, 0.1}>

// CHECK-LABEL: @conv
// CHECK-SAME: %[[X:.*]]: tensor<1x2x2x2x!quant.uniform<i8:f32, 5.000000e-01:3>>, %[[W:[a-z0-9]*]]: {{.*}}, %[[B:[a-z0-9]*]]:
func.func @conv(%x: tensor<1x2x2x2x!x>, %w: tensor<1x1x2x2x!w>, %b: tensor<2x!b>) -> (tensor<1x1x2x2xf32>, tensor<2xf32>) {
  // CHECK: %[[WIDE:.*]] = nn.conv2d
  // CHECK: %[[Y:.*]], %[[MASK:.*]] = lowp.clamp %[[WIDE]]
  %y = nn.conv2d %x, %w, %b : (tensor<1x2x2x2x!x>, tensor<1x1x2x2x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!y>
  %d = lowp.dequantize %y : tensor<1x2x2x2x!y> -> tensor<1x2x2x2xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x2x2x2xf32>) -> tensor<f32>
  // Rounding is straight through; the clamp passes where its mask says so.
  // CHECK: %[[M:.*]] = train.saved #train.keep %[[MASK]] : tensor<1xi8>
  // CHECK: %[[SAVED:.*]] = train.saved #train.keep %[[X]]
  // CHECK-NOT: train.saved
  // CHECK: %[[DY:.*]] = lowp.select_by_mask %{{.*}}, %[[M]] : tensor<1x2x2x2xf32>, tensor<1xi8>
  // The gradient reads the input, as codes that lose their zero point here. It
  // reads neither weight nor bias nor result.
  // CHECK-NEXT: %[[REAL:.*]] = lowp.dequantize %[[SAVED]] : {{.*}} -> tensor<1x2x2x2xf32>
  // CHECK-NEXT: %[[DW:.*]] = nn.conv2d_weight_grad %[[REAL]], %[[DY]] : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x1x2x2xf32>
  // CHECK-NEXT: %[[DB:.*]] = nn.reduce sum %[[DY]]
  // CHECK-NEXT: return %[[DW]], %[[DB]]
  %dw, %db = train.gradient %loss wrt %w, %b : (tensor<f32>, tensor<1x1x2x2x!w>, tensor<2x!b>) -> (tensor<1x1x2x2xf32>, tensor<2xf32>)
  return %dw, %db : tensor<1x1x2x2xf32>, tensor<2xf32>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

// A value with two users has the sum of both contributions.
// CHECK-LABEL: @residual
func.func @residual(%x: tensor<8x!q>, %w: tensor<8x!q>) -> tensor<8xf32> {
  // CHECK: %[[A:.*]], %[[MASK:.*]] = lowp.clamp
  %a = nn.mul %x, %w : tensor<8x!q>, tensor<8x!q>
  // CHECK: nn.tanh
  %t = nn.tanh %a : tensor<8x!q>
  %s = nn.add %a, %t : tensor<8x!q>, tensor<8x!q>
  %d = lowp.dequantize %s : tensor<8x!q> -> tensor<8xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<8xf32>) -> tensor<f32>
  // CHECK: %[[CODES:.*]] = train.saved #train.keep %[[A]]
  // CHECK: %[[M:.*]] = train.saved #train.keep %[[MASK]]
  // CHECK: %[[DS:.*]] = lowp.select_by_mask
  // A rule that reads the result of its op recomputes it from saved codes.
  // CHECK: %[[DT:.*]] = lowp.select_by_mask %[[DS]]
  // CHECK-NEXT: %[[REAL:.*]] = lowp.dequantize %[[CODES]]
  // CHECK-NEXT: %[[TANH:.*]] = nn.tanh %[[REAL]] : tensor<8xf32>
  // CHECK: nn.mul %[[TANH]], %[[TANH]]
  // CHECK: %[[THROUGH:.*]] = nn.mul %[[DT]], %{{.*}} : tensor<8xf32>, tensor<8xf32>
  // CHECK-NEXT: %[[SUM:.*]] = nn.add %[[DS]], %[[THROUGH]] : tensor<8xf32>, tensor<8xf32>
  // CHECK-NEXT: lowp.select_by_mask %[[SUM]], %[[M]]
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<8x!q>) -> tensor<8xf32>
  return %dw : tensor<8xf32>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

// Quantize and dequantize pass gradients on, in the precision of their own
// reals; what the loss does not depend on has a real gradient of 0.
// CHECK-LABEL: @conversions
func.func @conversions(%x: tensor<8xf32>, %u: tensor<8x!q>) -> (tensor<8xf32>, tensor<8xf32>) {
  %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!q>
  %d = lowp.dequantize %q : tensor<8x!q> -> tensor<8xf64>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<8xf64>) -> tensor<f64>
  // CHECK: %[[DD:.*]] = nn.expand
  // CHECK: %[[DQ:.*]] = nn.cast %[[DD]] : tensor<8xf64> to tensor<8xf32>
  // CHECK: %[[DX:.*]] = lowp.select_by_mask %[[DQ]]
  // CHECK: %[[DU:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
  // CHECK: return %[[DX]], %[[DU]]
  %dx, %du = train.gradient %loss wrt %x, %u : (tensor<f64>, tensor<8xf32>, tensor<8x!q>) -> (tensor<8xf32>, tensor<8xf32>)
  return %dx, %du : tensor<8xf32>, tensor<8xf32>
}
