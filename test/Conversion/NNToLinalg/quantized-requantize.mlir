// Ties go to even; a bias of -2^31 and scales of dead channels rescale as any.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @half_to_even() {
  %x_c = arith.constant dense<[[[[-7], [-5], [-3], [-2], [-1], [0], [1], [2], [3], [5], [7], [127]]]]> : tensor<1x1x12x1xi8>
  %x = quant.scast %x_c : tensor<1x1x12x1xi8> to tensor<1x1x12x1x!quant.uniform<i8:f32, 0.5>>
  %w_c = arith.constant dense<[[[[1]]]]> : tensor<1x1x1x1xi8>
  %w = quant.scast %w_c : tensor<1x1x1x1xi8> to tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>
  %y = nn.conv2d %x, %w : (tensor<1x1x12x1x!quant.uniform<i8:f32, 0.5>>, tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x1x12x1x!quant.uniform<i8:f32, 1.0>>
  %y_i = quant.scast %y : tensor<1x1x12x1x!quant.uniform<i8:f32, 1.0>> to tensor<1x1x12x1xi8>
  %y_e = arith.constant dense<[[[[-4], [-2], [-2], [-1], [0], [0], [0], [1], [2], [2], [4], [64]]]]> : tensor<1x1x12x1xi8>
  check.expect_eq %y_i, %y_e : tensor<1x1x12x1xi8>
  return
}

func.func @dead_channels() {
  %x_c = arith.constant dense<[[[[96, 15, -10], [35, 78, 70]], [[77, -58, 105], [-121, -1, -20]]]]> : tensor<1x2x2x3xi8>
  %x = quant.scast %x_c : tensor<1x2x2x3xi8> to tensor<1x2x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>
  %w_c = arith.constant dense<[[[[28, 37, 16, -112], [-79, 6, 0, -75], [109, -89, 104, 33]]]]> : tensor<1x1x3x4xi8>
  %w = quant.scast %w_c : tensor<1x1x3x4xi8> to tensor<1x1x3x4x!quant.uniform<i8:f32:3, {9.999999960041972e-13, 9.999999717180685e-10, 0.009999999776482582, 9.000000397718644e-12}>>
  %b_c = arith.constant dense<[-2147483648, 2147483647, -300, -2147483648]> : tensor<4xi32>
  %b = quant.scast %b_c : tensor<4xi32> to tensor<4x!quant.uniform<i32:f32:0, {4.70999988685418e-14, 4.709999751328908e-11, 0.00047099997755140066, 4.239000101456669e-13}>>
  %y = nn.conv2d %x, %w, %b {} : (tensor<1x2x2x3x!quant.uniform<i8:f32, 0.0471000000834465:-3>>, tensor<1x1x3x4x!quant.uniform<i8:f32:3, {9.999999960041972e-13, 9.999999717180685e-10, 0.009999999776482582, 9.000000397718644e-12}>>, tensor<4x!quant.uniform<i32:f32:0, {4.70999988685418e-14, 4.709999751328908e-11, 0.00047099997755140066, 4.239000101456669e-13}>>) -> tensor<1x2x2x4x!quant.uniform<i8:f32, 0.05000000074505806:4>>
  %y_i = quant.scast %y : tensor<1x2x2x4x!quant.uniform<i8:f32, 0.05000000074505806:4>> to tensor<1x2x2x4xi8>
  %y_e = arith.constant dense<[[[[4, 6, 9, 4], [4, 6, 78, 4]], [[4, 6, 119, 4], [4, 6, -33, 4]]]]> : tensor<1x2x2x4xi8>
  check.expect_eq %y_i, %y_e : tensor<1x2x2x4xi8>
  return
}
