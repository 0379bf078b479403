// Means are integer sums and one division; a maximum compares codes.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @avg_pool() {
  %x_c = arith.constant dense<[[[[98, 118, 120], [31, 121, 27], [0, 120, 26], [73, -42, 74]], [[121, -115, 9], [-34, -115, -107], [-60, -79, 55], [-74, 32, 91]], [[-2, -96, -111], [-53, -23, -2], [-50, 89, 17], [119, 111, 53]], [[-121, -74, 63], [11, 113, 52], [81, -115, -53], [46, 34, -34]], [[-88, 22, -106], [43, 77, 43], [-112, 5, -51], [14, 46, -78]]]]> : tensor<1x5x4x3xi8>
  %x = quant.scast %x_c : tensor<1x5x4x3xi8> to tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 0>} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x3x2x3x!quant.uniform<i8:f32, 0.017000000923871994:4>>
  %y_i = quant.scast %y : tensor<1x3x2x3x!quant.uniform<i8:f32, 0.017000000923871994:4>> to tensor<1x3x2x3xi8>
  %y_e = arith.constant dense<[[[[127, 127, 127], [88, 92, 112]], [[38, -128, -70], [-5, 91, 119]], [[-45, 84, 46], [36, 10, -72]]]]> : tensor<1x3x2x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x3x2x3xi8>
  return
}

func.func @max_pool() {
  %x_c = arith.constant dense<[[[[98, 118, 120], [31, 121, 27], [0, 120, 26], [73, -42, 74]], [[121, -115, 9], [-34, -115, -107], [-60, -79, 55], [-74, 32, 91]], [[-2, -96, -111], [-53, -23, -2], [-50, 89, 17], [119, 111, 53]], [[-121, -74, 63], [11, 113, 52], [81, -115, -53], [46, 34, -34]], [[-88, 22, -106], [43, 77, 43], [-112, 5, -51], [14, 46, -78]]]]> : tensor<1x5x4x3xi8>
  %x = quant.scast %x_c : tensor<1x5x4x3xi8> to tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %y = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x4x3x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %y_i = quant.scast %y : tensor<1x4x3x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<1x4x3x3xi8>
  %y_e = arith.constant dense<[[[[121, 121, 120], [31, 121, 55], [73, 120, 91]], [[121, -23, 9], [-34, 89, 55], [119, 111, 91]], [[11, 113, 63], [81, 113, 52], [119, 111, 53]], [[43, 113, 63], [81, 113, 52], [81, 46, -34]]]]> : tensor<1x4x3x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x4x3x3xi8>
  %z = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x4x3x3x!quant.uniform<i8:f32, 0.017000000923871994:4>>
  %z_i = quant.scast %z : tensor<1x4x3x3x!quant.uniform<i8:f32, 0.017000000923871994:4>> to tensor<1x4x3x3xi8>
  %z_e = arith.constant dense<[[[[127, 127, 127], [78, 127, 120], [127, 127, 127]], [[127, -17, 39], [-37, 127, 120], [127, 127, 127]], [[43, 127, 127], [127, 127, 115], [127, 127, 117]], [[99, 127, 127], [127, 127, 115], [127, 105, -37]]]]> : tensor<1x4x3x3xi8>
  check.expect_eq %z_i, %z_e : tensor<1x4x3x3xi8>
  %u_c = arith.constant dense<[[[[-30, -10, -8], [-97, -7, -101], [-128, -8, -102], [-55, 86, -54]], [[-7, 13, -119], [94, 13, 21], [68, 49, -73], [54, -96, -37]], [[126, 32, 17], [75, 105, 126], [78, -39, -111], [-9, -17, -75]], [[7, 54, -65], [-117, -15, -76], [-47, 13, 75], [-82, -94, 94]], [[40, -106, 22], [-85, -51, -85], [16, -123, 77], [-114, -82, 50]]]]> : tensor<1x5x4x3xi8>
  %u = quant.scast %u_c : tensor<1x5x4x3xi8> to tensor<1x5x4x3x!quant.uniform<u8:f32, 0.029999999329447746:7>>
  %v = nn.max_pool2d %u {kernel = array<i64: 2, 2>} : (tensor<1x5x4x3x!quant.uniform<u8:f32, 0.029999999329447746:7>>) -> tensor<1x4x3x3x!quant.uniform<u8:f32, 0.029999999329447746:7>>
  %v_i = quant.scast %v : tensor<1x4x3x3x!quant.uniform<u8:f32, 0.029999999329447746:7>> to tensor<1x4x3x3xi8>
  %v_e = arith.constant dense<[[[[-7, -7, -8], [-97, -7, -73], [-55, -8, -37]], [[-7, 105, -119], [94, -39, -73], [-9, -17, -37]], [[-117, -15, -65], [-47, -15, -76], [-9, -17, -75]], [[-85, -15, -65], [-47, -15, -76], [-47, -82, 94]]]]> : tensor<1x4x3x3xi8>
  check.expect_eq %v_i, %v_e : tensor<1x4x3x3xi8>
  return
}

func.func @mean() {
  %x_c = arith.constant dense<[[[[98, 118, 120], [31, 121, 27], [0, 120, 26], [73, -42, 74]], [[121, -115, 9], [-34, -115, -107], [-60, -79, 55], [-74, 32, 91]], [[-2, -96, -111], [-53, -23, -2], [-50, 89, 17], [119, 111, 53]], [[-121, -74, 63], [11, 113, 52], [81, -115, -53], [46, 34, -34]], [[-88, 22, -106], [43, 77, 43], [-112, 5, -51], [14, 46, -78]]]]> : tensor<1x5x4x3xi8>
  %x = quant.scast %x_c : tensor<1x5x4x3xi8> to tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %y = nn.reduce mean %x {axes = array<i64: 1, 2>} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x3x!quant.uniform<i8:f32, 0.017000000923871994:4>>
  %y_i = quant.scast %y : tensor<1x3x!quant.uniform<i8:f32, 0.017000000923871994:4>> to tensor<1x3xi8>
  %y_e = arith.constant dense<[[27, 44, 31]]> : tensor<1x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x3xi8>
  %s = nn.reduce sum %x {axes = array<i64: 1, 2>, keepdims} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x1x1x3x!quant.uniform<i16:f32, 0.30000001192092896>>
  %s_i = quant.scast %s : tensor<1x1x1x3x!quant.uniform<i16:f32, 0.30000001192092896>> to tensor<1x1x1x3xi16>
  %s_e = arith.constant dense<[[[[26, 45, 31]]]]> : tensor<1x1x1x3xi16>
  check.expect_eq %s_i, %s_e : tensor<1x1x1x3xi16>
  %m = nn.reduce max %x {axes = array<i64: 1, 2>} : (tensor<1x5x4x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x3x!quant.uniform<i8:f32, 0.017000000923871994:4>>
  %m_i = quant.scast %m : tensor<1x3x!quant.uniform<i8:f32, 0.017000000923871994:4>> to tensor<1x3xi8>
  %m_e = arith.constant dense<[[127, 127, 127]]> : tensor<1x3xi8>
  check.expect_eq %m_i, %m_e : tensor<1x3xi8>
  return
}
