// Real values to those that codes stand for: half to even, saturating, NaN
// stays. Zero point and range move the ends; scales may be one per channel.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @tensor() {
  %x = arith.constant dense<[-9.0, -4.25, -0.75, -0.25, 0.25, 0.75, 1.25, 3.5, 3.75, 100.0]> : tensor<10xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  %y = lowp.fake_quant %x, %s [-8, 7] : tensor<10xf32>, tensor<f32>
  %y_e = arith.constant dense<[-4.0, -4.0, -1.0, 0.0, 0.0, 1.0, 1.0, 3.5, 3.5, 3.5]> : tensor<10xf32>
  check.expect_eq %y, %y_e : tensor<10xf32>
  // The result of a rectifier: all codes above 0.
  %z = lowp.fake_quant %x, %s [-8, 7] {zero_point = -8 : i64} : tensor<10xf32>, tensor<f32>
  %z_e = arith.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 3.5, 4.0, 7.5]> : tensor<10xf32>
  check.expect_eq %z, %z_e : tensor<10xf32>
  %r = lowp.fake_quant %x, %s [-8, 7] {relaxed} : tensor<10xf32>, tensor<f32>
  %r_e = arith.constant dense<[-4.0, -4.0, -0.75, -0.25, 0.25, 0.75, 1.25, 3.5, 3.5, 3.5]> : tensor<10xf32>
  check.expect_eq %r, %r_e : tensor<10xf32>
  return
}

func.func @nan() {
  %x = arith.constant dense<[0x7FC00000, 1.0]> : tensor<2xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  %y = lowp.fake_quant %x, %s [-8, 7] : tensor<2xf32>, tensor<f32>
  %nan = nn.compare ne %y, %y : tensor<2xf32>, tensor<2xf32>
  %nan_e = arith.constant dense<[true, false]> : tensor<2xi1>
  check.expect_eq %nan, %nan_e : tensor<2xi1>
  return
}

// The same bits as a quantize and a dequantize of the same scales.
func.func @channels() {
  %x = arith.constant dense<[[0.1, 0.1, 0.1], [-0.7, -0.7, -0.7], [0.33333334, 2.7182817, -1.4142135]]> : tensor<3x3xf32>
  %s = arith.constant dense<[0.1, 0.0099999997764825821, 0.3]> : tensor<3xf32>
  %y = lowp.fake_quant %x, %s [-127, 127] {axis = 1 : i64} : tensor<3x3xf32>, tensor<3xf32>
  %q = lowp.quantize %x : tensor<3x3xf32> -> tensor<3x3x!quant.uniform<i8<-127:127>:f32:1, {0.10000000149011612, 0.0099999997764825821, 0.30000001192092896}>>
  %d = lowp.dequantize %q : tensor<3x3x!quant.uniform<i8<-127:127>:f32:1, {0.10000000149011612, 0.0099999997764825821, 0.30000001192092896}>> -> tensor<3x3xf32>
  check.expect_eq %y, %d : tensor<3x3xf32>
  return
}
