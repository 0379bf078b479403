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
  // expected-error @+1 {{only a float parameter without a latent type has a relative update}}
  %n = train.update #train.sgd<> rounding nearest %w, %g, %lr, %t {relative} : (tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

// expected-error @+1 {{must hold integers or floats, not '!quant.uniform<i8:f32, 5.000000e-01>'; codes are stored as integers}}
train.parameter @codes : tensor<2x!quant.uniform<i8:f32, 0.5>> = dense_resource<gone> : tensor<2x!quant.uniform<i8:f32, 0.5>>

// -----

func.func @latent(%w: tensor<2xf32>, %g: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @+1 {{latent must be the quantized type of the codes that the parameter is a copy of, not 'i8'}}
  %n = train.update #train.sgd<> %w, %g, %lr, %t {latent = i8} : (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<i64>) -> tensor<2xf32>
  return
}

// -----

func.func @integers(%w: tensor<2xi32>, %g: tensor<2xi32>, %lr: tensor<i32>, %t: tensor<i64>) {
  // expected-error @+1 {{moves floats or codes of static shape, not 'tensor<2xi32>'}}
  %n = train.update #train.sgd<> %w, %g, %lr, %t : (tensor<2xi32>, tensor<2xi32>, tensor<i32>, tensor<i64>) -> tensor<2xi32>
  return
}
