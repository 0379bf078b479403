// Softmax of bytes sums 256 powers that the compiler computes, as integers; of
// more bits, and any other layer, it runs on real numbers between conversions.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @softmax() {
  %x_c = arith.constant dense<[[-119, -2, 30, -96, 108, -5, 119, 9, 58, 70], [-1, -28, 42, -123, 30, 7, -90, -76, -120, 61], [-128, -128, -128, -128, -128, -128, -128, -128, -128, -128]]> : tensor<3x10xi8>
  %x = quant.scast %x_c : tensor<3x10xi8> to tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>
  %p = nn.softmax %x {axis = 1 : i64} : tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>> -> tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>>
  %p_i = quant.scast %p : tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>> to tensor<3x10xi8>
  %p_e = arith.constant dense<[[-128, -128, -128, -128, -59, -128, 56, -128, -127, -126], [-127, -128, -91, -128, -115, -126, -128, -128, -128, 76], [-102, -102, -102, -102, -102, -102, -102, -102, -102, -102]]> : tensor<3x10xi8>
  check.expect_eq %p_i, %p_e : tensor<3x10xi8>
  %l = nn.log_softmax %x {axis = 1 : i64} : tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>> -> tensor<3x10x!quant.uniform<i8:f32, 0.10000000149011612:127>>
  %l_i = quant.scast %l : tensor<3x10x!quant.uniform<i8:f32, 0.10000000149011612:127>> to tensor<3x10xi8>
  %l_e = arith.constant dense<[[-90, 15, 44, -70, 114, 12, 124, 25, 69, 80], [69, 45, 108, -41, 97, 76, -11, 1, -38, 125], [104, 104, 104, 104, 104, 104, 104, 104, 104, 104]]> : tensor<3x10xi8>
  check.expect_eq %l_i, %l_e : tensor<3x10xi8>
  %u_c = arith.constant dense<[[9, 127, 0], [126, 100, 0], [-98, -86, 0], [32, 5, 0], [-20, -98, 0], [123, -121, 0], [-9, 38, 0], [-119, 52, 0], [-70, 8, 0], [-58, -67, 0]]> : tensor<10x3xi8>
  %u = quant.scast %u_c : tensor<10x3xi8> to tensor<10x3x!quant.uniform<u8:f32, 0.09000000357627869:145>>
  %pu = nn.softmax %u {axis = 0 : i64} : tensor<10x3x!quant.uniform<u8:f32, 0.09000000357627869:145>> -> tensor<10x3x!quant.uniform<u8:f32, 0.00390625>>
  %pu_i = quant.scast %pu : tensor<10x3x!quant.uniform<u8:f32, 0.00390625>> to tensor<10x3xi8>
  %pu_e = arith.constant dense<[[0, 1, 26], [0, 0, 26], [0, 37, 26], [0, 0, 26], [69, 13, 26], [0, 2, 26], [-72, 0, 26], [0, 0, 26], [1, 0, 26], [2, -52, 26]]> : tensor<10x3xi8>
  check.expect_eq %pu_i, %pu_e : tensor<10x3xi8>
  %w_c = arith.constant dense<[[-11900, -200, 3000, -9600, 10800, -500, 11900, 900, 5800, 7000], [-100, -2800, 4200, -12300, 3000, 700, -9000, -7600, -12000, 6100], [-12800, -12800, -12800, -12800, -12800, -12800, -12800, -12800, -12800, -12800]]> : tensor<3x10xi16>
  %w = quant.scast %w_c : tensor<3x10xi16> to tensor<3x10x!quant.uniform<i16:f32, 0.0008999999845400453:1700>>
  %pw = nn.softmax %w {axis = 1 : i64} : tensor<3x10x!quant.uniform<i16:f32, 0.0008999999845400453:1700>> -> tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>>
  %pw_i = quant.scast %pw : tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>> to tensor<3x10xi8>
  %pw_e = arith.constant dense<[[-128, -128, -128, -128, -59, -128, 56, -128, -127, -126], [-127, -128, -91, -128, -115, -126, -128, -128, -128, 76], [-102, -102, -102, -102, -102, -102, -102, -102, -102, -102]]> : tensor<3x10xi8>
  check.expect_eq %pw_i, %pw_e : tensor<3x10xi8>
  return
}

func.func @layer_norm() {
  %x_c = arith.constant dense<[[-119, -2, 30, -96, 108, -5, 119, 9, 58, 70], [-1, -28, 42, -123, 30, 7, -90, -76, -120, 61]]> : tensor<2x10xi8>
  %x = quant.scast %x_c : tensor<2x10xi8> to tensor<2x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>
  %n, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5} : (tensor<2x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>) -> (tensor<2x10x!quant.uniform<i8:f32, 0.019999999552965164:1>>, tensor<2x1xf32>, tensor<2x1xf32>)
  %n_i = quant.scast %n : tensor<2x10x!quant.uniform<i8:f32, 0.019999999552965164:1>> to tensor<2x10xi8>
  %n_e = arith.constant dense<[[-90, -12, 10, -75, 62, -14, 69, -5, 28, 36], [23, 2, 57, -71, 47, 29, -46, -35, -69, 71]]> : tensor<2x10xi8>
  check.expect_eq %n_i, %n_e : tensor<2x10xi8>
  return
}
