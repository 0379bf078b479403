// Rescaling as in TensorFlow Lite: a 31-bit multiplier, two roundings; a factor
// below 2^-32 is 0, one above 1 shifts left.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

module attributes {lowp.requantize = "tflite"} {

func.func @per_channel() {
  %x_c = arith.constant dense<[[[[-123, -31, 41, -86], [-45, 92, -94, 112], [-93, -18, 75, -116]], [[117, 29, 5, 51], [-30, 70, 2, -101], [84, 90, 63, 54]], [[-112, -108, -74, -41], [94, -108, -2, 117], [40, 60, 71, -30]]]]> : tensor<1x3x3x4xi8>
  %x = quant.scast %x_c : tensor<1x3x3x4xi8> to tensor<1x3x3x4x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %w_c = arith.constant dense<[[[[35, -96, 60, -66, 12], [50, -69, 90, -80, 47], [126, 53, -125, 47, 49], [-87, 97, 113, -68, 75]], [[-115, 59, -26, -91, -43], [90, -10, 41, -19, -83], [113, -97, -97, -22, 113], [4, -116, 109, 112, 3]], [[-43, -82, 58, -114, -127], [121, -13, -32, 45, -118], [33, -52, 78, -33, -88], [-10, -25, 33, 29, -121]]], [[[-120, -14, 86, 48, -21], [47, -65, -39, -71, -36], [38, -85, -115, 49, -65], [-31, -50, -61, -62, -69]], [[59, -20, 24, -16, 103], [24, 51, 120, -52, -13], [-45, -69, -96, -3, -66], [-116, 27, 10, 59, -57]], [[-52, 37, -40, -82, 77], [-78, 117, 79, -106, 70], [-109, -13, 66, -35, -1], [-110, -19, 4, 34, 24]]], [[[66, 8, -110, 89, 118], [60, 117, 76, -21, 62], [-8, 118, -58, -10, 22], [60, -75, -53, 9, 94]], [[103, -9, 2, -82, 83], [-60, -82, 43, 98, 26], [-96, 79, -73, 54, 56], [72, -50, -38, -97, 73]], [[-105, -113, 75, -83, -122], [-45, -113, 113, 114, 126], [72, 37, -33, 36, -78], [-110, 94, 113, 73, -84]]]]> : tensor<3x3x4x5xi8>
  %w = quant.scast %w_c : tensor<3x3x4x5xi8> to tensor<3x3x4x5x!quant.uniform<i8:f32:3, {0.005773456301540136, 0.005727411713451147, 0.009801448322832584, 0.005700614769011736, 0.0017562812427058816}>>
  %b_c = arith.constant dense<[6740, -2185, -17009, 18759, 3822]> : tensor<5xi32>
  %b = quant.scast %b_c : tensor<5xi32> to tensor<5x!quant.uniform<i32:f32:0, {0.0002719298063311726, 0.0002697611053008586, 0.00046164821833372116, 0.00026849895948544145, 8.272084960481152e-05}>>
  %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x3x3x4x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<3x3x4x5x!quant.uniform<i8:f32:3, {0.005773456301540136, 0.005727411713451147, 0.009801448322832584, 0.005700614769011736, 0.0017562812427058816}>>, tensor<5x!quant.uniform<i32:f32:0, {0.0002719298063311726, 0.0002697611053008586, 0.00046164821833372116, 0.00026849895948544145, 8.272084960481152e-05}>>) -> tensor<1x3x3x5x!quant.uniform<i8:f32, 0.09300000220537186:5>>
  %y_i = quant.scast %y : tensor<1x3x3x5x!quant.uniform<i8:f32, 0.09300000220537186:5>> to tensor<1x3x3x5xi8>
  %y_e = arith.constant dense<[[[[65, -48, -128, 32, 37], [22, 8, 80, 127, 5], [38, -5, -114, -27, 7]], [[57, 82, -49, 41, -32], [19, -54, 54, -3, 3], [45, -47, -115, 43, 54]], [[-8, -25, -128, 85, 7], [36, 17, 31, -38, 1], [30, -77, -73, 48, -4]]]]> : tensor<1x3x3x5xi8>
  check.expect_eq %y_i, %y_e : tensor<1x3x3x5xi8>
  return
}

func.func @dead_channels() {
  %x_c = arith.constant dense<[[[[124, 59, -12], [32, -63, 62]], [[-29, -53, 21], [-33, -8, -61]]]]> : tensor<1x2x2x3xi8>
  %x = quant.scast %x_c : tensor<1x2x2x3xi8> to tensor<1x2x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>
  %w_c = arith.constant dense<[[[[8, -32, -84, -60, -77, 85], [-67, -90, -33, -74, 62, 55], [-31, -26, -35, -40, -118, 121]]]]> : tensor<1x1x3x6xi8>
  %w = quant.scast %w_c : tensor<1x1x3x6xi8> to tensor<1x1x3x6x!quant.uniform<i8:f32:3, {9.999999960041972e-13, 9.999999717180685e-10, 0.009999999776482582, 9.000000397718644e-12, 4.999999858590343e-10, 2.000000026702864e-10}>>
  %b_c = arith.constant dense<[-2147483648, 2147483647, -300, -2147483648, 1073741952, 1073741952]> : tensor<6xi32>
  %b = quant.scast %b_c : tensor<6xi32> to tensor<6x!quant.uniform<i32:f32:0, {4.70999988685418e-14, 4.709999751328908e-11, 0.00047099997755140066, 4.239000101456669e-13, 2.354999875664454e-11, 9.420000370019554e-12}>>
  %y = nn.conv2d %x, %w, %b {} : (tensor<1x2x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>, tensor<1x1x3x6x!quant.uniform<i8:f32:3, {9.999999960041972e-13, 9.999999717180685e-10, 0.009999999776482582, 9.000000397718644e-12, 4.999999858590343e-10, 2.000000026702864e-10}>>, tensor<6x!quant.uniform<i32:f32:0, {4.70999988685418e-14, 4.709999751328908e-11, 0.00047099997755140066, 4.239000101456669e-13, 2.354999875664454e-11, 9.420000370019554e-12}>>) -> tensor<1x2x2x6x!quant.uniform<i8:f32, 0.05000000074505806:4>>
  %y_i = quant.scast %y : tensor<1x2x2x6x!quant.uniform<i8:f32, 0.05000000074505806:4>> to tensor<1x2x2x6xi8>
  %y_e = arith.constant dense<[[[[4, 6, -116, 4, 5, 4], [4, 6, -29, 4, 5, 4]], [[4, 6, 29, 4, 5, 4], [4, 6, 46, 4, 5, 4]]]]> : tensor<1x2x2x6xi8>
  check.expect_eq %y_i, %y_e : tensor<1x2x2x6xi8>
  return
}

func.func @above_one() {
  %x_c = arith.constant dense<[[[[37, 100, 106], [-72, -69, -89]]]]> : tensor<1x1x2x3xi8>
  %x = quant.scast %x_c : tensor<1x1x2x3xi8> to tensor<1x1x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>
  %w_c = arith.constant dense<[[[[-60, -2, 85], [19, -19, -39], [82, 23, -16]]]]> : tensor<1x1x3x3xi8>
  %w = quant.scast %w_c : tensor<1x1x3x3xi8> to tensor<1x1x3x3x!quant.uniform<i8:f32:3, {0.008331621997058392, 0.0031795145478099585, 0.006806000601500273}>>
  %b_c = arith.constant dense<[7127, 12821, -17677]> : tensor<3xi32>
  %b = quant.scast %b_c : tensor<3xi32> to tensor<3x!quant.uniform<i32:f32:0, {0.000392419402487576, 0.00014975514204706997, 0.00032056262716650963}>>
  %y = nn.conv2d %x, %w, %b {} : (tensor<1x1x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>, tensor<1x1x3x3x!quant.uniform<i8:f32:3, {0.008331621997058392, 0.0031795145478099585, 0.006806000601500273}>>, tensor<3x!quant.uniform<i32:f32:0, {0.000392419402487576, 0.00014975514204706997, 0.00032056262716650963}>>) -> tensor<1x1x2x3x!quant.uniform<i8:f32, 4.0099999750964344e-05:4>>
  %y_i = quant.scast %y : tensor<1x1x2x3x!quant.uniform<i8:f32, 4.0099999750964344e-05:4>> to tensor<1x1x2x3xi8>
  %y_e = arith.constant dense<[[[[127, 127, -128], [127, 127, -128]]]]> : tensor<1x1x2x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x1x2x3xi8>
  return
}

// A factor of 10^8 leaves 32 bits. The overflow, which is undefined in
// TensorFlow Lite's C, saturates.
func.func @far_above() {
  %x_c = arith.constant dense<[-128, -1, 0, 1, 64, 127]> : tensor<6xi8>
  %x = quant.scast %x_c : tensor<6xi8> to tensor<6x!quant.uniform<i8:f32, 1.0>>
  %y = nn.cast %x : tensor<6x!quant.uniform<i8:f32, 1.0>> to tensor<6x!quant.uniform<i8:f32, 1.0e-8>>
  %y_i = quant.scast %y : tensor<6x!quant.uniform<i8:f32, 1.0e-8>> to tensor<6xi8>
  %y_e = arith.constant dense<[-128, -128, 0, 127, 127, 127]> : tensor<6xi8>
  check.expect_eq %y_i, %y_e : tensor<6xi8>
  return
}

}
