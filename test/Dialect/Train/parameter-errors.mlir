// RUN: coppice-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{value has 8 bytes, but 'tensor<4xf32>' takes 16}}
train.parameter @short : tensor<4xf32> = dense_resource<cut> : tensor<4xf32>

{-#
  dialect_resources: { builtin: { cut: "0x040000000000803F00000040" } }
#-}

// -----

// Data that are elided are missing, not short.
train.parameter @elided : tensor<4xf32> = dense_resource<nowhere> : tensor<4xf32>

// -----

// expected-error @+1 {{train.relative_update belongs on a float parameter of role weight}}
train.parameter @w : tensor<2xi8> = dense<[1, 2]> : tensor<2xi8> {quantized = !quant.uniform<i8:f32, 0.5>, train.relative_update}

// -----

func.func @relative(%w: tensor<2x!quant.uniform<i8:f32, 0.5>>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @+1 {{only a float parameter of its own moves by factors}}
  %n = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {relative} : (tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}
