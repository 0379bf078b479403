// Elementwise layers and changes of format by TensorFlow Lite's fixed point: the
// reference is its kernels' arithmetic in another language.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

module attributes {lowp.requantize = "tflite"} {

func.func @binary() {
  %a_c = arith.constant dense<[-128, 127, -128, 127, -61, 83, 23, -25, -36, 57, 14, -105, -56, -39, -18, -86, 90, 8, 39, 102, -60, 48, -1, 7]> : tensor<24xi8>
  %a = quant.scast %a_c : tensor<24xi8> to tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %b_c = arith.constant dense<[-128, 127, 127, -128, 122, -122, -109, 60, -84, 63, -59, -72, 24, 55, 53, -16, 123, 61, 64, -94, -72, 73, 78, -90]> : tensor<24xi8>
  %b = quant.scast %b_c : tensor<24xi8> to tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>>
  %add = nn.add %a, %b : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %add_i = quant.scast %add : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %add_e = arith.constant dense<[-128, 127, -51, 54, 26, 6, -56, 20, -108, 122, -27, -128, -46, -1, 23, -114, 127, 61, 101, 51, -127, 119, 64, -60]> : tensor<24xi8>
  check.expect_eq %add_i, %add_e : tensor<24xi8>
  %sub = nn.sub %a, %b : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %sub_i = quant.scast %sub : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %sub_e = arith.constant dense<[-33, 73, -128, 127, -128, 127, 127, -58, 43, 39, 84, -49, -67, -71, -44, -71, 31, -19, 16, 127, 5, 20, -43, 100]> : tensor<24xi8>
  check.expect_eq %sub_i, %sub_e : tensor<24xi8>
  %mul = nn.mul %a, %b : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %mul_i = quant.scast %mul : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %mul_e = arith.constant dense<[127, 127, -128, -128, -128, -128, -128, -30, 106, 127, -52, 127, -21, -50, -14, 83, 127, 31, 94, -128, 127, 127, 18, -50]> : tensor<24xi8>
  check.expect_eq %mul_i, %mul_e : tensor<24xi8>
  %max = nn.max %a, %b : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %max_i = quant.scast %max : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %max_e = arith.constant dense<[-107, 127, 95, 127, 91, 112, 39, 42, -32, 80, 28, -63, 13, 38, 36, -18, 120, 43, 59, 127, -61, 69, 56, 20]> : tensor<24xi8>
  check.expect_eq %max_i, %max_e : tensor<24xi8>
  %min = nn.min %a, %b : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %min_i = quant.scast %min : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %min_e = arith.constant dense<[-128, 95, -128, -107, -62, -103, -92, -19, -73, 44, -53, -115, -56, -36, -10, -92, 92, 21, 45, -80, -63, 52, 10, -77]> : tensor<24xi8>
  check.expect_eq %min_i, %min_e : tensor<24xi8>
  return
}

func.func @sixteen_bits() {
  %w_c = arith.constant dense<[-32768, 32767, -7031, -16553, -8733, -6973, 23624, -173, -3152, 16641, 9920, 10640, 32118, -26721, 21853, 11180]> : tensor<16xi16>
  %w = quant.scast %w_c : tensor<16xi16> to tensor<16x!quant.uniform<i16:f32, 0.0003000000142492354>>
  %v_c = arith.constant dense<[-36, 124, -57, -105, -118, 105, -93, 64, -67, 7, 23, -36, 119, 96, 21, -28]> : tensor<16xi8>
  %v = quant.scast %v_c : tensor<16xi8> to tensor<16x!quant.uniform<i8:f32, 0.03099999949336052:11>>
  %s = nn.add %w, %v : tensor<16x!quant.uniform<i16:f32, 0.0003000000142492354>>, tensor<16x!quant.uniform<i8:f32, 0.03099999949336052:11>> -> tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %s_i = quant.scast %s : tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<16xi8>
  %s_e = arith.constant dense<[-128, 127, -105, -128, -128, 24, 102, 44, -83, 127, 89, 47, 127, -128, 127, 58]> : tensor<16xi8>
  check.expect_eq %s_i, %s_e : tensor<16xi8>
  %l = nn.leaky_relu %w {alpha = 0.1} : tensor<16x!quant.uniform<i16:f32, 0.0003000000142492354>> -> tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %l_i = quant.scast %l : tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<16xi8>
  %l_e = arith.constant dense<[-22, 127, -2, -10, -4, -2, 127, 3, 1, 127, 79, 85, 127, -18, 127, 89]> : tensor<16xi8>
  check.expect_eq %l_i, %l_e : tensor<16xi8>
  %r = nn.relu %w : tensor<16x!quant.uniform<i16:f32, 0.0003000000142492354>> -> tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %r_i = quant.scast %r : tensor<16x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<16xi8>
  %r_e = arith.constant dense<[3, 127, 3, 3, 3, 3, 127, 3, 3, 127, 79, 85, 127, 3, 127, 89]> : tensor<16xi8>
  check.expect_eq %r_i, %r_e : tensor<16xi8>
  return
}

func.func @bytes() {
  %a_c = arith.constant dense<[-128, 127, -128, 127, -61, 83, 23, -25, -36, 57, 14, -105, -56, -39, -18, -86, 90, 8, 39, 102, -60, 48, -1, 7]> : tensor<24xi8>
  %a = quant.scast %a_c : tensor<24xi8> to tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %l = nn.leaky_relu %a {alpha = 0.1} : tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>> -> tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %l_i = quant.scast %l : tensor<24x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<24xi8>
  %l_e = arith.constant dense<[-12, 127, -12, 127, -4, 112, 39, 1, -1, 80, 28, -9, -3, -1, 2, -7, 120, 21, 59, 127, -3, 69, 10, 20]> : tensor<24xi8>
  check.expect_eq %l_i, %l_e : tensor<24xi8>
  %b_c = arith.constant dense<[-128, 127, 127, -128, 122, -122, -109, 60, -84, 63, -59, -72, 24, 55, 53, -16, 123, 61, 64, -94, -72, 73, 78, -90]> : tensor<24xi8>
  %b = quant.scast %b_c : tensor<24xi8> to tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>>
  %j = nn.concat %a, %b {axis = 0 : i64} : (tensor<24x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<24x!quant.uniform<i8:f32, 0.03099999949336052:11>>) -> tensor<48x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %j_i = quant.scast %j : tensor<48x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<48xi8>
  %j_e = arith.constant dense<[-128, 127, -128, 127, -62, 112, 39, -19, -32, 80, 28, -115, -56, -36, -10, -92, 120, 21, 59, 127, -61, 69, 10, 20, -107, 95, 95, -107, 91, -103, -92, 42, -73, 44, -53, -63, 13, 38, 36, -18, 92, 43, 45, -80, -63, 52, 56, -77]> : tensor<48xi8>
  check.expect_eq %j_i, %j_e : tensor<48xi8>
  return
}

}
