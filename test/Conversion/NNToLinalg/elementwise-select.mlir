// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Comparison, selection, conversion.
func.func @lt() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare lt %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[false, true], [false, false], [false, true]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @le() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare le %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[false, true], [false, false], [false, true]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @gt() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare gt %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[true, false], [true, true], [true, false]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @ge() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare ge %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[true, false], [true, true], [true, false]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @eq() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare eq %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[false, false], [false, false], [false, false]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @ne() {
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.compare ne %a, %b : tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[true, true], [true, true], [true, true]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @and() {
  %a = arith.constant dense<[[true], [false], [true]]> : tensor<3x1xi1>
  %b = arith.constant dense<[true, false]> : tensor<2xi1>
  %r = nn.and %a, %b : tensor<3x1xi1>, tensor<2xi1>
  %e = arith.constant dense<[[true, false], [false, false], [true, false]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @or() {
  %a = arith.constant dense<[[true], [false], [true]]> : tensor<3x1xi1>
  %b = arith.constant dense<[true, false]> : tensor<2xi1>
  %r = nn.or %a, %b : tensor<3x1xi1>, tensor<2xi1>
  %e = arith.constant dense<[[true, true], [true, false], [true, true]]> : tensor<3x2xi1>
  check.expect_eq %r, %e : tensor<3x2xi1>
  return
}

func.func @not() {
  %a = arith.constant dense<[[true], [false], [true]]> : tensor<3x1xi1>
  %r = nn.not %a : tensor<3x1xi1>
  %e = arith.constant dense<[[false], [true], [false]]> : tensor<3x1xi1>
  check.expect_eq %r, %e : tensor<3x1xi1>
  return
}

func.func @where() {
  %c = arith.constant dense<[[true], [false], [true]]> : tensor<3x1xi1>
  %a = arith.constant dense<[[1.25, 0.0], [0.25, 1.75], [-1.75, -1.75]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-2.0, 1.25]> : tensor<2xf32>
  %r = nn.where %c, %a, %b : tensor<3x1xi1>, tensor<3x2xf32>, tensor<2xf32>
  %e = arith.constant dense<[[1.25, 0.0], [-2.0, 1.25], [-1.75, -1.75]]> : tensor<3x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<3x2xf32>
  return
}

// Float to integer truncates and saturates; NaN gives 0.
func.func @saturate() {
  %x = arith.constant dense<[-1.5, 2.75, 300.0, -1.0e10, 0x7FC00000, 1.0e30]> : tensor<6xf32>
  %r = nn.cast %x : tensor<6xf32> to tensor<6xi8>
  %e = arith.constant dense<[-1, 2, 127, -128, 0, 127]> : tensor<6xi8>
  check.expect_eq %r, %e : tensor<6xi8>
  return
}

func.func @saturate_unsigned() {
  %x = arith.constant dense<[-1.5, 2.75, 300.0, -1.0e10, 0x7FC00000, 1.0e30]> : tensor<6xf32>
  %r = nn.cast %x : tensor<6xf32> to tensor<6xui8>
  %e = arith.constant dense<[0, 2, 255, 0, 0, 255]> : tensor<6xui8>
  check.expect_eq %r, %e : tensor<6xui8>
  return
}

func.func @saturate_i32() {
  %x = arith.constant dense<[-1.5, 2.75, 300.0, -1.0e10, 0x7FC00000, 1.0e30]> : tensor<6xf32>
  %r = nn.cast %x : tensor<6xf32> to tensor<6xi32>
  %e = arith.constant dense<[-1, 2, 300, -2147483648, 0, 2147483647]> : tensor<6xi32>
  check.expect_eq %r, %e : tensor<6xi32>
  return
}

func.func @from_unsigned() {
  %x = arith.constant dense<[200, 3, 255]> : tensor<3xui8>
  %r = nn.cast %x : tensor<3xui8> to tensor<3xf32>
  %e = arith.constant dense<[200.0, 3.0, 255.0]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<3xf32>
  return
}

func.func @to_bool() {
  %x = arith.constant dense<[0.0, 0.5, -1.0]> : tensor<3xf32>
  %r = nn.cast %x : tensor<3xf32> to tensor<3xi1>
  %e = arith.constant dense<[false, true, true]> : tensor<3xi1>
  check.expect_eq %r, %e : tensor<3xi1>
  return
}

func.func @widen() {
  %x = arith.constant dense<[-3, 4]> : tensor<2xi8>
  %r = nn.cast %x : tensor<2xi8> to tensor<2xi64>
  %e = arith.constant dense<[-3, 4]> : tensor<2xi64>
  check.expect_eq %r, %e : tensor<2xi64>
  return
}

func.func @half() {
  %x = arith.constant dense<[1.5, -0.25]> : tensor<2xf16>
  %r = nn.cast %x : tensor<2xf16> to tensor<2xf32>
  %e = arith.constant dense<[1.5, -0.25]> : tensor<2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2xf32>
  return
}
