// Any elementwise op: real numbers in double precision, one rounding to a code.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @binary() {
  %a_c = arith.constant dense<[[76, -82, -117, 63], [-82, 64, -44, 17], [112, 107, -7, -76]]> : tensor<3x4xi8>
  %a = quant.scast %a_c : tensor<3x4xi8> to tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>
  %b_c = arith.constant dense<[-64, 89, 22, -85]> : tensor<4xi8>
  %b = quant.scast %b_c : tensor<4xi8> to tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>>
  %mul = nn.mul %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %mul_i = quant.scast %mul : tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<3x4xi8>
  %mul_e = arith.constant dense<[[-56, -117, -49, -63], [73, 83, -18, -11], [-85, 127, -3, 92]]> : tensor<3x4xi8>
  check.expect_eq %mul_i, %mul_e : tensor<3x4xi8>
  %sub = nn.sub %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %sub_i = quant.scast %sub : tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<3x4xi8>
  %sub_e = arith.constant dense<[[71, -100, -69, 79], [4, -39, -38, 60], [86, -20, -23, 21]]> : tensor<3x4xi8>
  check.expect_eq %sub_i, %sub_e : tensor<3x4xi8>
  %div = nn.div %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %div_i = quant.scast %div : tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<3x4xi8>
  %div_e = arith.constant dense<[[-13, -9, -50, -7], [21, 10, -19, 0], [-21, 15, -3, 15]]> : tensor<3x4xi8>
  check.expect_eq %div_i, %div_e : tensor<3x4xi8>
  %max = nn.max %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %max_i = quant.scast %max : tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<3x4xi8>
  %max_e = arith.constant dense<[[32, 67, 22, 26], [-35, 67, 22, 7], [47, 67, 22, -32]]> : tensor<3x4xi8>
  check.expect_eq %max_i, %max_e : tensor<3x4xi8>
  %min = nn.min %a, %b : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<4x!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %min_i = quant.scast %min : tensor<3x4x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<3x4xi8>
  %min_e = arith.constant dense<[[-37, -35, -49, -51], [-37, 27, -19, -51], [-37, 45, -3, -51]]> : tensor<3x4xi8>
  check.expect_eq %min_i, %min_e : tensor<3x4xi8>
  %less = nn.compare lt %a, %a : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>
  %where = nn.where %less, %a, %a : tensor<3x4xi1>, tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>>
  %where_i = quant.scast %where : tensor<3x4x!quant.uniform<i8:f32, 0.020999999716877937:5>> to tensor<3x4xi8>
  %where_e = arith.constant dense<[[76, -82, -117, 63], [-82, 64, -44, 17], [112, 107, -7, -76]]> : tensor<3x4xi8>
  check.expect_eq %where_i, %where_e : tensor<3x4xi8>
  return
}

func.func @splat() {
  %x_c = arith.constant dense<[-128, -1, 0, 5, 127]> : tensor<5xi8>
  %x = quant.scast %x_c : tensor<5xi8> to tensor<5x!quant.uniform<i8:f32, 0.020999999716877937:5>>
  %k_c = arith.constant dense<50> : tensor<i8>
  %k = quant.scast %k_c : tensor<i8> to tensor<!quant.uniform<i8:f32, 0.03400000184774399:-7>>
  %y = nn.mul %x, %k : tensor<5x!quant.uniform<i8:f32, 0.020999999716877937:5>>, tensor<!quant.uniform<i8:f32, 0.03400000184774399:-7>> -> tensor<5x!quant.uniform<i8:f32, 0.05000000074505806:2>>
  %y_i = quant.scast %y : tensor<5x!quant.uniform<i8:f32, 0.05000000074505806:2>> to tensor<5xi8>
  %y_e = arith.constant dense<[-106, -3, -2, 2, 101]> : tensor<5xi8>
  check.expect_eq %y_i, %y_e : tensor<5xi8>
  return
}
