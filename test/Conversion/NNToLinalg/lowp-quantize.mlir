// Between real numbers and codes: half to even, saturation, NaN as 0; the scale
// of all or of each index; bytes without a sign; 32 bits.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @quantize() {
  %x = arith.constant dense<[-1.0e+30, -64.30000305175781, -0.75, -0.25, 0.0, 0.25, 0.75, 1.25, 62.20000076293945, 62.29999923706055, 1.0e+30, 0x7FC00000]> : tensor<12xf32>
  %y = lowp.quantize %x : tensor<12xf32> -> tensor<12x!quant.uniform<i8:f32, 0.5:3>>
  %y_i = quant.scast %y : tensor<12x!quant.uniform<i8:f32, 0.5:3>> to tensor<12xi8>
  %y_e = arith.constant dense<[-128, -126, 1, 3, 3, 3, 5, 5, 127, 127, 127, 3]> : tensor<12xi8>
  check.expect_eq %y_i, %y_e : tensor<12xi8>
  %r = lowp.quantize %x : tensor<12xf32> -> tensor<12x!quant.uniform<i8<3:15>:f32, 0.5:3>>
  %r_i = quant.scast %r : tensor<12x!quant.uniform<i8<3:15>:f32, 0.5:3>> to tensor<12xi8>
  %r_e = arith.constant dense<[3, 3, 3, 3, 3, 3, 5, 5, 15, 15, 15, 3]> : tensor<12xi8>
  check.expect_eq %r_i, %r_e : tensor<12xi8>
  return
}

func.func @per_axis() {
  %x = arith.constant dense<[[0.04998999834060669, 2.0000000233721948e-07], [-1.0, -4.500000159168849e-06], [100.0, 9.899999895424116e-07]]> : tensor<3x2xf32>
  %y = lowp.quantize %x : tensor<3x2xf32> -> tensor<3x2x!quant.uniform<i8:f32:1, {0.10000000149011612:-3, 3.000000106112566e-07:4}>>
  %y_i = quant.scast %y : tensor<3x2x!quant.uniform<i8:f32:1, {0.10000000149011612:-3, 3.000000106112566e-07:4}>> to tensor<3x2xi8>
  %y_e = arith.constant dense<[[-3, 5], [-13, -11], [127, 7]]> : tensor<3x2xi8>
  check.expect_eq %y_i, %y_e : tensor<3x2xi8>
  %d = lowp.dequantize %y : tensor<3x2x!quant.uniform<i8:f32:1, {0.10000000149011612:-3, 3.000000106112566e-07:4}>> -> tensor<3x2xf64>
  %d_e = arith.constant dense<[[0.0, 3.000000106112566e-07], [-1.0000000149011612, -4.500000159168849e-06], [13.000000193715096, 9.000000318337698e-07]]> : tensor<3x2xf64>
  check.expect_eq %d, %d_e : tensor<3x2xf64>
  %f = lowp.dequantize %y : tensor<3x2x!quant.uniform<i8:f32:1, {0.10000000149011612:-3, 3.000000106112566e-07:4}>> -> tensor<3x2xf32>
  %f_e = arith.constant dense<[[0.0, 3.000000106112566e-07], [-1.0, -4.500000159168849e-06], [13.0, 9.000000318337698e-07]]> : tensor<3x2xf32>
  check.expect_eq %f, %f_e : tensor<3x2xf32>
  return
}

func.func @bytes() {
  %c_c = arith.constant dense<[0, 1, 127, -128, -1]> : tensor<5xi8>
  %c = quant.scast %c_c : tensor<5xi8> to tensor<5x!quant.uniform<u8:f32, 0.5:128>>
  %d = lowp.dequantize %c : tensor<5x!quant.uniform<u8:f32, 0.5:128>> -> tensor<5xf32>
  %d_e = arith.constant dense<[-64.0, -63.5, -0.5, 0.0, 63.5]> : tensor<5xf32>
  check.expect_eq %d, %d_e : tensor<5xf32>
  %q = lowp.quantize %d : tensor<5xf32> -> tensor<5x!quant.uniform<u8:f32, 0.5:128>>
  %q_i = quant.scast %q : tensor<5x!quant.uniform<u8:f32, 0.5:128>> to tensor<5xi8>
  %q_e = arith.constant dense<[0, 1, 127, -128, -1]> : tensor<5xi8>
  check.expect_eq %q_i, %q_e : tensor<5xi8>
  %b_c = arith.constant dense<[-2147483648, 2147483647, -1]> : tensor<3xi32>
  %b = quant.scast %b_c : tensor<3xi32> to tensor<3x!quant.uniform<i32:f32, 9.999999960041972e-13>>
  %bd = lowp.dequantize %b : tensor<3x!quant.uniform<i32:f32, 9.999999960041972e-13>> -> tensor<3xf64>
  %bd_e = arith.constant dense<[-0.002147483639419079, 0.002147483638419079, -9.999999960041972e-13]> : tensor<3xf64>
  check.expect_eq %bd, %bd_e : tensor<3xf64>
  %bq = lowp.quantize %bd : tensor<3xf64> -> tensor<3x!quant.uniform<i32:f32, 9.999999960041972e-13>>
  %bq_i = quant.scast %bq : tensor<3x!quant.uniform<i32:f32, 9.999999960041972e-13>> to tensor<3xi32>
  %bq_e = arith.constant dense<[-2147483648, 2147483647, -1]> : tensor<3xi32>
  check.expect_eq %bq_i, %bq_e : tensor<3xi32>
  return
}
