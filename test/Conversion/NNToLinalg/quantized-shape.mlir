// Ops that move elements move codes, and rescale them if the scales differ.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @moves() {
  %x_c = arith.constant dense<[[[57, -39, -2, -5], [-113, -105, -52, 11], [-110, 107, 90, 16]], [[59, 62, -126, 114], [-116, 87, 85, 62], [-94, 80, 117, 81]]]> : tensor<2x3x4xi8>
  %x = quant.scast %x_c : tensor<2x3x4xi8> to tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %t = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<4x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %t_i = quant.scast %t : tensor<4x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<4x2x3xi8>
  %t_e = arith.constant dense<[[[57, -113, -110], [59, -116, -94]], [[-39, -105, 107], [62, 87, 80]], [[-2, -52, 90], [-126, 85, 117]], [[-5, 11, 16], [114, 62, 81]]]> : tensor<4x2x3xi8>
  check.expect_eq %t_i, %t_e : tensor<4x2x3xi8>
  %s = nn.slice %x {starts = array<i64: 0, 2, 1>, strides = array<i64: 1, -1, 2>} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<2x3x2x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %s_i = quant.scast %s : tensor<2x3x2x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<2x3x2xi8>
  %s_e = arith.constant dense<[[[107, 16], [-105, 11], [-39, -5]], [[80, 81], [87, 62], [62, 114]]]> : tensor<2x3x2xi8>
  check.expect_eq %s_i, %s_e : tensor<2x3x2xi8>
  %p = nn.pad %x {low = array<i64: 0, 1, 0>, high = array<i64: 0, 0, 1>} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<2x4x5x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %p_i = quant.scast %p : tensor<2x4x5x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<2x4x5xi8>
  %p_e = arith.constant dense<[[[-11, -11, -11, -11, -11], [57, -39, -2, -5, -11], [-113, -105, -52, 11, -11], [-110, 107, 90, 16, -11]], [[-11, -11, -11, -11, -11], [59, 62, -126, 114, -11], [-116, 87, 85, 62, -11], [-94, 80, 117, 81, -11]]]> : tensor<2x4x5xi8>
  check.expect_eq %p_i, %p_e : tensor<2x4x5xi8>
  %r = nn.reshape %x : tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>> -> tensor<6x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %r_i = quant.scast %r : tensor<6x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<6x4xi8>
  %r_e = arith.constant dense<[[57, -39, -2, -5], [-113, -105, -52, 11], [-110, 107, 90, 16], [59, 62, -126, 114], [-116, 87, 85, 62], [-94, 80, 117, 81]]> : tensor<6x4xi8>
  check.expect_eq %r_i, %r_e : tensor<6x4xi8>
  %i = arith.constant dense<[2, 0]> : tensor<2xi64>
  %g = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>, tensor<2xi64>) -> tensor<2x2x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %g_i = quant.scast %g : tensor<2x2x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<2x2x4xi8>
  %g_e = arith.constant dense<[[[-110, 107, 90, 16], [57, -39, -2, -5]], [[-94, 80, 117, 81], [59, 62, -126, 114]]]> : tensor<2x2x4xi8>
  check.expect_eq %g_i, %g_e : tensor<2x2x4xi8>
  %b_c = arith.constant dense<[[[49, -64, 13, -5]], [[94, -41, -24, -61]]]> : tensor<2x1x4xi8>
  %b = quant.scast %b_c : tensor<2x1x4xi8> to tensor<2x1x4x!quant.uniform<i8:f32, 0.05000000074505806:4>>
  %c = nn.concat %x, %b {axis = 1 : i64} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>, tensor<2x1x4x!quant.uniform<i8:f32, 0.05000000074505806:4>>) -> tensor<2x4x4x!quant.uniform<i8:f32, 0.05000000074505806:4>>
  %c_i = quant.scast %c : tensor<2x4x4x!quant.uniform<i8:f32, 0.05000000074505806:4>> to tensor<2x4x4xi8>
  %c_e = arith.constant dense<[[[45, -13, 9, 8], [-57, -52, -21, 17], [-55, 75, 65, 20], [49, -64, 13, -5]], [[46, 48, -65, 79], [-59, 63, 62, 48], [-46, 59, 81, 59], [94, -41, -24, -61]]]> : tensor<2x4x4xi8>
  check.expect_eq %c_i, %c_e : tensor<2x4x4xi8>
  %k = nn.concat %x {axis = 0 : i64} : (tensor<2x3x4x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<2x3x4x!quant.uniform<i8<-11:100>:f32, 0.029999999329447746:-11>>
  %k_i = quant.scast %k : tensor<2x3x4x!quant.uniform<i8<-11:100>:f32, 0.029999999329447746:-11>> to tensor<2x3x4xi8>
  %k_e = arith.constant dense<[[[57, -11, -2, -5], [-11, -11, -11, 11], [-11, 100, 90, 16]], [[59, 62, -11, 100], [-11, 87, 85, 62], [-11, 80, 100, 81]]]> : tensor<2x3x4xi8>
  check.expect_eq %k_i, %k_e : tensor<2x3x4xi8>
  return
}

func.func @per_channel() {
  %a_c = arith.constant dense<[[-3, 18], [-11, -47], [12, 30]]> : tensor<3x2xi8>
  %a = quant.scast %a_c : tensor<3x2xi8> to tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>
  %b_c = arith.constant dense<[[-86], [21], [52]]> : tensor<3x1xi8>
  %b = quant.scast %b_c : tensor<3x1xi8> to tensor<3x1x!quant.uniform<i8:f32:1, {0.125}>>
  %c = nn.concat %a, %b {axis = 1 : i64} : (tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>, tensor<3x1x!quant.uniform<i8:f32:1, {0.125}>>) -> tensor<3x3x!quant.uniform<i8:f32:1, {0.5, 0.25, 0.125}>>
  %c_i = quant.scast %c : tensor<3x3x!quant.uniform<i8:f32:1, {0.5, 0.25, 0.125}>> to tensor<3x3xi8>
  %c_e = arith.constant dense<[[-3, 18, -86], [-11, -47, 21], [12, 30, 52]]> : tensor<3x3xi8>
  check.expect_eq %c_i, %c_e : tensor<3x3xi8>
  %t = nn.transpose %a {permutation = array<i64: 1, 0>} : (tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<2x3x!quant.uniform<i8:f32:0, {0.5, 0.25}>>
  %t_i = quant.scast %t : tensor<2x3x!quant.uniform<i8:f32:0, {0.5, 0.25}>> to tensor<2x3xi8>
  %t_e = arith.constant dense<[[-3, -11, 12], [18, -47, 30]]> : tensor<2x3xi8>
  check.expect_eq %t_i, %t_e : tensor<2x3xi8>
  return
}

func.func @resize() {
  %x_c = arith.constant dense<[[[[-102, 30, -15], [110, -29, -48]], [[52, 94, -106], [-101, -85, -41]]]]> : tensor<1x2x2x3xi8>
  %x = quant.scast %x_c : tensor<1x2x2x3xi8> to tensor<1x2x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %n = nn.resize %x {coordinate = 1 : i32, rounding = 2 : i32, scales = array<f64: 1.0, 2.0, 1.0, 1.0>} : (tensor<1x2x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x4x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>
  %n_i = quant.scast %n : tensor<1x4x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>> to tensor<1x4x2x3xi8>
  %n_e = arith.constant dense<[[[[-102, 30, -15], [110, -29, -48]], [[-102, 30, -15], [110, -29, -48]], [[52, 94, -106], [-101, -85, -41]], [[52, 94, -106], [-101, -85, -41]]]]> : tensor<1x4x2x3xi8>
  check.expect_eq %n_i, %n_e : tensor<1x4x2x3xi8>
  %l = nn.resize %x {mode = 1 : i32, scales = array<f64: 1.0, 2.0, 1.0, 1.0>} : (tensor<1x2x2x3x!quant.uniform<i8:f32, 0.029999999329447746:-11>>) -> tensor<1x4x2x3x!quant.uniform<i8:f32, 0.05000000074505806:4>>
  %l_i = quant.scast %l : tensor<1x4x2x3x!quant.uniform<i8:f32, 0.05000000074505806:4>> to tensor<1x4x2x3xi8>
  %l_e = arith.constant dense<[[[[-51, 29, 2], [77, -7, -18]], [[-27, 38, -12], [45, -15, -17]], [[19, 57, -39], [-18, -32, -15]], [[42, 67, -53], [-50, -40, -14]]]]> : tensor<1x4x2x3xi8>
  check.expect_eq %l_i, %l_e : tensor<1x4x2x3xi8>
  return
}
