// A function of a byte is a table of 256 codes that the compiler computes; of more
// bits, it runs in double precision.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @tables() {
  %x_c = arith.constant dense<[-128, -70, -69, -68, -40, -10, -9, -8, -1, 0, 1, 20, 50, 51, 52, 90, 127]> : tensor<17xi8>
  %x = quant.scast %x_c : tensor<17xi8> to tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>>
  %relu = nn.relu %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %relu_i = quant.scast %relu : tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<17xi8>
  %relu_e = arith.constant dense<[-20, -20, -20, -20, -20, -20, -20, -19, -10, -9, -7, 16, 54, 55, 56, 104, 127]> : tensor<17xi8>
  check.expect_eq %relu_i, %relu_e : tensor<17xi8>
  %sigmoid = nn.sigmoid %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.00390625:-128>>
  %sigmoid_i = quant.scast %sigmoid : tensor<17x!quant.uniform<i8:f32, 0.00390625:-128>> to tensor<17xi8>
  %sigmoid_e = arith.constant dense<[-127, -116, -116, -115, -83, -3, 0, 3, 25, 28, 31, 79, 115, 116, 116, 126, 127]> : tensor<17xi8>
  check.expect_eq %sigmoid_i, %sigmoid_e : tensor<17xi8>
  %tanh = nn.tanh %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.0078125>>
  %tanh_i = quant.scast %tanh : tensor<17x!quant.uniform<i8:f32, 0.0078125>> to tensor<17xi8>
  %tanh_e = arith.constant dense<[-128, -127, -127, -127, -117, -6, 0, 6, 49, 54, 59, 115, 127, 127, 127, 127, 127]> : tensor<17xi8>
  check.expect_eq %tanh_i, %tanh_e : tensor<17xi8>
  %hard_swish = nn.hard_swish %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %hard_swish_i = quant.scast %hard_swish : tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<17xi8>
  %hard_swish_e = arith.constant dense<[-20, -20, -20, -21, -29, -21, -20, -19, -14, -14, -13, 7, 53, 55, 56, 104, 127]> : tensor<17xi8>
  check.expect_eq %hard_swish_i, %hard_swish_e : tensor<17xi8>
  %gelu = nn.gelu %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %gelu_i = quant.scast %gelu : tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<17xi8>
  %gelu_e = arith.constant dense<[-20, -20, -20, -20, -22, -21, -20, -19, -13, -12, -11, 14, 54, 55, 56, 104, 127]> : tensor<17xi8>
  check.expect_eq %gelu_i, %gelu_e : tensor<17xi8>
  %silu = nn.silu %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %silu_i = quant.scast %silu : tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<17xi8>
  %silu_e = arith.constant dense<[-20, -23, -24, -24, -27, -21, -20, -19, -14, -13, -12, 9, 50, 51, 53, 103, 127]> : tensor<17xi8>
  check.expect_eq %silu_i, %silu_e : tensor<17xi8>
  %exp = nn.exp %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %exp_i = quant.scast %exp : tensor<17x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<17xi8>
  %exp_e = arith.constant dense<[-20, -19, -19, -19, -15, 4, 5, 6, 17, 19, 21, 87, 127, 127, 127, 127, 127]> : tensor<17xi8>
  check.expect_eq %exp_i, %exp_e : tensor<17xi8>
  %wide = nn.exp %x : tensor<17x!quant.uniform<i8:f32, 0.05000000074505806:-9>> -> tensor<17x!quant.uniform<i16:f32, 0.001:5>>
  %wide_i = quant.scast %wide : tensor<17x!quant.uniform<i16:f32, 0.001:5>> to tensor<17xi16>
  %wide_e = arith.constant dense<[8, 52, 55, 57, 217, 956, 1005, 1056, 1497, 1573, 1654, 4268, 19111, 20091, 21120, 32767, 32767]> : tensor<17xi16>
  check.expect_eq %wide_i, %wide_e : tensor<17xi16>
  return
}

func.func @sixteen_bits() {
  %x_c = arith.constant dense<[-32768, -3000, 0, 1, 2999, 32767]> : tensor<6xi16>
  %x = quant.scast %x_c : tensor<6xi16> to tensor<6x!quant.uniform<i16:f32, 0.001>>
  %y = nn.hard_swish %x : tensor<6x!quant.uniform<i16:f32, 0.001>> -> tensor<6x!quant.uniform<i8:f32, 0.03999999910593033:-20>>
  %y_i = quant.scast %y : tensor<6x!quant.uniform<i8:f32, 0.03999999910593033:-20>> to tensor<6xi8>
  %y_e = arith.constant dense<[-20, -20, -20, -20, 55, 127]> : tensor<6xi8>
  check.expect_eq %y_i, %y_e : tensor<6xi8>
  return
}

func.func @bytes_without_sign() {
  %x_c = arith.constant dense<[0, 60, 127, -128, -56, -1]> : tensor<6xi8>
  %x = quant.scast %x_c : tensor<6xi8> to tensor<6x!quant.uniform<u8:f32, 0.05000000074505806:128>>
  %y = nn.sigmoid %x : tensor<6x!quant.uniform<u8:f32, 0.05000000074505806:128>> -> tensor<6x!quant.uniform<u8:f32, 0.00390625>>
  %y_i = quant.scast %y : tensor<6x!quant.uniform<u8:f32, 0.00390625>> to tensor<6xi8>
  %y_e = arith.constant dense<[0, 8, 125, -128, -7, -1]> : tensor<6xi8>
  check.expect_eq %y_i, %y_e : tensor<6xi8>
  return
}
