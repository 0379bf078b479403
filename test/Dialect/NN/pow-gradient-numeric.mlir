// RUN: coppice-opt %s --train-autodiff --train-lower-saved | coppice-run -

// Gradients of a^b where a is 0 or negative, or b is 0.
func.func @base() {
  %a = arith.constant dense<[0.0, 0.0, 0.0, -2.0, -2.0, -2.0, 3.0]> : tensor<7xf64>
  %b = arith.constant dense<[0.0, 1.0, 2.0, 0.0, 2.0, 3.0, 0.0]> : tensor<7xf64>
  %y = nn.pow %a, %b : tensor<7xf64>, tensor<7xf64>
  %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<7xf64>) -> tensor<f64>
  %da, %db = train.gradient %loss wrt %a, %b : (tensor<f64>, tensor<7xf64>, tensor<7xf64>) -> (tensor<7xf64>, tensor<7xf64>)
  %ea = arith.constant dense<[0.0, 1.0, 0.0, 0.0, -4.0, 12.0, 0.0]> : tensor<7xf64>
  %eb = arith.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0986122886681098]> : tensor<7xf64>
  check.expect_almost_eq %da, %ea {tolerance = 1.0e-12} : tensor<7xf64>
  check.expect_almost_eq %db, %eb {tolerance = 1.0e-12} : tensor<7xf64>
  return
}
