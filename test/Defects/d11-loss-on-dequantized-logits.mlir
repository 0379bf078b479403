// D11: the loss was taken of the logits' codes, without their scale. Here it is
// taken of the numbers that they stand for, its gradient is one of those, and
// the codes move by it over the scale.
// RUN: coppice-opt %s --train-autodiff --train-lower-updates --train-lower-saved | coppice-run -

func.func @codes() {
  %codes = arith.constant dense<[[8, -4, 0]]> : tensor<1x3xi8>
  %q = quant.scast %codes : tensor<1x3xi8> to tensor<1x3x!quant.uniform<i8:f32, 0.25>>
  %label = arith.constant dense<0> : tensor<1xi64>
  %logits = lowp.dequantize %q : tensor<1x3x!quant.uniform<i8:f32, 0.25>> -> tensor<1x3xf32>
  %loss = nn.softmax_cross_entropy %logits, %label : (tensor<1x3xf32>, tensor<1xi64>) -> tensor<f32>

  // softmax(2, -1, 0) - (1, 0, 0), not softmax(8, -4, 0).
  %g = train.gradient %loss wrt %q : (tensor<f32>, tensor<1x3x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x3xf32>
  %expected = arith.constant dense<[[-0.15620, 0.04201, 0.11420]]> : tensor<1x3xf32>
  check.expect_almost_eq %g, %expected {tolerance = 1.0e-4} : tensor<1x3xf32>

  // 8 + 32 * 0.1562 / 0.25, and so on.
  %lr = arith.constant dense<32.0> : tensor<f32>
  %t = arith.constant dense<1> : tensor<i64>
  %q1 = train.update #train.sgd<> rounding nearest %q, %g, %lr, %t {qas}
      : (tensor<1x3x!quant.uniform<i8:f32, 0.25>>, tensor<1x3xf32>, tensor<f32>, tensor<i64>) -> tensor<1x3x!quant.uniform<i8:f32, 0.25>>
  %new = quant.scast %q1 : tensor<1x3x!quant.uniform<i8:f32, 0.25>> to tensor<1x3xi8>
  %new_e = arith.constant dense<[[28, -9, -15]]> : tensor<1x3xi8>
  check.expect_eq %new, %new_e : tensor<1x3xi8>
  return
}
