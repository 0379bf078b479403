// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step | FileCheck %s
// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="rounding=error-feedback qas=false momentum=0.9 accumulate=2" | FileCheck %s --check-prefix=FEEDBACK
// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="weights=latent qas=false" | FileCheck %s --check-prefix=LATENT
// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="weights=latent update=head" --train-prune-backward | FileCheck %s --check-prefix=HEAD

// Codes are trained as they are; each weight has its stream of random numbers,
// no slot.
// CHECK-NOT: role = 2
// CHECK-LABEL: func.func @train
// CHECK: %[[G:.*]]:8 = train.gradient
// CHECK-SAME: -> (tensor<1x1x2x4xf32>, tensor<4xf32>,
// CHECK: %[[W:.*]] = train.update #train.sgd<> rounding stochastic %{{.*}}, %[[G]]#0, %{{.*}}, %{{.*}} {qas}
// CHECK: train.write %[[W]], @c0.weight : tensor<1x1x2x4x!per_axis_i8{{.*}}>
// CHECK: train.update #train.sgd<> rounding stochastic {{.*}} {qas, stream = 1 : i64}
// The classifier is float.
// CHECK: train.update #train.sgd<> %{{.*}}, %[[G]]#7, %{{.*}} : (tensor<5xf32>

// FEEDBACK: train.parameter @c0.weight.train.accumulator : tensor<1x1x2x4xf32>
// FEEDBACK: train.parameter @c0.weight.momentum : tensor<1x1x2x4xf32>
// FEEDBACK: train.parameter @c0.weight.rest : tensor<1x1x2x4xi8>
// FEEDBACK-NOT: @fc.weight.rest
// FEEDBACK-LABEL: func.func @train
// FEEDBACK: %[[W:.*]], %{{.*}}:2 = train.update #train.sgd<momentum = 9.000000e-01> rounding error_feedback
// A call that only accumulates keeps the codes.
// FEEDBACK: %[[NEW:.*]] = quant.scast %[[W]]
// FEEDBACK: %[[OLD:.*]] = quant.scast
// FEEDBACK: %[[KEPT:.*]] = nn.where %{{.*}}, %[[NEW]], %[[OLD]]
// FEEDBACK: %[[CODES:.*]] = quant.scast %[[KEPT]]
// FEEDBACK: train.write %[[CODES]], @c0.weight

// Every function rounds the float copy, to more bits than the codes had.
// LATENT: train.parameter @c2.weight.latent : tensor<1x1x4x4xf32> = {{.*}}3.750000e-01{{.*}} {external_name = "pw/weight", train.latent_of = @c2.weight}
// LATENT: train.parameter @c2.bias.latent : tensor<4xf64>
// LATENT-LABEL: func.func @infer
// LATENT: %[[W:.*]] = train.read @c0.weight.latent
// LATENT: %[[Q:.*]] = lowp.quantize %[[W]] : tensor<1x1x2x4xf32> -> tensor<1x1x2x4x!per_axis_i16>
// LATENT: nn.conv2d %{{.*}}, %[[Q]]
// LATENT-LABEL: func.func @train
// LATENT: train.update #train.sgd<> %{{.*}} {latent = !{{.*}}} : (tensor<1x1x2x4xf32>
// LATENT: train.update {{.*}} : (tensor<4xf64>

// Weights that stay keep no copy.
// HEAD-NOT: train.parameter @{{[a-z0-9.]*}}.latent
// HEAD-LABEL: func.func @train
