// RUN: coppice-opt %s --train-autodiff --verify-diagnostics --split-input-file

!q = !quant.uniform<i8:f32, 0.5>

func.func @unsplit(%x: tensor<8x!q>) -> tensor<8xf32> {
  // expected-note @+1 {{nn.tanh clamps}}
  %t = nn.tanh %x : tensor<8x!q>
  %r = nn.reshape %t : tensor<8x!q> -> tensor<2x4x!q>
  %d = lowp.dequantize %r : tensor<2x4x!q> -> tensor<2x4xf32>
  // expected-note @+1 {{lowp.quantize clamps}}
  %q = lowp.quantize %d : tensor<2x4xf32> -> tensor<2x4x!q>
  %e = lowp.dequantize %q : tensor<2x4x!q> -> tensor<2x4xf32>
  %loss = nn.reduce sum %e {axes = array<i64: 0, 1>} : (tensor<2x4xf32>) -> tensor<f32>
  // expected-error @+1 {{cannot build the gradient: 2 layers clamp inside, and no mask says where; run --lowp-split-clamps before --train-autodiff}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<8x!q>) -> tensor<8xf32>
  return %dx : tensor<8xf32>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
!twice = !quant.uniform<i8:f32, 1.0>

func.func @reinterpreted(%x: tensor<8x!q>) -> tensor<8xf32> {
  %i = quant.scast %x : tensor<8x!q> to tensor<8xi8>
  // expected-note @+1 {{read here}}
  %t = quant.scast %i : tensor<8xi8> to tensor<8x!twice>
  %d = lowp.dequantize %t : tensor<8x!twice> -> tensor<8xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<8xf32>) -> tensor<f32>
  // expected-error @+1 {{codes are read with another scale or zero point than they were written with; freeze the parameters before them}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<8x!q>) -> tensor<8xf32>
  return %dx : tensor<8xf32>
}
