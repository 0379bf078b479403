// An update of codes rounds and saturates: published device code truncates
// towards zero and wraps. 127 + 1.6 is 127 here, -128 there.
// RUN: coppice-opt %s --train-lower-updates | coppice-run -

!q = !quant.uniform<i8:f32, 1.0>
!b = !quant.uniform<i32:f32, 1.0>

func.func @nearest() {
  %wi = arith.constant dense<[5, -5, 5, 127, -128]> : tensor<5xi8>
  %w = quant.scast %wi : tensor<5xi8> to tensor<5x!q>
  %g = arith.constant dense<[0.3, 0.3, -0.9, -1.6, 1.6]> : tensor<5xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %n = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas} : (tensor<5x!q>, tensor<5xf32>, tensor<f32>, tensor<i64>) -> tensor<5x!q>
  %codes = quant.scast %n : tensor<5x!q> to tensor<5xi8>
  %expected = arith.constant dense<[5, -5, 6, 127, -128]> : tensor<5xi8>
  check.expect_eq %codes, %expected : tensor<5xi8>
  return
}

// Biases too, with all their digits.
func.func @bias() {
  %wi = arith.constant dense<[-2147483648, 2147483647, 2147483001, 7]> : tensor<4xi32>
  %w = quant.scast %wi : tensor<4xi32> to tensor<4x!b>
  %g = arith.constant dense<[9.0, -9.0, 1.0, 0.4]> : tensor<4xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %n = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas} : (tensor<4x!b>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> tensor<4x!b>
  %codes = quant.scast %n : tensor<4x!b> to tensor<4xi32>
  %expected = arith.constant dense<[-2147483648, 2147483647, 2147483000, 7]> : tensor<4xi32>
  check.expect_eq %codes, %expected : tensor<4xi32>
  return
}

// The mean of 65,536 stochastic updates by 0.3 is within four standard errors.
func.func @unbiased() {
  %wi = arith.constant dense<5> : tensor<65536xi8>
  %w = quant.scast %wi : tensor<65536xi8> to tensor<65536x!q>
  %g = arith.constant dense<0.3> : tensor<65536xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %n = train.update #train.sgd<> rounding stochastic %w, %g, %lr, %t {qas, stream = 2 : i64} : (tensor<65536x!q>, tensor<65536xf32>, tensor<f32>, tensor<i64>) -> tensor<65536x!q>
  %d = lowp.dequantize %n : tensor<65536x!q> -> tensor<65536xf32>
  %mean = nn.reduce mean %d {axes = array<i64: 0>} : (tensor<65536xf32>) -> tensor<f32>
  %expected = arith.constant dense<4.7> : tensor<f32>
  check.expect_almost_eq %mean, %expected {tolerance = 1.5e-3} : tensor<f32>
  return
}

// Of int32 biases as of int8 weights; steps and streams draw anew.
func.func @unbiased_bias() {
  %wi = arith.constant dense<-5> : tensor<65536xi32>
  %w = quant.scast %wi : tensor<65536xi32> to tensor<65536x!b>
  %g = arith.constant dense<0.3> : tensor<65536xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<2> : tensor<i64>
  %n = train.update #train.sgd<> rounding stochastic %w, %g, %lr, %t {qas, stream = 7 : i64} : (tensor<65536x!b>, tensor<65536xf32>, tensor<f32>, tensor<i64>) -> tensor<65536x!b>
  %d = lowp.dequantize %n : tensor<65536x!b> -> tensor<65536xf32>
  %mean = nn.reduce mean %d {axes = array<i64: 0>} : (tensor<65536xf32>) -> tensor<f32>
  %expected = arith.constant dense<-5.3> : tensor<f32>
  check.expect_almost_eq %mean, %expected {tolerance = 1.5e-3} : tensor<f32>
  return
}
