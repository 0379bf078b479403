// RUN: coppice-opt %s --train-lower-updates --canonicalize | FileCheck %s

!w = !quant.uniform<i8:f32:1, {0.5, 0.25}>

// Scaled: SGD on real values, whose step is divided by the scale of its
// channel.
// CHECK-LABEL: func @scaled
// CHECK-SAME: %[[W:.*]]: tensor<3x2x!per_axis_i8>, %[[G:.*]]: tensor<3x2xf32>, %[[LR:.*]]: tensor<f32>, %[[T:.*]]: tensor<i64>
func.func @scaled(%w: tensor<3x2x!w>, %g: tensor<3x2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<3x2x!w> {
  // CHECK-DAG: %[[INVERSE:.*]] = arith.constant dense<[2.000000e+00, 4.000000e+00]> : tensor<2xf32>
  // CHECK-DAG: %[[CODES:.*]] = quant.scast %[[W]]
  // CHECK-DAG: %[[Q:.*]] = nn.cast %[[CODES]] : tensor<3x2xi8> to tensor<3x2xf32>
  // CHECK: %[[STEP:.*]] = nn.mul %[[LR]], %[[G]]
  // CHECK: %[[SCALED:.*]] = nn.mul %[[STEP]], %[[INVERSE]]
  // CHECK: %[[EXACT:.*]] = nn.sub %[[Q]], %[[SCALED]]
  // CHECK: %[[NEW:.*]] = lowp.round stochastic %[[EXACT]], %[[T]] {stream = 5 : i64} : tensor<3x2xf32>, tensor<i64> -> tensor<3x2xi8>
  // CHECK: quant.scast %[[NEW]]
  %w1 = train.update #train.sgd<> rounding stochastic %w, %g, %lr, %t {qas, stream = 5 : i64}
    : (tensor<3x2x!w>, tensor<3x2xf32>, tensor<f32>, tensor<i64>) -> tensor<3x2x!w>
  return %w1 : tensor<3x2x!w>
}

// Unscaled: the gradient of a code is s G.
// CHECK-LABEL: func @unscaled
// CHECK-SAME: %[[G:[a-z0-9]*]]: tensor<3x2xf32>
// CHECK: %[[SCALE:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]>
// CHECK: %[[CODE:.*]] = nn.mul %[[G]], %[[SCALE]]
// CHECK: %[[STEP:.*]] = nn.mul %{{.*}}, %[[CODE]]
// CHECK: %[[EXACT:.*]] = nn.sub %{{.*}}, %[[STEP]]
// CHECK: lowp.round zero %[[EXACT]] : tensor<3x2xf32> -> tensor<3x2xi8>
func.func @unscaled(%w: tensor<3x2x!w>, %g: tensor<3x2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<3x2x!w> {
  %w1 = train.update #train.sgd<> rounding zero %w, %g, %lr, %t
    : (tensor<3x2x!w>, tensor<3x2xf32>, tensor<f32>, tensor<i64>) -> tensor<3x2x!w>
  return %w1 : tensor<3x2x!w>
}

// A bias of 32 bits: in f64.
!b = !quant.uniform<i32:f32:0, {0.125, 0.5}>
// CHECK-LABEL: func @bias
// CHECK: nn.cast %{{.*}} : tensor<2xi32> to tensor<2xf64>
// CHECK: nn.cast %{{.*}} : tensor<2xf32> to tensor<2xf64>
// CHECK: lowp.round nearest %{{.*}} : tensor<2xf64> -> tensor<2xi32>
func.func @bias(%w: tensor<2x!b>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!b> {
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas}
    : (tensor<2x!b>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!b>
  return %w1 : tensor<2x!b>
}

// A dead channel does not move.
!dead = !quant.uniform<i8:f32:0, {0.5, 1.0e-9}>
// CHECK-LABEL: func @dead
// CHECK: arith.constant dense<[2.000000e+00, 0.000000e+00]>
func.func @dead(%w: tensor<2x!dead>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!dead> {
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas}
    : (tensor<2x!dead>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!dead>
  return %w1 : tensor<2x!dead>
}

// In a slice of a tensor whose live channels are elsewhere, no channel moves.
!part = !quant.uniform<i8:f32:0, {2.0e-9, 1.0e-9}>
// CHECK-LABEL: func @dead_part
// CHECK: arith.constant dense<0.000000e+00> : tensor<2xf32>
func.func @dead_part(%w: tensor<2x!part>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!part> {
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas, largest_scale = 0.5 : f64}
    : (tensor<2x!part>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!part>
  return %w1 : tensor<2x!part>
}

// Error feedback, momentum, weight decay on real values; a range of 7 bits.
!narrow = !quant.uniform<i8<-63:63>:f32, 0.5:3>
// CHECK-LABEL: func @feedback
// CHECK-SAME: %[[M:[a-z0-9]*]]: tensor<2xf32>, %[[REST:[a-z0-9]*]]: tensor<2xi8>
// CHECK: %[[REAL:.*]] = lowp.dequantize
// CHECK: nn.mul %[[REAL]], %{{.*}}
// CHECK: %[[OLD:.*]] = nn.cast %[[REST]]
// CHECK: %[[PART:.*]] = nn.mul %[[OLD]]
// CHECK: %[[EXACT:.*]] = nn.add %{{.*}}, %[[PART]]
// CHECK: %[[IN:.*]] = nn.clip %[[EXACT]] {high = 6.300000e+01 : f64, low = -6.300000e+01 : f64}
// CHECK: %[[NEW:.*]] = lowp.round nearest %[[IN]]
// CHECK: %[[BACK:.*]] = nn.cast %[[NEW]]
// CHECK: %[[LOST:.*]] = nn.sub %[[EXACT]], %[[BACK]]
// CHECK: %[[PARTS:.*]] = nn.mul %[[LOST]]
// CHECK: lowp.round nearest %[[PARTS]] : tensor<2xf32> -> tensor<2xi8>
func.func @feedback(%w: tensor<2x!narrow>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>, %m: tensor<2xf32>, %rest: tensor<2xi8>) -> (tensor<2x!narrow>, tensor<2xf32>, tensor<2xi8>) {
  %w1, %m1, %r1 = train.update #train.sgd<momentum = 0.9, weight_decay = 0.1> rounding error_feedback %w, %g, %lr, %t, %m, %rest {qas}
    : (tensor<2x!narrow>, tensor<2xf32>, tensor<f32>, tensor<i64>, tensor<2xf32>, tensor<2xi8>) -> (tensor<2x!narrow>, tensor<2xf32>, tensor<2xi8>)
  return %w1, %m1, %r1 : tensor<2x!narrow>, tensor<2xf32>, tensor<2xi8>
}

// Unsigned codes: 200 is the signed byte -56.
!u = !quant.uniform<u8:f32, 0.5:128>
// CHECK-LABEL: func @unsigned
// CHECK: nn.add %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<f32>
// CHECK: nn.where
// CHECK: nn.clip %{{.*}} {high = 2.550000e+02 : f64, low = 0.000000e+00 : f64}
// CHECK: lowp.round nearest %{{.*}} : tensor<2xf32> -> tensor<2xi16>
// CHECK: nn.cast %{{.*}} : tensor<2xi16> to tensor<2xi8>
func.func @unsigned(%w: tensor<2x!u>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!u> {
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas}
    : (tensor<2x!u>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!u>
  return %w1 : tensor<2x!u>
}

// A float copy: without scaling its gradient is s^2 G.
// CHECK-LABEL: func @latent
// CHECK: %[[SQUARE:.*]] = arith.constant dense<[2.500000e-01, 6.250000e-02]>
// CHECK: nn.mul %{{.*}}, %[[SQUARE]]
// CHECK-NOT: lowp.round
func.func @latent(%w: tensor<3x2xf32>, %g: tensor<3x2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<3x2xf32> {
  %w1 = train.update #train.sgd<> %w, %g, %lr, %t {latent = !w}
    : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<f32>, tensor<i64>) -> tensor<3x2xf32>
  return %w1 : tensor<3x2xf32>
}
