// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @scalar(%x: tensor<f32>) {
  // expected-error @+1 {{holds no 'tensor<f32>'}}
  %s = train.saved #train.mask<low = 0.0> %x : tensor<f32>
  return
}

// -----

func.func @wide(%x: tensor<2xf64>) {
  // expected-error @+1 {{the policy #train.narrow<bf16> holds no 'tensor<2xf64>'}}
  %s = train.saved #train.narrow<bf16> %x : tensor<2xf64>
  return
}

// -----

func.func @format(%x: tensor<2xf32>) {
  // expected-error @+1 {{a value is held as bf16, f16 or i8, not as 'f8E4M3FN'}}
  %s = train.saved #train.narrow<f8E4M3FN> %x : tensor<2xf32>
  return
}

// -----

func.func @policy(%x: tensor<2xf32>) {
  // expected-error @+1 {{invalid kind of attribute specified}}
  %s = train.saved "keep" %x : tensor<2xf32>
  return
}

// -----

// expected-error @+1 {{train.gradient_format must be a policy of train.saved, not "fp8"}}
func.func @attribute(%x: tensor<2xf32>) attributes {train.gradient_format = "fp8"} {
  return
}
