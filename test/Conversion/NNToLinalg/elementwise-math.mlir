// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Scalar functions, in f32 and f64.
func.func @neg_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.neg %x : tensor<7xf32>
  %e = arith.constant dense<[2.5, 1.0, 0.25, -0.0, -0.5, -1.25, -3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @abs_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.abs %x : tensor<7xf32>
  %e = arith.constant dense<[2.5, 1.0, 0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @exp_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.exp %x : tensor<7xf32>
  %e = arith.constant dense<[0.082085, 0.3678795, 0.7788008, 1.0, 1.648721, 3.490343, 20.08554]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @log_f32() {
  %x = arith.constant dense<[0.25, 0.5, 1.0, 2.0, 7.5]> : tensor<5xf32>
  %r = nn.log %x : tensor<5xf32>
  %e = arith.constant dense<[-1.386294, -0.6931472, 0.0, 0.6931472, 2.014903]> : tensor<5xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<5xf32>
  return
}

func.func @sqrt_f32() {
  %x = arith.constant dense<[0.25, 0.5, 1.0, 2.0, 7.5]> : tensor<5xf32>
  %r = nn.sqrt %x : tensor<5xf32>
  %e = arith.constant dense<[0.5, 0.7071068, 1.0, 1.414214, 2.738613]> : tensor<5xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<5xf32>
  return
}

func.func @rsqrt_f32() {
  %x = arith.constant dense<[0.25, 0.5, 1.0, 2.0, 7.5]> : tensor<5xf32>
  %r = nn.rsqrt %x : tensor<5xf32>
  %e = arith.constant dense<[2.0, 1.414214, 1.0, 0.7071068, 0.3651484]> : tensor<5xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<5xf32>
  return
}

func.func @reciprocal_f32() {
  %x = arith.constant dense<[0.25, 0.5, 1.0, 2.0, 7.5]> : tensor<5xf32>
  %r = nn.reciprocal %x : tensor<5xf32>
  %e = arith.constant dense<[4.0, 2.0, 1.0, 0.5, 0.1333333]> : tensor<5xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<5xf32>
  return
}

func.func @erf_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.erf %x : tensor<7xf32>
  %e = arith.constant dense<[-0.999593, -0.8427008, -0.2763264, 0.0, 0.5204999, 0.9229001, 0.9999779]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @tanh_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.tanh %x : tensor<7xf32>
  %e = arith.constant dense<[-0.9866143, -0.7615942, -0.2449187, 0.0, 0.4621172, 0.8482836, 0.9950548]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @sigmoid_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.sigmoid %x : tensor<7xf32>
  %e = arith.constant dense<[0.07585818, 0.2689414, 0.4378235, 0.5, 0.6224594, 0.7772999, 0.9525741]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @floor_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.floor %x : tensor<7xf32>
  %e = arith.constant dense<[-3.0, -1.0, -1.0, 0.0, 0.0, 1.0, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @ceil_f32() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.ceil %x : tensor<7xf32>
  %e = arith.constant dense<[-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @exp_f64() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf64>
  %r = nn.exp %x : tensor<7xf64>
  %e = arith.constant dense<[0.0820849986238988, 0.36787944117144233, 0.7788007830714049, 1.0, 1.6487212707001282, 3.4903429574618414, 20.085536923187668]> : tensor<7xf64>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-14} : tensor<7xf64>
  return
}

func.func @log_f64() {
  %x = arith.constant dense<[0.25, 0.5, 1.0, 2.0, 7.5]> : tensor<5xf64>
  %r = nn.log %x : tensor<5xf64>
  %e = arith.constant dense<[-1.3862943611198906, -0.6931471805599453, 0.0, 0.6931471805599453, 2.0149030205422647]> : tensor<5xf64>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-14} : tensor<5xf64>
  return
}

func.func @tanh_f64() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf64>
  %r = nn.tanh %x : tensor<7xf64>
  %e = arith.constant dense<[-0.9866142981514303, -0.7615941559557649, -0.24491866240370913, 0.0, 0.46211715726000974, 0.8482836399575129, 0.9950547536867305]> : tensor<7xf64>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-14} : tensor<7xf64>
  return
}

func.func @erf_f64() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf64>
  %r = nn.erf %x : tensor<7xf64>
  %e = arith.constant dense<[-0.999593047982555, -0.8427007929497149, -0.27632639016823696, 0.0, 0.5204998778130465, 0.9229001282564583, 0.9999779095030014]> : tensor<7xf64>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-14} : tensor<7xf64>
  return
}
