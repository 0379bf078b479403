// Products of codes; a bias is rescaled with the sum. Where scales don't leave the
// sum, the product is computed on real numbers.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @matmul() {
  %a_c = arith.constant dense<[[3, 17, -25, 97, 42], [-86, -43, -78, -78, 88], [110, -18, -66, 85, -91]]> : tensor<3x5xi8>
  %a = quant.scast %a_c : tensor<3x5xi8> to tensor<3x5x!quant.uniform<i8:f32, 0.020999999716877937:-5>>
  %w_c = arith.constant dense<[[-92, -56, -34, -41, -56], [-70, 32, 9, 40, 111], [111, -95, 74, -22, 82], [43, -113, 98, 109, 127]]> : tensor<4x5xi8>
  %w = quant.scast %w_c : tensor<4x5xi8> to tensor<4x5x!quant.uniform<i8:f32:0, {0.010999999940395355, 0.000699999975040555, 9.999999717180685e-10, 0.019999999552965164}>>
  %b_c = arith.constant dense<[100, -30000, 2147483647, 7]> : tensor<4xi32>
  %b = quant.scast %b_c : tensor<4xi32> to tensor<4x!quant.uniform<i32:f32:0, {0.00023099999816622585, 1.469999915570952e-05, 2.0999998615045534e-11, 0.0004199999966658652}>>
  %y = nn.matmul %a, %w, %b {transpose_rhs} : (tensor<3x5x!quant.uniform<i8:f32, 0.020999999716877937:-5>>, tensor<4x5x!quant.uniform<i8:f32:0, {0.010999999940395355, 0.000699999975040555, 9.999999717180685e-10, 0.019999999552965164}>>, tensor<4x!quant.uniform<i32:f32:0, {0.00023099999816622585, 1.469999915570952e-05, 2.0999998615045534e-11, 0.0004199999966658652}>>) -> tensor<3x4x!quant.uniform<i8:f32, 0.03999999910593033:6>>
  %y_i = quant.scast %y : tensor<3x4x!quant.uniform<i8:f32, 0.03999999910593033:6>> to tensor<3x4xi8>
  %y_e = arith.constant dense<[[-40, -2, 7, 127], [63, -1, 7, -20], [-32, -11, 7, -1]]> : tensor<3x4xi8>
  check.expect_eq %y_i, %y_e : tensor<3x4xi8>
  return
}

func.func @batched() {
  %a_c = arith.constant dense<[[[-113, -92, 33, 9, -104], [97, -68, -115, 92, 22], [-122, -84, 97, 68, 93]], [[112, -52, 9, -34, -126], [-68, -112, -98, -22, 106], [88, 36, -68, -96, 43]]]> : tensor<2x3x5xi8>
  %a = quant.scast %a_c : tensor<2x3x5xi8> to tensor<2x3x5x!quant.uniform<i8:f32, 0.020999999716877937:-5>>
  %c_c = arith.constant dense<[[[60, -25], [-94, -61], [124, 52], [16, -50], [92, -33]], [[-14, 67], [-22, -2], [-121, 72], [-56, 4], [12, -88]]]> : tensor<2x5x2xi8>
  %c = quant.scast %c_c : tensor<2x5x2xi8> to tensor<2x5x2x!quant.uniform<i8:f32, 0.029999999329447746:9>>
  %y = nn.matmul %a, %c : (tensor<2x3x5x!quant.uniform<i8:f32, 0.020999999716877937:-5>>, tensor<2x5x2x!quant.uniform<i8:f32, 0.029999999329447746:9>>) -> tensor<2x3x2x!quant.uniform<i8:f32, 0.03999999910593033:6>>
  %y_i = quant.scast %y : tensor<2x3x2x!quant.uniform<i8:f32, 0.03999999910593033:6>> to tensor<2x3x2xi8>
  %y_e = arith.constant dense<[[[1, 127], [37, -128], [127, 92]], [[-18, 127], [127, -128], [127, -45]]]> : tensor<2x3x2xi8>
  check.expect_eq %y_i, %y_e : tensor<2x3x2xi8>
  return
}

func.func @scales_along_the_sum() {
  %a_c = arith.constant dense<[[-3, -3, -5, 4, 8], [3, -6, 1, -1, 2], [6, 6, 5, 3, -1]]> : tensor<3x5xi8>
  %a = quant.scast %a_c : tensor<3x5xi8> to tensor<3x5x!quant.uniform<i8:f32, 0.5:1>>
  %k_c = arith.constant dense<[[-3, -1], [-4, 4], [-2, 1], [-4, 5], [0, -5]]> : tensor<5x2xi8>
  %k = quant.scast %k_c : tensor<5x2xi8> to tensor<5x2x!quant.uniform<i8:f32:0, {0.5, 0.25, 0.125, 1.0, 2.0}>>
  %y = nn.matmul %a, %k : (tensor<3x5x!quant.uniform<i8:f32, 0.5:1>>, tensor<5x2x!quant.uniform<i8:f32:0, {0.5, 0.25, 0.125, 1.0, 2.0}>>) -> tensor<3x2x!quant.uniform<i8:f32, 1.0>>
  %y_i = quant.scast %y : tensor<3x2x!quant.uniform<i8:f32, 1.0>> to tensor<3x2xi8>
  %y_e = arith.constant dense<[[0, -29], [6, -14], [-11, 16]]> : tensor<3x2xi8>
  check.expect_eq %y_i, %y_e : tensor<3x2xi8>
  return
}
