// RUN: coppice-opt %s --train-lower-updates | coppice-run -

// Three steps of every optimizer; the expected weights are PyTorch 1.13's.

func.func @sgd() {
  %w0 = arith.constant dense<[0.5, -1.25, 2.0, 0.0]> : tensor<4xf64>
  %g0 = arith.constant dense<[0.1, -0.2, 0.3, 1.5]> : tensor<4xf64>
  %g1 = arith.constant dense<[-0.4, 0.25, 0.0, 0.5]> : tensor<4xf64>
  %g2 = arith.constant dense<[0.05, 0.6, -0.7, -2.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.05> : tensor<f64>
  %t0 = arith.constant dense<1> : tensor<i64>
  %t1 = arith.constant dense<2> : tensor<i64>
  %t2 = arith.constant dense<3> : tensor<i64>
  %w1 = train.update #train.sgd<weight_decay = 0.1> %w0, %g0, %lr, %t0
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>) -> tensor<4xf64>
  %w2 = train.update #train.sgd<weight_decay = 0.1> %w1, %g1, %lr, %t1
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>) -> tensor<4xf64>
  %w3 = train.update #train.sgd<weight_decay = 0.1> %w2, %g2, %lr, %t2
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>) -> tensor<4xf64>
  %expected = arith.constant dense<[0.5049873125000001, -1.2638808437499998, 1.990299375, 0.000873124999999994]> : tensor<4xf64>
  check.expect_almost_eq %w3, %expected {tolerance = 1.0e-12} : tensor<4xf64>
  return
}

func.func @momentum() {
  %w0 = arith.constant dense<[0.5, -1.25, 2.0, 0.0]> : tensor<4xf64>
  %g0 = arith.constant dense<[0.1, -0.2, 0.3, 1.5]> : tensor<4xf64>
  %g1 = arith.constant dense<[-0.4, 0.25, 0.0, 0.5]> : tensor<4xf64>
  %g2 = arith.constant dense<[0.05, 0.6, -0.7, -2.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.05> : tensor<f64>
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %t0 = arith.constant dense<1> : tensor<i64>
  %t1 = arith.constant dense<2> : tensor<i64>
  %t2 = arith.constant dense<3> : tensor<i64>
  %w1, %m1 = train.update #train.sgd<momentum = 0.9> %w0, %g0, %lr, %t0, %zero
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %w2, %m2 = train.update #train.sgd<momentum = 0.9> %w1, %g1, %lr, %t1, %m1
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %w3, %m3 = train.update #train.sgd<momentum = 0.9> %w2, %g2, %lr, %t2, %m2
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %expected = arith.constant dense<[0.5219499999999999, -1.27665, 1.99435, -0.15075000000000002]> : tensor<4xf64>
  check.expect_almost_eq %w3, %expected {tolerance = 1.0e-12} : tensor<4xf64>
  return
}

func.func @nesterov() {
  %w0 = arith.constant dense<[0.5, -1.25, 2.0, 0.0]> : tensor<4xf64>
  %g0 = arith.constant dense<[0.1, -0.2, 0.3, 1.5]> : tensor<4xf64>
  %g1 = arith.constant dense<[-0.4, 0.25, 0.0, 0.5]> : tensor<4xf64>
  %g2 = arith.constant dense<[0.05, 0.6, -0.7, -2.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.05> : tensor<f64>
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %t0 = arith.constant dense<1> : tensor<i64>
  %t1 = arith.constant dense<2> : tensor<i64>
  %t2 = arith.constant dense<3> : tensor<i64>
  %w1, %m1 = train.update #train.sgd<momentum = 0.8, weight_decay = 0.1, nesterov = true> %w0, %g0, %lr, %t0, %zero
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %w2, %m2 = train.update #train.sgd<momentum = 0.8, weight_decay = 0.1, nesterov = true> %w1, %g1, %lr, %t1, %m1
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %w3, %m3 = train.update #train.sgd<momentum = 0.8, weight_decay = 0.1, nesterov = true> %w2, %g2, %lr, %t2, %m2
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  %expected = arith.constant dense<[0.5116048065, -1.26064008075, 1.948056355, -0.09871193500000001]> : tensor<4xf64>
  check.expect_almost_eq %w3, %expected {tolerance = 1.0e-12} : tensor<4xf64>
  return
}

func.func @adam() {
  %w0 = arith.constant dense<[0.5, -1.25, 2.0, 0.0]> : tensor<4xf64>
  %g0 = arith.constant dense<[0.1, -0.2, 0.3, 1.5]> : tensor<4xf64>
  %g1 = arith.constant dense<[-0.4, 0.25, 0.0, 0.5]> : tensor<4xf64>
  %g2 = arith.constant dense<[0.05, 0.6, -0.7, -2.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.05> : tensor<f64>
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %t0 = arith.constant dense<1> : tensor<i64>
  %t1 = arith.constant dense<2> : tensor<i64>
  %t2 = arith.constant dense<3> : tensor<i64>
  %w1, %m1, %v1 = train.update #train.adam<weight_decay = 0.1> %w0, %g0, %lr, %t0, %zero, %zero
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %w2, %m2, %v2 = train.update #train.adam<weight_decay = 0.1> %w1, %g1, %lr, %t1, %m1, %v1
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %w3, %m3, %v3 = train.update #train.adam<weight_decay = 0.1> %w2, %g2, %lr, %t2, %m2, %v2
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %expected = arith.constant dense<[0.47935257921585656, -1.2007202934307446, 1.9021968643946665, -0.08911768663762995]> : tensor<4xf64>
  check.expect_almost_eq %w3, %expected {tolerance = 1.0e-12} : tensor<4xf64>
  return
}

func.func @adamw() {
  %w0 = arith.constant dense<[0.5, -1.25, 2.0, 0.0]> : tensor<4xf64>
  %g0 = arith.constant dense<[0.1, -0.2, 0.3, 1.5]> : tensor<4xf64>
  %g1 = arith.constant dense<[-0.4, 0.25, 0.0, 0.5]> : tensor<4xf64>
  %g2 = arith.constant dense<[0.05, 0.6, -0.7, -2.0]> : tensor<4xf64>
  %lr = arith.constant dense<0.05> : tensor<f64>
  %zero = arith.constant dense<0.0> : tensor<4xf64>
  %t0 = arith.constant dense<1> : tensor<i64>
  %t1 = arith.constant dense<2> : tensor<i64>
  %t2 = arith.constant dense<3> : tensor<i64>
  %w1, %m1, %v1 = train.update #train.adam<beta1 = 0.8, beta2 = 0.99, epsilon = 1.0e-6, weight_decay = 0.1, decoupled = true> %w0, %g0, %lr, %t0, %zero, %zero
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %w2, %m2, %v2 = train.update #train.adam<beta1 = 0.8, beta2 = 0.99, epsilon = 1.0e-6, weight_decay = 0.1, decoupled = true> %w1, %g1, %lr, %t1, %m1, %v1
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %w3, %m3, %v3 = train.update #train.adam<beta1 = 0.8, beta2 = 0.99, epsilon = 1.0e-6, weight_decay = 0.1, decoupled = true> %w2, %g2, %lr, %t2, %m2, %v2
    : (tensor<4xf64>, tensor<4xf64>, tensor<f64>, tensor<i64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
  %expected = arith.constant dense<[0.490913865652915, -1.2277743465648534, 1.9128932700227235, -0.08271394466784686]> : tensor<4xf64>
  check.expect_almost_eq %w3, %expected {tolerance = 1.0e-12} : tensor<4xf64>
  return
}
