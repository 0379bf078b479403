// A step of a fake-quantized model. Its scales are parameters: with update=full
// they train by factors and do not decay; a scheme finds the layers through the
// quantizers and leaves scales alone.
// RUN: coppice-opt %s --lowp-insert-fake-quant --train-build-step="momentum=0.9 weight-decay=0.1" | FileCheck %s
// RUN: coppice-opt %s --lowp-insert-fake-quant --train-build-step=update=bias | FileCheck %s --check-prefix=BIAS
// RUN: coppice-opt %s --lowp-insert-fake-quant --train-build-step=update=bias --train-prune-backward --train-autodiff | FileCheck %s --check-prefix=PRUNED

// CHECK-LABEL: func.func @train
// CHECK-DAG: train.update #train.sgd<momentum = 9.000000e-01> %{{.*}} {relative} : (tensor<f32>
// CHECK-DAG: train.update #train.sgd<momentum = 9.000000e-01> %{{.*}} {relative} : (tensor<3xf32>
// CHECK-DAG: train.update #train.sgd<momentum = 9.000000e-01, weight_decay = 1.000000e-01> %{{.*}} : (tensor<4x3xf32>

// BIAS: train.schemes = {b = #train.update<full>, c = #train.update<full>, h_scale = #train.update<none>, v = #train.update<full>, v_scale = #train.update<none>, w = #train.update<none>, w_scale = #train.update<none>, x_scale = #train.update<none>}

// Frozen scales have no gradient.
// PRUNED-LABEL: func.func @train
// PRUNED: lowp.fake_quant_input_grad
// PRUNED-NOT: lowp.fake_quant_scale_grad
train.parameter @w : tensor<4x3xf32> = dense<1.0> : tensor<4x3xf32>
train.parameter @b : tensor<3xf32> = dense<1.0> : tensor<3xf32>
train.parameter @v : tensor<3x2xf32> = dense<1.0> : tensor<3x2xf32>
train.parameter @c : tensor<2xf32> = dense<1.0> : tensor<2xf32>
func.func @infer(%x: tensor<1x4xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: -1.0, 1.0>}) -> (tensor<1x2xf32> {coppice.role = #coppice.role<output "y">}, tensor<1x3xf32> {coppice.role = #coppice.role<output "h">, lowp.range = array<f64: 0.0, 4.0>, lowp.inner}) {
  %w = train.read @w : tensor<4x3xf32>
  %b = train.read @b : tensor<3xf32>
  %m = nn.matmul %x, %w : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3xf32>
  %n = nn.add %m, %b : tensor<1x3xf32>, tensor<3xf32>
  %h = nn.relu %n : tensor<1x3xf32>
  %v = train.read @v : tensor<3x2xf32>
  %c = train.read @c : tensor<2xf32>
  %k = nn.matmul %h, %v : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %y = nn.add %k, %c : tensor<1x2xf32>, tensor<2xf32>
  return %y, %h : tensor<1x2xf32>, tensor<1x3xf32>
}
