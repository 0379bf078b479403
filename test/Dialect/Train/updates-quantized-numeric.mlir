// How an update of codes rounds: never by wrapping.
// RUN: coppice-opt %s --train-lower-updates | coppice-run -

!q = !quant.uniform<i8:f32, 1.0>
!b = !quant.uniform<i32:f32, 1.0>
!s = !quant.uniform<i8:f32:0, {0.5, 0.25, 1.0e-9}>

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
  %z = train.update #train.sgd<> rounding zero %w, %g, %lr, %t {qas} : (tensor<5x!q>, tensor<5xf32>, tensor<f32>, tensor<i64>) -> tensor<5x!q>
  %zero = quant.scast %z : tensor<5x!q> to tensor<5xi8>
  %zero_e = arith.constant dense<[4, -5, 5, 127, -128]> : tensor<5xi8>
  check.expect_eq %zero, %zero_e : tensor<5xi8>
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

// A step of 2 in reals is 4 codes of 0.5, 8 of 0.25, none of a dead channel;
// unscaled, s G is 1 and 0.5 codes.
func.func @scaling() {
  %wi = arith.constant dense<[10, 10, 10]> : tensor<3xi8>
  %w = quant.scast %wi : tensor<3xi8> to tensor<3x!s>
  %g = arith.constant dense<2.0> : tensor<3xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %n = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {qas} : (tensor<3x!s>, tensor<3xf32>, tensor<f32>, tensor<i64>) -> tensor<3x!s>
  %codes = quant.scast %n : tensor<3x!s> to tensor<3xi8>
  %expected = arith.constant dense<[6, 2, 10]> : tensor<3xi8>
  check.expect_eq %codes, %expected : tensor<3xi8>
  %u = train.update #train.sgd<> rounding zero %w, %g, %lr, %t : (tensor<3x!s>, tensor<3xf32>, tensor<f32>, tensor<i64>) -> tensor<3x!s>
  %unscaled = quant.scast %u : tensor<3x!s> to tensor<3xi8>
  %unscaled_e = arith.constant dense<[9, 9, 10]> : tensor<3xi8>
  check.expect_eq %unscaled, %unscaled_e : tensor<3xi8>
  return
}

// Of a third of a code, three steps make one; what saturates is not kept.
func.func @feedback() {
  %w0i = arith.constant dense<[5, -5, 127]> : tensor<3xi8>
  %w0 = quant.scast %w0i : tensor<3xi8> to tensor<3x!q>
  %r0 = arith.constant dense<0> : tensor<3xi8>
  %g = arith.constant dense<[0.328125, 0.328125, -100.0]> : tensor<3xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %w1, %r1 = train.update #train.sgd<> rounding error_feedback %w0, %g, %lr, %t, %r0 {qas} : (tensor<3x!q>, tensor<3xf32>, tensor<f32>, tensor<i64>, tensor<3xi8>) -> (tensor<3x!q>, tensor<3xi8>)
  %rest = arith.constant dense<[-84, -84, 127]> : tensor<3xi8>
  check.expect_eq %r1, %rest : tensor<3xi8>
  %w2, %r2 = train.update #train.sgd<> rounding error_feedback %w1, %g, %lr, %t, %r1 {qas} : (tensor<3x!q>, tensor<3xf32>, tensor<f32>, tensor<i64>, tensor<3xi8>) -> (tensor<3x!q>, tensor<3xi8>)
  %w3, %r3 = train.update #train.sgd<> rounding error_feedback %w2, %g, %lr, %t, %r2 {qas} : (tensor<3x!q>, tensor<3xf32>, tensor<f32>, tensor<i64>, tensor<3xi8>) -> (tensor<3x!q>, tensor<3xi8>)
  %codes = quant.scast %w3 : tensor<3x!q> to tensor<3xi8>
  %expected = arith.constant dense<[4, -6, 127]> : tensor<3xi8>
  check.expect_eq %codes, %expected : tensor<3xi8>
  return
}

// The mean of 65,536 stochastic updates by 0.3 is within four standard errors;
// at the end of the range it saturates.
func.func @stochastic() {
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
