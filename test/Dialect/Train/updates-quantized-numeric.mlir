// How an update of codes rounds and scales; test/Defects/d3-update-rounding.mlir
// has nearest and stochastic rounding.
// RUN: coppice-opt %s --train-lower-updates | coppice-run -

!q = !quant.uniform<i8:f32, 1.0>
!s = !quant.uniform<i8:f32:0, {0.5, 0.25, 1.0e-9}>

// Rounding towards zero, as in published device code, is there for comparison.
func.func @zero() {
  %wi = arith.constant dense<[5, -5, 5, 127, -128]> : tensor<5xi8>
  %w = quant.scast %wi : tensor<5xi8> to tensor<5x!q>
  %g = arith.constant dense<[0.3, 0.3, -0.9, -1.6, 1.6]> : tensor<5xf32>
  %lr = arith.constant dense<1.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %z = train.update #train.sgd<> rounding zero %w, %g, %lr, %t {qas} : (tensor<5x!q>, tensor<5xf32>, tensor<f32>, tensor<i64>) -> tensor<5x!q>
  %codes = quant.scast %z : tensor<5x!q> to tensor<5xi8>
  %expected = arith.constant dense<[4, -5, 5, 127, -128]> : tensor<5xi8>
  check.expect_eq %codes, %expected : tensor<5xi8>
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

// Three steps of a third of a code make one code. The part that saturation cuts
// is not kept.
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
