// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Activations.
func.func @relu() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.relu %x : tensor<7xf32>
  %e = arith.constant dense<[0.0, 0.0, 0.0, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @leaky_relu() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.leaky_relu %x {alpha = 0.1 : f64} : tensor<7xf32>
  %e = arith.constant dense<[-0.25, -0.1, -0.025, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @clip() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.clip %x {low = -1.0 : f64, high = 1.0 : f64} : tensor<7xf32>
  %e = arith.constant dense<[-1.0, -1.0, -0.25, 0.0, 0.5, 1.0, 1.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @hard_sigmoid() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.hard_sigmoid %x : tensor<7xf32>
  %e = arith.constant dense<[0.0, 0.3, 0.45, 0.5, 0.6, 0.75, 1.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @hard_swish() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.hard_swish %x : tensor<7xf32>
  %e = arith.constant dense<[-0.2083333, -0.3333333, -0.1145833, 0.0, 0.2916667, 0.8854167, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @silu() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.silu %x : tensor<7xf32>
  %e = arith.constant dense<[-0.1896455, -0.2689414, -0.1094559, 0.0, 0.3112297, 0.9716249, 2.857723]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @gelu() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.gelu %x : tensor<7xf32>
  %e = arith.constant dense<[-0.01552418, -0.1586553, -0.1003234, 0.0, 0.3457312, 1.117938, 2.99595]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @gelu_tanh() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.gelu_tanh %x : tensor<7xf32>
  %e = arith.constant dense<[-0.0150843, -0.158808, -0.1003246, 0.0, 0.345714, 1.117714, 2.996363]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @softplus() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.softplus %x : tensor<7xf32>
  %e = arith.constant dense<[0.07888974, 0.3132617, 0.5759394, 0.6931472, 0.974077, 1.501929, 3.048587]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}

func.func @elu() {
  %x = arith.constant dense<[-2.5, -1.0, -0.25, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  %r = nn.elu %x {alpha = 0.5 : f64} : tensor<7xf32>
  %e = arith.constant dense<[-0.4589575, -0.3160603, -0.1105996, 0.0, 0.5, 1.25, 3.0]> : tensor<7xf32>
  check.expect_almost_eq %r, %e {tolerance = 2.0e-06} : tensor<7xf32>
  return
}
