// One bit an element says whether the code was in range, ends included.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @clamp_16() {
  %w_c = arith.constant dense<[-129, -128, 127, 128, -10, 180, 221, 49, -277, -244, -101, -41, 72, -13, -142, -205]> : tensor<16xi16>
  %w = quant.scast %w_c : tensor<16xi16> to tensor<16x!quant.uniform<i16:f32, 0.5:3>>
  %q, %mask = lowp.clamp %w : tensor<16x!quant.uniform<i16:f32, 0.5:3>> -> tensor<16x!quant.uniform<i8:f32, 0.5:3>>, tensor<2xi8>
  %q_i = quant.scast %q : tensor<16x!quant.uniform<i8:f32, 0.5:3>> to tensor<16xi8>
  %q_e = arith.constant dense<[-128, -128, 127, 127, -10, 127, 127, 49, -128, -128, -101, -41, 72, -13, -128, -128]> : tensor<16xi8>
  check.expect_eq %q_i, %q_e : tensor<16xi8>
  %mask_e = arith.constant dense<[-106, 60]> : tensor<2xi8>
  check.expect_eq %mask, %mask_e : tensor<2xi8>
  %x = arith.constant dense<[1.75, 2.25, -4.25, -3.25, -0.25, -0.75, 3.25, 0.25, -0.75, -0.75, 1.25, 0.75, -2.75, 2.25, 2.25, 4.25]> : tensor<16xf32>
  %s = lowp.select_by_mask %x, %mask : tensor<16xf32>, tensor<2xi8>
  %s_e = arith.constant dense<[0.0, 2.25, -4.25, 0.0, -0.25, 0.0, 0.0, 0.25, 0.0, 0.0, 1.25, 0.75, -2.75, 2.25, 0.0, 0.0]> : tensor<16xf32>
  check.expect_eq %s, %s_e : tensor<16xf32>
  return
}

func.func @clamp_5() {
  %w_c = arith.constant dense<[-129, -128, 127, 128, -10]> : tensor<5xi16>
  %w = quant.scast %w_c : tensor<5xi16> to tensor<5x!quant.uniform<i16:f32, 0.5:3>>
  %q, %mask = lowp.clamp %w : tensor<5x!quant.uniform<i16:f32, 0.5:3>> -> tensor<5x!quant.uniform<i8:f32, 0.5:3>>, tensor<1xi8>
  %q_i = quant.scast %q : tensor<5x!quant.uniform<i8:f32, 0.5:3>> to tensor<5xi8>
  %q_e = arith.constant dense<[-128, -128, 127, 127, -10]> : tensor<5xi8>
  check.expect_eq %q_i, %q_e : tensor<5xi8>
  %mask_e = arith.constant dense<[22]> : tensor<1xi8>
  check.expect_eq %mask, %mask_e : tensor<1xi8>
  %x = arith.constant dense<[1.75, 3.25, -1.75, 3.75, -4.25]> : tensor<5xf32>
  %s = lowp.select_by_mask %x, %mask : tensor<5xf32>, tensor<1xi8>
  %s_e = arith.constant dense<[0.0, 3.25, -1.75, 0.0, -4.25]> : tensor<5xf32>
  check.expect_eq %s, %s_e : tensor<5xf32>
  return
}

func.func @clamp_19() {
  %w_c = arith.constant dense<[-129, -128, 127, 128, -10, -112, -275, 235, 97, 51, -154, -18, -186, 163, -16, -282, -148, 124, 11]> : tensor<19xi16>
  %w = quant.scast %w_c : tensor<19xi16> to tensor<19x!quant.uniform<i16:f32, 0.5:3>>
  %q, %mask = lowp.clamp %w : tensor<19x!quant.uniform<i16:f32, 0.5:3>> -> tensor<19x!quant.uniform<i8:f32, 0.5:3>>, tensor<3xi8>
  %q_i = quant.scast %q : tensor<19x!quant.uniform<i8:f32, 0.5:3>> to tensor<19xi8>
  %q_e = arith.constant dense<[-128, -128, 127, 127, -10, -112, -128, 127, 97, 51, -128, -18, -128, 127, -16, -128, -128, 124, 11]> : tensor<19xi8>
  check.expect_eq %q_i, %q_e : tensor<19xi8>
  %mask_e = arith.constant dense<[54, 75, 6]> : tensor<3xi8>
  check.expect_eq %mask, %mask_e : tensor<3xi8>
  %x = arith.constant dense<[-1.25, -2.25, -3.75, 0.75, 1.25, 0.25, 3.75, 3.75, -2.75, 0.75, 1.25, -2.25, -1.75, -0.25, 2.25, -1.75, 1.75, 1.25, -2.75]> : tensor<19xf32>
  %s = lowp.select_by_mask %x, %mask : tensor<19xf32>, tensor<3xi8>
  %s_e = arith.constant dense<[0.0, -2.25, -3.75, 0.0, 1.25, 0.25, 0.0, 0.0, -2.75, 0.75, 0.0, -2.25, 0.0, 0.0, 2.25, 0.0, 0.0, 1.25, -2.75]> : tensor<19xf32>
  check.expect_eq %s, %s_e : tensor<19xf32>
  return
}

func.func @rectifier() {
  %w_c = arith.constant dense<[[-300, -11, -10], [0, 100, 101]]> : tensor<2x3xi16>
  %w = quant.scast %w_c : tensor<2x3xi16> to tensor<2x3x!quant.uniform<i16:f32, 0.5:-10>>
  %q, %mask = lowp.clamp %w : tensor<2x3x!quant.uniform<i16:f32, 0.5:-10>> -> tensor<2x3x!quant.uniform<i8<-10:100>:f32, 0.5:-10>>, tensor<1xi8>
  %q_i = quant.scast %q : tensor<2x3x!quant.uniform<i8<-10:100>:f32, 0.5:-10>> to tensor<2x3xi8>
  %q_e = arith.constant dense<[[-10, -10, -10], [0, 100, 100]]> : tensor<2x3xi8>
  check.expect_eq %q_i, %q_e : tensor<2x3xi8>
  %mask_e = arith.constant dense<[28]> : tensor<1xi8>
  check.expect_eq %mask, %mask_e : tensor<1xi8>
  return
}
