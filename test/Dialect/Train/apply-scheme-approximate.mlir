// norm-shift trains the shifts of normalizations, whatever their form, and not
// their scales: those of a batch norm that normalizes by running statistics or
// by the batch, of layer norm, seen through a reshape. Another factor trains.
// RUN: coppice-opt %s --train-build-step=approximate=norm-shift,hard-swish | FileCheck %s
// RUN: coppice-opt %s --train-build-step="approximate=norm-shift,hard-swish batch-norm=train" | FileCheck %s
// RUN: coppice-opt %s --train-build-gradients=approximate=norm-shift | FileCheck %s --check-prefix=GRADIENTS

// CHECK-LABEL: func.func @train
// CHECK-SAME: train.approximate = ["norm-shift", "hard-swish"]
// CHECK-SAME: train.schemes = {factor = #train.update<full>, layer.scale = #train.update<none>, layer.shift = #train.update<full>, scale = #train.update<none>, shift = #train.update<full>}
// GRADIENTS-LABEL: func.func @gradients
// GRADIENTS-SAME: train.approximate = ["norm-shift"]
// GRADIENTS-SAME: layer.scale = #train.update<none>
train.parameter @scale : tensor<3xf32> = dense<1.0> : tensor<3xf32>
train.parameter @shift : tensor<3xf32> = dense<0.0> : tensor<3xf32>
train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
train.parameter @variance : tensor<3xf32> = dense<1.0> : tensor<3xf32> {role = 1 : i32}
train.parameter @layer.scale : tensor<3xf32> = dense<1.0> : tensor<3xf32>
train.parameter @layer.shift : tensor<3xf32> = dense<0.0> : tensor<3xf32>
train.parameter @factor : tensor<3xf32> = dense<1.0> : tensor<3xf32>

func.func @infer(%x: tensor<2x4x4x3xf32>) -> tensor<2x3xf32> {
  %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
  %0 = train.read @scale : tensor<3xf32>
  %scale = nn.reshape %0 : tensor<3xf32> -> tensor<1x1x3xf32>
  %1 = train.read @mean : tensor<3xf32>
  %mean = nn.reshape %1 : tensor<3xf32> -> tensor<1x1x3xf32>
  %2 = train.read @variance : tensor<3xf32>
  %variance = nn.reshape %2 : tensor<3xf32> -> tensor<1x1x3xf32>
  %3 = train.read @shift : tensor<3xf32>
  %4 = nn.add %variance, %epsilon : tensor<1x1x3xf32>, tensor<f32>
  %deviation = nn.rsqrt %4 : tensor<1x1x3xf32>
  %gain = nn.mul %scale, %deviation : tensor<1x1x3xf32>, tensor<1x1x3xf32>
  %centred = nn.sub %x, %mean : tensor<2x4x4x3xf32>, tensor<1x1x3xf32>
  %scaled = nn.mul %centred, %gain : tensor<2x4x4x3xf32>, tensor<1x1x3xf32>
  %y = nn.add %scaled, %3 : tensor<2x4x4x3xf32>, tensor<3xf32>
  %h = nn.hard_swish %y : tensor<2x4x4x3xf32>
  %5 = train.read @factor : tensor<3xf32>
  %k = nn.mul %h, %5 : tensor<2x4x4x3xf32>, tensor<3xf32>
  %n, %m, %v = nn.normalize %k {axes = array<i64: 3>, epsilon = 1.0e-5} : (tensor<2x4x4x3xf32>) -> (tensor<2x4x4x3xf32>, tensor<2x4x4x1xf32>, tensor<2x4x4x1xf32>)
  %6 = train.read @layer.scale : tensor<3xf32>
  %7 = train.read @layer.shift : tensor<3xf32>
  %8 = nn.mul %n, %6 : tensor<2x4x4x3xf32>, tensor<3xf32>
  %9 = nn.add %8, %7 : tensor<2x4x4x3xf32>, tensor<3xf32>
  %logits = nn.reduce mean %9 {axes = array<i64: 1, 2>} : (tensor<2x4x4x3xf32>) -> tensor<2x3xf32>
  return %logits : tensor<2x3xf32>
}
