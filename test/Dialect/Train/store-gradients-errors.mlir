// RUN: coppice-opt %s --train-store-gradients --verify-diagnostics --split-input-file

// expected-error @+1 {{stores gradients in a format that is none of f32, bf16, f16 and int8}}
func.func @format(%x: tensor<2xf32>) attributes {train.gradient_format = "fp8"} {
  return
}

// -----

// expected-error @+1 {{rounds gradients stochastically and reads no counter of steps}}
func.func @counter(%x: tensor<2xf32>) attributes {train.gradient_format = "int8"} {
  return
}
