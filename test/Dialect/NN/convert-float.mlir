// RUN: coppice-opt %s --nn-convert-float | FileCheck %s
// RUN: coppice-opt %s --nn-convert-float=to=f16 | FileCheck %s --check-prefix=HALF
// RUN: coppice-opt %s --nn-convert-float --nn-convert-float="from=f64 to=f32" | FileCheck %s --check-prefix=BACK
// RUN: not coppice-opt %s --nn-convert-float=to=f8 2>&1 | FileCheck %s --check-prefix=TYPE

// TYPE: error: nn-convert-float: 'f8' is not one of f64, f32, f16 and bf16
// CHECK: train.parameter @w : tensor<2xf64> = dense<[1.000000e+00, 0.10000000149011612]> : tensor<2xf64>
// HALF: train.parameter @w : tensor<2xf16> = dense<[1.000000e+00, 9.997550e-02]> : tensor<2xf16>
// CHECK: train.parameter @n : tensor<2xi64>
// BACK: train.parameter @w : tensor<2xf32> = dense<[1.000000e+00, 1.000000e-01]> : tensor<2xf32>
// BACK: nn.leaky_relu %{{.*}} {alpha = 2.000000e-01 : f64} : tensor<2xf32>
train.parameter @w : tensor<2xf32> = dense_resource<w> : tensor<2xf32>
train.parameter @n : tensor<2xi64> = dense<[3, 4]> : tensor<2xi64>

// CHECK-LABEL: func @infer
// CHECK-SAME: (%{{.*}}: tensor<2xf64>, %{{.*}}: tensor<2xi64>) -> tensor<2xf64>
func.func @infer(%x: tensor<2xf32>, %i: tensor<2xi64>) -> tensor<2xf32> {
  // CHECK: train.read @w : tensor<2xf64>
  %w = train.read @w : tensor<2xf32>
  // CHECK: arith.constant dense<5.000000e-01> : tensor<f64>
  %c = arith.constant dense<0.5> : tensor<f32>
  // CHECK: nn.leaky_relu %{{.*}} {alpha = 2.000000e-01 : f64} : tensor<2xf64>
  %a = nn.leaky_relu %x {alpha = 0.2} : tensor<2xf32>
  // CHECK: nn.cast %{{.*}} : tensor<2xi64> to tensor<2xf64>
  %f = nn.cast %i : tensor<2xi64> to tensor<2xf32>
  %0 = nn.mul %a, %c : tensor<2xf32>, tensor<f32>
  %1 = nn.mul %0, %f : tensor<2xf32>, tensor<2xf32>
  %2 = nn.mul %1, %w : tensor<2xf32>, tensor<2xf32>
  return %2 : tensor<2xf32>
}

{-# dialect_resources: { builtin: { w: "0x040000000000803fcdcccc3d" } } #-}
