// A parameter that the loss depends on through integers alone has no slope: it
// is not trained, and a warning says so.
// RUN: coppice-opt %s --train-build-step="from=infer" --split-input-file --verify-diagnostics | FileCheck %s

!q = !quant.uniform<i8:f32, 0.5>
!twice = !quant.uniform<i8:f32, 1.0>

// expected-warning @+1 {{is not trained: the loss depends on it through integers alone, which have no slope}}
train.parameter @before : tensor<4x3xf32> = dense<1.0> : tensor<4x3xf32>
train.parameter @behind : tensor<3x2xf32> = dense<1.0> : tensor<3x2xf32>
train.parameter @unread : tensor<3x2xf32> = dense<1.0> : tensor<3x2xf32>

// Codes that are read with twice the scale.
func.func @infer(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %a = train.read @before : tensor<4x3xf32>
  %0 = nn.matmul %x, %a : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3xf32>
  %1 = lowp.quantize %0 : tensor<1x3xf32> -> tensor<1x3x!q>
  %2 = quant.scast %1 : tensor<1x3x!q> to tensor<1x3xi8>
  %3 = quant.scast %2 : tensor<1x3xi8> to tensor<1x3x!twice>
  %4 = lowp.dequantize %3 : tensor<1x3x!twice> -> tensor<1x3xf32>
  %b = train.read @behind : tensor<3x2xf32>
  %unread = train.read @unread : tensor<3x2xf32>
  %5 = nn.matmul %4, %b : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  return %5 : tensor<1x2xf32>
}

// CHECK: train.gradient %{{.*}} wrt %{{[^,]*}} : (tensor<f32>, tensor<3x2xf32>)

// -----

// A weight with a slope on one way, and none on another, is trained by the one.
// expected-warning @+1 {{is trained by a part of its uses: the loss depends on it through integers too, which have no slope}}
train.parameter @both : tensor<4xf32> = dense<1.0> : tensor<4xf32>
train.parameter @compared : tensor<4xf32> = dense<1.0> : tensor<4xf32>

func.func @infer(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %w = train.read @both : tensor<4xf32>
  %0 = nn.mul %x, %w : tensor<1x4xf32>, tensor<4xf32>
  %1 = nn.cast %w : tensor<4xf32> to tensor<4xi32>
  %2 = nn.cast %1 : tensor<4xi32> to tensor<4xf32>
  %3 = nn.add %0, %2 : tensor<1x4xf32>, tensor<4xf32>
  // A condition has no slope, and does not change the slopes of the values that
  // it chooses.
  %c = train.read @compared : tensor<4xf32>
  %4 = nn.compare gt %c, %x : tensor<4xf32>, tensor<1x4xf32>
  %5 = nn.where %4, %c, %3 : tensor<1x4xi1>, tensor<4xf32>, tensor<1x4xf32>
  return %5 : tensor<1x4xf32>
}
