// Ops that put elements elsewhere move codes in their own format, which changes
// behind them; one that compares elements stays between its conversions.
// RUN: coppice-opt %s --lowp-fuse-qdq --canonicalize | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-10>
!y = !quant.uniform<i8:f32, 0.125:-4>

// CHECK-LABEL: @nearest
// CHECK: %[[LARGE:.*]] = nn.resize %arg0 {{.*}} -> tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01:-10>>
// CHECK: nn.cast %[[LARGE]] : {{.*}} to tensor<1x4x4x3x!quant.uniform<i8:f32, 1.250000e-01:-4>>
func.func @nearest(%x: tensor<1x2x2x3x!x>) -> tensor<1x4x4x3x!y> {
  %0 = lowp.dequantize %x : tensor<1x2x2x3x!x> -> tensor<1x2x2x3xf32>
  %1 = nn.resize %0 {scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  %2 = lowp.quantize %1 : tensor<1x4x4x3xf32> -> tensor<1x4x4x3x!y>
  return %2 : tensor<1x4x4x3x!y>
}

// A float op reads what was moved.
// CHECK-LABEL: @reflect
// CHECK: %[[PADDED:.*]] = nn.pad %arg0 {{.*}} -> tensor<5x!quant.uniform<i8:f32, 5.000000e-01:-10>>
// CHECK: %[[REAL:.*]] = lowp.dequantize %[[PADDED]]
// CHECK: return %[[REAL]]
func.func @reflect(%x: tensor<3x!x>) -> tensor<5xf32> {
  %0 = lowp.dequantize %x : tensor<3x!x> -> tensor<3xf32>
  %1 = nn.pad %0 {low = array<i64: 1>, high = array<i64: 1>, mode = 1 : i32} : (tensor<3xf32>) -> tensor<5xf32>
  return %1 : tensor<5xf32>
}

// CHECK-LABEL: @zeros
// CHECK: nn.pad %{{.*}} -> tensor<5xf32>
func.func @zeros(%x: tensor<3x!x>) -> tensor<5xf32> {
  %0 = lowp.dequantize %x : tensor<3x!x> -> tensor<3xf32>
  %1 = nn.pad %0 {low = array<i64: 1>, high = array<i64: 1>} : (tensor<3xf32>) -> tensor<5xf32>
  return %1 : tensor<5xf32>
}

// CHECK-LABEL: @largest
// CHECK: nn.max_pool2d %arg0 {{.*}} -> tensor<1x1x1x3x!quant.uniform<i8:f32, 1.250000e-01:-4>>
func.func @largest(%x: tensor<1x2x2x3x!x>) -> tensor<1x1x1x3x!y> {
  %0 = lowp.dequantize %x : tensor<1x2x2x3x!x> -> tensor<1x2x2x3xf32>
  %1 = nn.max_pool2d %0 {kernel = array<i64: 2, 2>} : (tensor<1x2x2x3xf32>) -> tensor<1x1x1x3xf32>
  %2 = lowp.quantize %1 : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!y>
  return %2 : tensor<1x1x1x3x!y>
}
