// Means, softmax, normalization and interpolation by integers; docs/Numerics.md
// says how. The reference is the same integer arithmetic in another language.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

module attributes {lowp.requantize = "tflite"} {

func.func @means() {
  %x_c = arith.constant dense<[[[[35, 97], [-61, -5], [91, 97]], [[-109, 27], [-124, -109], [-95, -5]], [[-98, 57], [101, -55], [93, 81]], [[-1, 31], [2, -45], [50, 18]]]]> : tensor<1x4x3x2xi8>
  %x = quant.scast %x_c : tensor<1x4x3x2xi8> to tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %p = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x3x2x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %p_i = quant.scast %p : tensor<1x3x2x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>> to tensor<1x3x2x2xi8>
  %p_e = arith.constant dense<[[[[-65, 3], [-44, 17]], [[-43, 2], [-19, 21]], [[-38, -16], [-20, 0]]]]> : tensor<1x3x2x2xi8>
  check.expect_eq %p_i, %p_e : tensor<1x3x2x2xi8>
  %q = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x3x2x2x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %q_i = quant.scast %q : tensor<1x3x2x2x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<1x3x2x2xi8>
  %q_e = arith.constant dense<[[[[-67, 15], [-42, 32]], [[-40, 14], [-11, 36]], [[-35, -8], [-13, 12]]]]> : tensor<1x3x2x2xi8>
  check.expect_eq %q_i, %q_e : tensor<1x3x2x2xi8>
  %r = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>, count_include_pad} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x3x2x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %r_i = quant.scast %r : tensor<1x3x2x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>> to tensor<1x3x2x2xi8>
  %r_e = arith.constant dense<[[[[-33, -3], [-32, 9]], [[-31, -1], [-19, 21]], [[-28, -13], [-20, 0]]]]> : tensor<1x3x2x2xi8>
  check.expect_eq %r_i, %r_e : tensor<1x3x2x2xi8>
  %m = nn.reduce mean %x {axes = array<i64: 1, 2>} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x2x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %m_i = quant.scast %m : tensor<1x2x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<1x2xi8>
  %m_e = arith.constant dense<[[0, 31]]> : tensor<1x2xi8>
  check.expect_eq %m_i, %m_e : tensor<1x2xi8>
  %s = nn.reduce sum %x {axes = array<i64: 1, 2>} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x2x!quant.uniform<i8:f32, 0.5>>
  %s_i = quant.scast %s : tensor<1x2x!quant.uniform<i8:f32, 0.5>> to tensor<1x2xi8>
  %s_e = arith.constant dense<[[-3, 26]]> : tensor<1x2xi8>
  check.expect_eq %s_i, %s_e : tensor<1x2xi8>
  return
}

func.func @softmax() {
  %z_c = arith.constant dense<[[-107, -9, -61, 75, 58, -81, -112, -116, -35, -21], [105, 9, -52, -61, -18, 14, -4, -108, -75, 124], [-128, -128, -128, -128, -128, -128, -128, -128, -128, -128]]> : tensor<3x10xi8>
  %z = quant.scast %z_c : tensor<3x10xi8> to tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>
  %sm = nn.softmax %z {axis = 1 : i64} : tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>> -> tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>>
  %sm_i = quant.scast %sm : tensor<3x10x!quant.uniform<i8:f32, 0.00390625:-128>> to tensor<3x10xi8>
  %sm_e = arith.constant dense<[[-128, -128, -128, 82, -82, -128, -128, -128, -128, -128], [-89, -128, -128, -128, -128, -128, -128, -128, -128, 89], [-102, -102, -102, -102, -102, -102, -102, -102, -102, -102]]> : tensor<3x10xi8>
  check.expect_eq %sm_i, %sm_e : tensor<3x10xi8>
  %ls = nn.log_softmax %z {axis = 1 : i64} : tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>> -> tensor<3x10x!quant.uniform<i8:f32, 0.10000000149011612:127>>
  %ls_i = quant.scast %ls : tensor<3x10x!quant.uniform<i8:f32, 0.10000000149011612:127>> to tensor<3x10xi8>
  %ls_e = arith.constant dense<[[-39, 49, 3, 125, 110, -15, -43, -47, 26, 39], [108, 22, -33, -41, -2, 26, 10, -83, -54, 125], [104, 104, 104, 104, 104, 104, 104, 104, 104, 104]]> : tensor<3x10xi8>
  check.expect_eq %ls_i, %ls_e : tensor<3x10xi8>
  return
}

// A step of the input may be far more than the result has codes: it saturates,
// and the largest of a row stays -ln 2 / s or 0.
func.func @extreme_log_softmax() {
  %z_c = arith.constant dense<[[127, 127, 126, -128], [5, 4, 3, 2]]> : tensor<2x4xi8>
  %z = quant.scast %z_c : tensor<2x4xi8> to tensor<2x4x!quant.uniform<i8:f32, 1.0e+30>>
  %ls = nn.log_softmax %z {axis = 1 : i64} : tensor<2x4x!quant.uniform<i8:f32, 1.0e+30>> -> tensor<2x4x!quant.uniform<i8:f32, 0.10000000149011612:127>>
  %ls_i = quant.scast %ls : tensor<2x4x!quant.uniform<i8:f32, 0.10000000149011612:127>> to tensor<2x4xi8>
  %ls_e = arith.constant dense<[[120, 120, -128, -128], [127, -128, -128, -128]]> : tensor<2x4xi8>
  check.expect_eq %ls_i, %ls_e : tensor<2x4xi8>
  %w = quant.scast %z_c : tensor<2x4xi8> to tensor<2x4x!quant.uniform<i8:f32, 1.0e+10>>
  %lw = nn.log_softmax %w {axis = 1 : i64} : tensor<2x4x!quant.uniform<i8:f32, 1.0e+10>> -> tensor<2x4x!quant.uniform<i16:f32, 0.000244140625:32767>>
  %lw_i = quant.scast %lw : tensor<2x4x!quant.uniform<i16:f32, 0.000244140625:32767>> to tensor<2x4xi16>
  %lw_e = arith.constant dense<[[29928, 29928, -32768, -32768], [32767, -32768, -32768, -32768]]> : tensor<2x4xi16>
  check.expect_eq %lw_i, %lw_e : tensor<2x4xi16>
  return
}

func.func @normalize() {
  %z_c = arith.constant dense<[[-107, -9, -61, 75, 58, -81, -112, -116, -35, -21], [105, 9, -52, -61, -18, 14, -4, -108, -75, 124], [-128, -128, -128, -128, -128, -128, -128, -128, -128, -128]]> : tensor<3x10xi8>
  %z = quant.scast %z_c : tensor<3x10xi8> to tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>
  %n, %n_m, %n_v = nn.normalize %z {axes = array<i64: 1>, epsilon = 0.000010} : (tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>) -> (tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>>, tensor<3x1xf32>, tensor<3x1xf32>)
  %n_i = quant.scast %n : tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>> to tensor<3x10xi8>
  %n_e = arith.constant dense<[[-50, 26, -15, 91, 78, -30, -54, -57, 6, 16], [80, 12, -31, -37, -7, 16, 3, -70, -47, 93], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]> : tensor<3x10xi8>
  check.expect_eq %n_i, %n_e : tensor<3x10xi8>
  %u, %u_m, %u_v = nn.normalize %z {axes = array<i64: 1>, epsilon = 0.000010, uncentered} : (tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>) -> (tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>>, tensor<3x1xf32>, tensor<3x1xf32>)
  %u_i = quant.scast %u : tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>> to tensor<3x10xi8>
  %u_e = arith.constant dense<[[-70, -14, -44, 34, 25, -55, -73, -76, -29, -21], [60, -4, -45, -51, -22, -1, -13, -83, -61, 73], [-49, -49, -49, -49, -49, -49, -49, -49, -49, -49]]> : tensor<3x10xi8>
  check.expect_eq %u_i, %u_e : tensor<3x10xi8>
  %e, %e_m, %e_v = nn.normalize %z {axes = array<i64: 1>, epsilon = 2.000000} : (tensor<3x10x!quant.uniform<i8:f32, 0.09000000357627869:17>>) -> (tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>>, tensor<3x1xf32>, tensor<3x1xf32>)
  %e_i = quant.scast %e : tensor<3x10x!quant.uniform<i8:f32, 0.019999999552965164:1>> to tensor<3x10xi8>
  %e_e = arith.constant dense<[[-49, 25, -14, 88, 75, -29, -52, -55, 5, 16], [78, 12, -30, -36, -7, 15, 3, -69, -46, 91], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]> : tensor<3x10xi8>
  check.expect_eq %e_i, %e_e : tensor<3x10xi8>
  return
}

func.func @resize() {
  %g_c = arith.constant dense<[[[[86], [63]], [[-17], [-29]], [[-37], [-125]]]]> : tensor<1x3x2x1xi8>
  %g = quant.scast %g_c : tensor<1x3x2x1xi8> to tensor<1x3x2x1x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %r = nn.resize %g {mode = 1 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x3x2x1x!quant.uniform<i8:f32, 0.0471000000834465:-7>>) -> tensor<1x6x4x1x!quant.uniform<i8:f32, 0.039000000804662704:3>>
  %r_i = quant.scast %r : tensor<1x6x4x1x!quant.uniform<i8:f32, 0.039000000804662704:3>> to tensor<1x6x4x1xi8>
  %r_e = arith.constant dense<[[[[115], [108], [94], [88]], [[84], [78], [66], [60]], [[22], [18], [9], [4]], [[-15], [-24], [-43], [-53]], [[-27], [-48], [-90], [-111]], [[-33], [-60], [-113], [-128]]]]> : tensor<1x6x4x1xi8>
  check.expect_eq %r_i, %r_e : tensor<1x6x4x1xi8>
  return
}

}
