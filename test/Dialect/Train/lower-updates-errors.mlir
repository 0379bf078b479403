// RUN: coppice-opt %s --train-lower-updates --verify-diagnostics --split-input-file

!u = !quant.uniform<u32:f32, 0.5>

func.func @unsigned(%w: tensor<2x!u>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!u> {
  // expected-error @+1 {{there is no update of a parameter of type 'tensor<2x!quant.uniform<u32:f32, 5.000000e-01>>'}}
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t : (tensor<2x!u>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!u>
  return %w1 : tensor<2x!u>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

func.func @rounding(%w: tensor<2x!q>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!q> {
  // expected-error @+1 {{a quantized parameter needs a rounding}}
  %w1 = train.update #train.sgd<> %w, %g, %lr, %t : (tensor<2x!q>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!q>
  return %w1 : tensor<2x!q>
}

// -----

func.func @float(%w: tensor<2xf32>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2xf32> {
  // expected-error @+1 {{only a quantized parameter is rounded}}
  %w1 = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t : (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2xf32>
  return %w1 : tensor<2xf32>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

func.func @rest(%w: tensor<2x!q>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<2x!q> {
  // expected-error @+1 {{the optimizer keeps 1 slots, but there are 0 operands and 0 results}}
  %w1 = train.update #train.sgd<> rounding error_feedback %w, %g, %lr, %t : (tensor<2x!q>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!q>
  return %w1 : tensor<2x!q>
}
