// RUN: coppice-opt %s --lowp-relax-rounding --verify-diagnostics --split-input-file

!q = !quant.uniform<i8:f32, 0.5>

func.func @codes(%x: tensor<4xf32>) -> tensor<4xi8> {
  %q = lowp.quantize %x : tensor<4xf32> -> tensor<4x!q>
  // expected-error @+1 {{works on codes, so the graph has no form without rounding}}
  %c = quant.scast %q : tensor<4x!q> to tensor<4xi8>
  return %c : tensor<4xi8>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>

// expected-error @+1 {{codes at a function's interface have no slope}}
func.func @interface(%x: tensor<4x!q>) -> tensor<4x!q> {
  return %x : tensor<4x!q>
}
