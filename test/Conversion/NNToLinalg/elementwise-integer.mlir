// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Signless integers are signed, ui8 is not.
func.func @add() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.add %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[-5, 2, -4, 3, 107]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @sub() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.sub %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[-9, -4, 4, 7, 93]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @mul() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.mul %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[-14, -3, 0, -10, 700]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @min() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.min %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[-7, -1, -4, -2, 7]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @max() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.max %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[2, 3, 0, 5, 100]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @div() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %b = arith.constant dense<[2, 3, -4, -2, 7]> : tensor<5xi32>
  %r = nn.div %a, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[-3, 0, 0, -2, 14]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

// A division by 0 gives 0; the least value divided by -1 wraps to itself.
func.func @div_no_trap() {
  %a = arith.constant dense<[-7, 0, -2147483648, 9, -2147483648]> : tensor<5xi32>
  %b = arith.constant dense<[0, 0, -1, -1, 0]> : tensor<5xi32>
  %x = nn.add %a, %b : tensor<5xi32>, tensor<5xi32>
  %y = nn.sub %x, %b : tensor<5xi32>, tensor<5xi32>
  %r = nn.div %y, %b : tensor<5xi32>, tensor<5xi32>
  %e = arith.constant dense<[0, 0, -2147483648, -9, 0]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @pow() {
  %a = arith.constant dense<[-2, 3, 5]> : tensor<3xi32>
  %b = arith.constant dense<[3, 4, 0]> : tensor<3xi32>
  %r = nn.pow %a, %b : tensor<3xi32>, tensor<3xi32>
  %e = arith.constant dense<[-8, 81, 1]> : tensor<3xi32>
  check.expect_eq %r, %e : tensor<3xi32>
  return
}

func.func @abs() {
  %a = arith.constant dense<[-7, -1, 0, 5, 100]> : tensor<5xi32>
  %r = nn.abs %a : tensor<5xi32>
  %e = arith.constant dense<[7, 1, 0, 5, 100]> : tensor<5xi32>
  check.expect_eq %r, %e : tensor<5xi32>
  return
}

func.func @max_unsigned() {
  %a = arith.constant dense<[200, 3, 255]> : tensor<3xui8>
  %b = arith.constant dense<[100, 7, 2]> : tensor<3xui8>
  %r = nn.max %a, %b : tensor<3xui8>, tensor<3xui8>
  %e = arith.constant dense<[200, 7, 255]> : tensor<3xui8>
  check.expect_eq %r, %e : tensor<3xui8>
  return
}

func.func @div_unsigned() {
  %a = arith.constant dense<[200, 3, 255]> : tensor<3xui8>
  %b = arith.constant dense<[100, 7, 2]> : tensor<3xui8>
  %r = nn.div %a, %b : tensor<3xui8>, tensor<3xui8>
  %e = arith.constant dense<[2, 0, 127]> : tensor<3xui8>
  check.expect_eq %r, %e : tensor<3xui8>
  return
}
