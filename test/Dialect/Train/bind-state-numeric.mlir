// Functions of a test share the parameters that some of them write: a call
// reads what the call before it wrote. None of them computes a loss.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// A cache of keys, how many there are, and a weight that none writes.
train.parameter @keys : tensor<3x2xf32> = dense<0.0> : tensor<3x2xf32> {role = 4 : i32}
train.parameter @length : tensor<i64> = dense<1> : tensor<i64> {role = 3 : i32}
train.parameter @scale : tensor<2xf32> = dense<[2.0, 10.0]> : tensor<2xf32>

func.func @first() {
  %keys = train.read @keys : tensor<3x2xf32>
  %none = arith.constant dense<0.0> : tensor<3x2xf32>
  check.expect_eq %keys, %none : tensor<3x2xf32>
  %scale = train.read @scale : tensor<2xf32>
  %ones = arith.constant dense<1.0> : tensor<3x2xf32>
  %key = nn.mul %ones, %scale : tensor<3x2xf32>, tensor<2xf32>
  %new = nn.add %keys, %key : tensor<3x2xf32>, tensor<3x2xf32>
  train.write %new, @keys : tensor<3x2xf32>
  %length = train.read @length : tensor<i64>
  %one = arith.constant dense<1> : tensor<i64>
  %longer = nn.add %length, %one : tensor<i64>, tensor<i64>
  train.write %longer, @length : tensor<i64>
  return
}

// Reads see the values from before the call.
func.func @second() {
  %keys = train.read @keys : tensor<3x2xf32>
  %twice = nn.add %keys, %keys : tensor<3x2xf32>, tensor<3x2xf32>
  train.write %twice, @keys : tensor<3x2xf32>
  %expected = arith.constant dense<[[2.0, 10.0], [2.0, 10.0], [2.0, 10.0]]> : tensor<3x2xf32>
  check.expect_eq %keys, %expected : tensor<3x2xf32>
  return
}

func.func @third() {
  %keys = train.read @keys : tensor<3x2xf32>
  %expected = arith.constant dense<[[4.0, 20.0], [4.0, 20.0], [4.0, 20.0]]> : tensor<3x2xf32>
  check.expect_eq %keys, %expected : tensor<3x2xf32>
  %length = train.read @length : tensor<i64>
  %two = arith.constant dense<2> : tensor<i64>
  check.expect_eq %length, %two : tensor<i64>
  return
}
