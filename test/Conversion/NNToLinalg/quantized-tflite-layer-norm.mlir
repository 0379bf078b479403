// A layer norm with its scale and shift, by integers; docs/Numerics.md says how. Python
// computes the same formula, which gives the exact codes here.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

module attributes {lowp.requantize = "tflite"} {
func.func @layer_norm() {
  %x_c = arith.constant dense<[[37, -51, 74, -104, -91, -80], [59, -99, -19, -109, -84, 94], [17, 17, 17, 17, 17, 17]]> : tensor<3x6xi8>
  %x = quant.scast %x_c : tensor<3x6xi8> to tensor<3x6x!quant.uniform<i8:f32, 0.05000000074505806:-9>>
  %y = lowp.layer_norm %x {gamma = array<f64: 1.0, -0.5, 0.0, 2.25, 0.75, 1.5>, beta = array<f64: 0.0, 0.25, -1.5, 0.125, 3.0, -0.375>, epsilon = 1.0e-5 : f64} : tensor<3x6x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<3x6x!quant.uniform<i8:f32, 0.029999999329447746:4>>
  %y_i = quant.scast %y : tensor<3x6x!quant.uniform<i8:f32, 0.029999999329447746:4>> to tensor<3x6xi8>
  %y_e = arith.constant dense<[[40, 16, -46, -68, 84, -41], [40, 28, -46, -71, 86, 68], [4, 12, -46, 8, 104, -9]]> : tensor<3x6xi8>
  check.expect_eq %y_i, %y_e : tensor<3x6xi8>
  %u = lowp.layer_norm %x {gamma = array<f64: 1.0, -0.5, 0.0, 2.25, 0.75, 1.5>, beta = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>, epsilon = 1.0e-5 : f64, uncentered} : tensor<3x6x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<3x6x!quant.uniform<i8:f32, 0.029999999329447746:4>>
  %u_i = quant.scast %u : tensor<3x6x!quant.uniform<i8:f32, 0.029999999329447746:4>> to tensor<3x6xi8>
  %u_e = arith.constant dense<[[25, 14, 4, -94, -24, -45], [32, 23, 4, -89, -19, 68], [37, -13, 4, 79, 29, 54]]> : tensor<3x6xi8>
  check.expect_eq %u_i, %u_e : tensor<3x6xi8>
  return
}
}
