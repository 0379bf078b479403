// RUN: coppice-opt %s --lowp-fuse-layer-norm --canonicalize --split-input-file | FileCheck %s

!x = !quant.uniform<i8:f32, 0.05:-9>
!y = !quant.uniform<i8:f32, 0.03:4>
!g = !quant.uniform<i8:f32, 0.25>

train.parameter @gamma : tensor<2xi8> = dense<[4, -2]> : tensor<2xi8> {quantized = !g}
train.parameter @beta : tensor<2xf32> = dense<[0.5, 0.25]> : tensor<2xf32>

// Scale and shift, codes or floats, are part of the layer.
// CHECK-LABEL: @scaled
// CHECK-NOT: nn.
// CHECK: %[[Y:.*]] = lowp.layer_norm %{{.*}} {beta = array<f64: 5.000000e-01, 2.500000e-01>, epsilon = 1.000000e-05 : f64, gamma = array<f64: 1.000000e+00, -5.000000e-01>} : tensor<3x2x!quant.uniform<i8:f32, 5.000000e-02:-9>> -> tensor<3x2x!quant.uniform<i8:f32, 3.000000e-02:4>>
// CHECK-NEXT: return %[[Y]]
func.func @scaled(%q: tensor<3x2x!x>) -> tensor<3x2x!y> {
  %x = lowp.dequantize %q : tensor<3x2x!x> -> tensor<3x2xf32>
  %n, %m, %v = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %c = train.read @gamma : tensor<2x!g>
  %gamma = lowp.dequantize %c : tensor<2x!g> -> tensor<2xf32>
  %s = nn.mul %gamma, %n : tensor<2xf32>, tensor<3x2xf32>
  %beta = train.read @beta : tensor<2xf32>
  %t = nn.add %s, %beta : tensor<3x2xf32>, tensor<2xf32>
  %r = lowp.quantize %t : tensor<3x2xf32> -> tensor<3x2x!y>
  return %r : tensor<3x2x!y>
}

// One factor for all, no shift, no mean.
// CHECK-LABEL: @rms
// CHECK: lowp.layer_norm %{{.*}} {beta = array<f64: 0.000000e+00, 0.000000e+00>, {{.*}}gamma = array<f64: 2.000000e+00, 2.000000e+00>, uncentered}
func.func @rms(%q: tensor<3x2x!x>) -> tensor<3x2x!y> {
  %x = lowp.dequantize %q : tensor<3x2x!x> -> tensor<3x2xf32>
  %n, %m, %v = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5, uncentered} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %two = arith.constant dense<2.0> : tensor<f32>
  %s = nn.mul %n, %two : tensor<3x2xf32>, tensor<f32>
  %r = lowp.quantize %s : tensor<3x2xf32> -> tensor<3x2x!y>
  return %r : tensor<3x2x!y>
}

// -----

!x = !quant.uniform<i8:f32, 0.05:-9>
!y = !quant.uniform<i8:f32, 0.03:4>

train.parameter @gamma : tensor<2xf32> = dense<[1.0, 0.5]> : tensor<2xf32>

// A scale that a step trains is not a constant, whichever op reads it. A norm
// is not fused if a gradient reads its statistics.
// CHECK-LABEL: @infer
// CHECK: nn.normalize
// CHECK: nn.mul
func.func @infer(%q: tensor<3x2x!x>) -> tensor<3x2x!y> {
  %x = lowp.dequantize %q : tensor<3x2x!x> -> tensor<3x2xf32>
  %n, %m, %v = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %gamma = train.read @gamma : tensor<2xf32>
  %s = nn.mul %n, %gamma : tensor<3x2xf32>, tensor<2xf32>
  %r = lowp.quantize %s : tensor<3x2xf32> -> tensor<3x2x!y>
  return %r : tensor<3x2x!y>
}
// CHECK-LABEL: @train
// CHECK: nn.normalize
// CHECK: nn.mul
func.func @train(%q: tensor<3x2x!x>) -> (tensor<3x2x!y>, tensor<3x1xf32>) {
  %x = lowp.dequantize %q : tensor<3x2x!x> -> tensor<3x2xf32>
  %n, %m, %v = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %half = arith.constant dense<0.5> : tensor<2xf32>
  %s = nn.mul %n, %half : tensor<3x2xf32>, tensor<2xf32>
  %r = lowp.quantize %s : tensor<3x2xf32> -> tensor<3x2x!y>
  train.write %half, @gamma : tensor<2xf32>
  return %r, %v : tensor<3x2x!y>, tensor<3x1xf32>
}
