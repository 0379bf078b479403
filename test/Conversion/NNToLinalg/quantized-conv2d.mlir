// A layer on codes: the sum of products in integers, one rescale per channel,
// padding that means 0, saturation to the result's storage.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @zero_points_and_pads() {
  %x_c = arith.constant dense<[[[[79, -107], [-83, -68], [-82, 77]], [[94, 21], [-118, -104], [-43, -18]], [[31, -6], [-61, -88], [49, 60]], [[-120, -99], [-13, -28], [99, 4]]]]> : tensor<1x4x3x2xi8>
  %x = quant.scast %x_c : tensor<1x4x3x2xi8> to tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>
  %w_c = arith.constant dense<[[[[-20, -18, 42], [22, -83, 61]], [[65, 116, 73], [-55, -46, 38]], [[38, 50, 94], [-53, 112, -127]]], [[[-108, 121, 113], [-51, -92, -47]], [[-117, 100, 41], [22, -65, -7]], [[-79, 70, -7], [-120, -63, 53]]], [[[5, -32, -63], [-104, 28, 41]], [[5, 110, 109], [-75, 28, 33]], [[-64, -51, -3], [62, -53, 57]]]]> : tensor<3x3x2x3xi8>
  %w = quant.scast %w_c : tensor<3x3x2x3xi8> to tensor<3x3x2x3x!quant.uniform<i8:f32:3, {0.0029684389010071754, 0.008468981832265854, 0.006918869912624359}>>
  %b_c = arith.constant dense<[-19812, 7311, -10996]> : tensor<3xi32>
  %b = quant.scast %b_c : tensor<3xi32> to tensor<3x!quant.uniform<i32:f32:0, {0.00013981347728986293, 0.0003988890384789556, 0.00032587876194156706}>>
  %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x3x2x!quant.uniform<i8:f32, 0.0471000000834465:-7>>, tensor<3x3x2x3x!quant.uniform<i8:f32:3, {0.0029684389010071754, 0.008468981832265854, 0.006918869912624359}>>, tensor<3x!quant.uniform<i32:f32:0, {0.00013981347728986293, 0.0003988890384789556, 0.00032587876194156706}>>) -> tensor<1x4x3x3x!quant.uniform<i8:f32, 0.09300000220537186:5>>
  %y_i = quant.scast %y : tensor<1x4x3x3x!quant.uniform<i8:f32, 0.09300000220537186:5>> to tensor<1x4x3x3xi8>
  %y_e = arith.constant dense<[[[[-24, 127, -5], [-17, -5, -49], [24, -49, -71]], [[4, 127, -25], [-30, 9, -128], [-2, 10, -69]], [[7, -26, -64], [-42, -40, -33], [-17, 123, -43]], [[4, -14, -23], [-15, 76, -94], [-42, 127, -20]]]]> : tensor<1x4x3x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x4x3x3xi8>
  return
}

func.func @asymmetric_pads_stride() {
  %x_c = arith.constant dense<[[[[81, 105, -19], [116, 66, -45], [96, -30, -102], [23, 89, 40]], [[-28, 102, -6], [-30, -91, -74], [50, 76, -54], [32, 95, -91]], [[-58, 6, 15], [-27, -26, -95], [28, 110, -78], [76, -82, -117]], [[63, -82, 64], [-44, 17, 112], [107, -7, -76], [-64, 89, 22]], [[-85, 98, 118], [120, 31, 121], [27, 0, 120], [26, 73, -42]]], [[[74, 121, -115], [9, -34, -115], [-107, -60, -79], [55, -74, 32]], [[91, -2, -96], [-111, -53, -23], [-2, -50, 89], [17, 119, 111]], [[53, -121, -74], [63, 11, 113], [52, 81, -115], [-53, 46, 34]], [[-34, -88, 22], [-106, 43, 77], [43, -112, 5], [-51, 14, 46]], [[-78, -119, -2], [30, -96, 108], [-5, 119, 9], [58, 70, -1]]]]> : tensor<2x5x4x3xi8>
  %x = quant.scast %x_c : tensor<2x5x4x3xi8> to tensor<2x5x4x3x!quant.uniform<i8:f32, 0.0471000000834465:11>>
  %w_c = arith.constant dense<[[[[-27, 43], [-123, 30], [7, -89]], [[-75, -119], [62, 47], [-28, 116]], [[-30, -49], [104, -107], [-27, -121]]], [[[-39, 58], [-39, -2], [-5, -112]], [[-104, -51], [12, -109], [107, 91]], [[16, 59], [62, -125], [114, -115]]], [[[87, 85], [62, -93], [80, 117]], [[82, 49], [-63, 14], [-5, 94]], [[-40, -23], [-61, -3], [18, -10]]]]> : tensor<3x3x3x2xi8>
  %w = quant.scast %w_c : tensor<3x3x3x2xi8> to tensor<3x3x3x2x!quant.uniform<i8:f32:3, {0.0065679089166224, 0.006241748575121164}>>
  %b_c = arith.constant dense<[-7285, 8260]> : tensor<2xi32>
  %b = quant.scast %b_c : tensor<2xi32> to tensor<2x!quant.uniform<i32:f32:0, {0.00030934851383790374, 0.0002939863479696214}>>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>} : (tensor<2x5x4x3x!quant.uniform<i8:f32, 0.0471000000834465:11>>, tensor<3x3x3x2x!quant.uniform<i8:f32:3, {0.0065679089166224, 0.006241748575121164}>>, tensor<2x!quant.uniform<i32:f32:0, {0.00030934851383790374, 0.0002939863479696214}>>) -> tensor<2x2x2x2x!quant.uniform<i8:f32, 0.30000001192092896:-128>>
  %y_i = quant.scast %y : tensor<2x2x2x2x!quant.uniform<i8:f32, 0.30000001192092896:-128>> to tensor<2x2x2x2xi8>
  %y_e = arith.constant dense<[[[[-128, -124], [-128, -128]], [[-93, -97], [-128, -112]]], [[[-128, -53], [-128, -128]], [[-115, -70], [-120, -94]]]]> : tensor<2x2x2x2xi8>
  check.expect_eq %y_i, %y_e : tensor<2x2x2x2xi8>
  return
}

func.func @depthwise() {
  %x_c = arith.constant dense<[[[[-102, 30, -15, 110, -29], [-48, 52, 94, -106, -101], [-85, -41, 3, 17, -25], [97, 42, -86, -43, -78]], [[-78, 88, 110, -18, -66], [85, -91, -93, -57, -35], [-42, -57, -71, 32, 9], [40, 111, 111, -96, 74]], [[-22, 81, 43, -114, 98], [109, 127, -113, -92, 33], [9, -104, 97, -68, -115], [92, 22, -122, -84, 97]]]]> : tensor<1x3x4x5xi8>
  %x = quant.scast %x_c : tensor<1x3x4x5xi8> to tensor<1x3x4x5x!quant.uniform<i8:f32, 0.0471000000834465:-128>>
  %w_c = arith.constant dense<[[[[68, 94, 112, -51, 10]], [[-33, -125, -67, -111, -98]], [[-21, 106, 89, 37, -67]]], [[[-95, 43, 60, -24, -93]], [[-60, 124, 52, 17, -49]], [[92, -33, -13, 68, -22]]], [[[-1, -120, 72, -55, 4]], [[12, -87, -66, -14, -102]], [[95, -39, 17, -90, 119]]]]> : tensor<3x3x1x5xi8>
  %w = quant.scast %w_c : tensor<3x3x1x5xi8> to tensor<3x3x1x5x!quant.uniform<i8:f32:3, {0.001010335749015212, 0.0040632979944348335, 0.007921451702713966, 0.0071753584779798985, 0.0060488078743219376}>>
  %b_c = arith.constant dense<[-1521, 6549, 13466, 15057, 12191]> : tensor<5xi32>
  %b = quant.scast %b_c : tensor<5xi32> to tensor<5x!quant.uniform<i32:f32:0, {4.7586814616806805e-05, 0.0001913813321152702, 0.00037310036714188755, 0.0003379593836143613, 0.00028489885153248906}>>
  %y = nn.conv2d %x, %w, %b {groups = 5 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x3x4x5x!quant.uniform<i8:f32, 0.0471000000834465:-128>>, tensor<3x3x1x5x!quant.uniform<i8:f32:3, {0.001010335749015212, 0.0040632979944348335, 0.007921451702713966, 0.0071753584779798985, 0.0060488078743219376}>>, tensor<5x!quant.uniform<i32:f32:0, {4.7586814616806805e-05, 0.0001913813321152702, 0.00037310036714188755, 0.0003379593836143613, 0.00028489885153248906}>>) -> tensor<1x3x4x5x!quant.uniform<i8<-10:127>:f32, 0.019999999552965164:-10>>
  %y_i = quant.scast %y : tensor<1x3x4x5x!quant.uniform<i8<-10:127>:f32, 0.019999999552965164:-10>> to tensor<1x3x4x5xi8>
  %y_e = arith.constant dense<[[[[50, -10, 15, 127, 127], [4, -2, 127, -10, 82], [51, -10, 127, 127, 127], [-10, 10, 127, 54, -10]], [[76, 22, 127, -10, -10], [-3, -10, 127, 127, -10], [14, -10, 127, -10, 66], [-10, 88, 127, -10, -10]], [[9, -1, 127, 127, -10], [-10, 127, 127, 127, -10], [-10, 127, 127, -10, -10], [-10, 19, 127, 35, -10]]]]> : tensor<1x3x4x5xi8>
  check.expect_eq %y_i, %y_e : tensor<1x3x4x5xi8>
  return
}

func.func @groups_unsigned() {
  %x_c = arith.constant dense<[[[[-82, 116, -116, 45], [-113, -125, -86, 119], [82, -126, -85, 49]], [[-99, 89, -55, -105], [122, 9, 6, 61], [-119, 121, -37, 32]]]]> : tensor<1x2x3x4xi8>
  %x = quant.scast %x_c : tensor<1x2x3x4xi8> to tensor<1x2x3x4x!quant.uniform<u8:f32, 0.0471000000834465:130>>
  %w_c = arith.constant dense<[[[[36, -28, 37, -104], [-28, -92, -37, -78]], [[56, 45, -108, -51], [93, 103, 96, -98]]], [[[118, -22, -93, 55], [-98, -118, 100, -98]], [[-25, 96, -59, -56], [-30, 67, 41, -50]]]]> : tensor<2x2x2x4xi8>
  %w = quant.scast %w_c : tensor<2x2x2x4xi8> to tensor<2x2x2x4x!quant.uniform<i8:f32:3, {0.005384474992752075, 0.006940456572920084, 0.007486949674785137, 0.0011103630531579256}>>
  %b_c = arith.constant dense<[-13541, 6755, 12435, -5568]> : tensor<4xi32>
  %b = quant.scast %b_c : tensor<4xi32> to tensor<4x!quant.uniform<i32:f32:0, {0.000253608770435676, 0.00032689550425857306, 0.00035263533936813474, 5.229809903539717e-05}>>
  %y = nn.conv2d %x, %w, %b {groups = 2 : i64, pads = array<i64: 0, 1, 0, 1>} : (tensor<1x2x3x4x!quant.uniform<u8:f32, 0.0471000000834465:130>>, tensor<2x2x2x4x!quant.uniform<i8:f32:3, {0.005384474992752075, 0.006940456572920084, 0.007486949674785137, 0.0011103630531579256}>>, tensor<4x!quant.uniform<i32:f32:0, {0.000253608770435676, 0.00032689550425857306, 0.00035263533936813474, 5.229809903539717e-05}>>) -> tensor<1x1x4x4x!quant.uniform<u8:f32, 0.05000000074505806:128>>
  %y_i = quant.scast %y : tensor<1x1x4x4x!quant.uniform<u8:f32, 0.05000000074505806:128>> to tensor<1x1x4x4xi8>
  %y_e = arith.constant dense<[[[[68, -81, 127, 125], [-127, -109, -54, -116], [104, -6, 110, 125], [59, -69, 120, -117]]]]> : tensor<1x1x4x4xi8>
  check.expect_eq %y_i, %y_e : tensor<1x1x4x4xi8>
  return
}

func.func @pointwise_weight_zero_point() {
  %x_c = arith.constant dense<[[[[-17, 20, -17, 4, 15], [24, -57, -101, 99, -12]], [[-74, 127, 10, -45, -85], [-126, 29, 30, 102, 121]]]]> : tensor<1x2x2x5xi8>
  %x = quant.scast %x_c : tensor<1x2x2x5xi8> to tensor<1x2x2x5x!quant.uniform<i8:f32, 0.0471000000834465:3>>
  %w_c = arith.constant dense<[[[[98, -112, -93], [23, 32, -74], [100, 112, -76], [37, -22, 15], [54, 1, 61]]]]> : tensor<1x1x5x3xi8>
  %w = quant.scast %w_c : tensor<1x1x5x3xi8> to tensor<1x1x5x3x!quant.uniform<i8:f32, 0.006099999882280827:-4>>
  %y = nn.conv2d %x, %w {} : (tensor<1x2x2x5x!quant.uniform<i8:f32, 0.0471000000834465:3>>, tensor<1x1x5x3x!quant.uniform<i8:f32, 0.006099999882280827:-4>>) -> tensor<1x2x2x3x!quant.uniform<i8:f32, 0.09300000220537186:0>>
  %y_i = quant.scast %y : tensor<1x2x2x3x!quant.uniform<i8:f32, 0.09300000220537186:0>> to tensor<1x2x2x3xi8>
  %y_e = arith.constant dense<[[[[-9, 2, 9], [-22, -57, 33]], [[-34, 43, -28], [4, 52, 53]]]]> : tensor<1x2x2x3xi8>
  check.expect_eq %y_i, %y_e : tensor<1x2x2x3xi8>
  return
}

func.func @wide_result() {
  %x_c = arith.constant dense<[[[[35, -28, 43, 121, -38], [71, 38, 61, 19, -61]], [[50, -37, 2, 11, -42], [-6, -17, -60, 108, 109]]]]> : tensor<1x2x2x5xi8>
  %x = quant.scast %x_c : tensor<1x2x2x5xi8> to tensor<1x2x2x5x!quant.uniform<i8:f32, 0.0471000000834465:3>>
  %w_c = arith.constant dense<[[[[-80, -40, -90], [-81, -124, -32], [90, -76, 125], [88, -67, -126], [-60, -20, -77]]]]> : tensor<1x1x5x3xi8>
  %w = quant.scast %w_c : tensor<1x1x5x3xi8> to tensor<1x1x5x3x!quant.uniform<i8:f32:3, {0.006401732098311186, 0.005365975666791201, 0.008385185152292252}>>
  %b_c = arith.constant dense<[3855, -11612, 14993]> : tensor<3xi32>
  %b = quant.scast %b_c : tensor<3xi32> to tensor<3x!quant.uniform<i32:f32:0, {0.0003015215916093439, 0.0002527374599594623, 0.00039494220982305706}>>
  %y = nn.conv2d %x, %w, %b {} : (tensor<1x2x2x5x!quant.uniform<i8:f32, 0.0471000000834465:3>>, tensor<1x1x5x3x!quant.uniform<i8:f32:3, {0.006401732098311186, 0.005365975666791201, 0.008385185152292252}>>, tensor<3x!quant.uniform<i32:f32:0, {0.0003015215916093439, 0.0002527374599594623, 0.00039494220982305706}>>) -> tensor<1x2x2x3x!quant.uniform<i16:f32, 0.0010999999940395355:7>>
  %y_i = quant.scast %y : tensor<1x2x2x3x!quant.uniform<i16:f32, 0.0010999999940395355:7>> to tensor<1x2x2x3xi16>
  %y_e = arith.constant dense<[[[[5558, -4398, 2303], [1665, -5248, 6439]], [[1830, -1852, 5168], [940, -3012, -4597]]]]> : tensor<1x2x2x3xi16>
  check.expect_eq %y_i, %y_e : tensor<1x2x2x3xi16>
  return
}
