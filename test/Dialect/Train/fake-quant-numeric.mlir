// Gradients of fake quantization, against numbers worked out by hand from
// equations 3 and 5 of LSQ (Esser et al., ICLR 2020).
// RUN: coppice-opt %s --train-autodiff --train-lower-updates --train-lower-saved | coppice-run -
// RUN: coppice-opt %s --train-autodiff --train-lower-updates --train-lower-saved | coppice-run - --kernels

// v = x / s is -2.5, -2, -0.75, 0.25, 1, 2.75. Below -2 ds is -2, above 1 it is 1,
// between them round(v) - v: 0, -0.25, -0.25, 0.
func.func @tensor() {
  %x = arith.constant dense<[-1.25, -1.0, -0.375, 0.125, 0.5, 1.375]> : tensor<6xf32>
  %dy = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]> : tensor<6xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  %y = lowp.fake_quant %x, %s [-2, 1] {gradient_scale = 0.5 : f64} : tensor<6xf32>, tensor<f32>
  %p = nn.mul %y, %dy : tensor<6xf32>, tensor<6xf32>
  %loss = nn.reduce sum %p {axes = array<i64: 0>} : (tensor<6xf32>) -> tensor<f32>
  %dx, %ds = train.gradient %loss wrt %x, %s : (tensor<f32>, tensor<6xf32>, tensor<f32>) -> (tensor<6xf32>, tensor<f32>)
  %dx_e = arith.constant dense<[0.0, 2.0, 4.0, 8.0, 16.0, 0.0]> : tensor<6xf32>
  check.expect_eq %dx, %dx_e : tensor<6xf32>
  // (-2 - 4/4 - 8/4 + 32) / 2
  %ds_e = arith.constant dense<13.5> : tensor<f32>
  check.expect_eq %ds, %ds_e : tensor<f32>
  return
}

// One scale a channel, and codes from 0: v is 1.5, -1 and 0.25, 20.
func.func @channels() {
  %x = arith.constant dense<[[3.0, 0.125], [-2.0, 10.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[2.0, 0.5]> : tensor<2xf32>
  %y = lowp.fake_quant %x, %s [-8, 7] {axis = 1 : i64, zero_point = -8 : i64} : tensor<2x2xf32>, tensor<2xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<2x2xf32>) -> tensor<f32>
  %dx, %ds = train.gradient %loss wrt %x, %s : (tensor<f32>, tensor<2x2xf32>, tensor<2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>)
  %dx_e = arith.constant dense<[[1.0, 1.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %dx, %dx_e : tensor<2x2xf32>
  %ds_e = arith.constant dense<[0.5, 14.75]> : tensor<2xf32>
  check.expect_eq %ds, %ds_e : tensor<2xf32>
  return
}

// A scale that moves by factors: 2 exp(-lr g / 2), 0.5 exp(-lr g / 0.5), and half
// or twice at most. It never reaches 0.
func.func @update() {
  %s = arith.constant dense<[2.0, 0.5, 1.0, 1.0]> : tensor<4xf64>
  %g = arith.constant dense<[0.4, -0.1, 1000.0, -1000.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.5> : tensor<f64>
  %t = arith.constant dense<1> : tensor<i64>
  %n = train.update #train.sgd<> %s, %g, %lr, %t {relative} : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>) -> tensor<4xf64>
  %n_e = arith.constant dense<[1.8096748360719191, 0.55258545903782382, 0.5, 2.0]> : tensor<4xf64>
  check.expect_almost_eq %n, %n_e {tolerance = 1.0e-12} : tensor<4xf64>
  return
}
