// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="momentum=0.9 accumulate=2 rounding=error-feedback update=%S/Inputs/quantized-scheme.yaml" --train-prune-backward | FileCheck %s
// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="update=%S/Inputs/quantized-scheme.yaml" --train-prune-backward --lowp-split-clamps --train-autodiff --train-narrow-gradients --train-lower-updates --canonicalize --cse | FileCheck %s --check-prefix=CODE
// RUN: coppice-opt %S/Inputs/quantized.mlir --train-build-step="weights=latent qas=false update=%S/Inputs/quantized-scheme.yaml" --train-prune-backward | FileCheck %s --check-prefix=LATENT

// Channels are chosen by the norms of their codes, whatever the scales: 1 and 2
// of the depthwise weight, whose scales are cut with it, 1 and 3 of the other.
// CHECK-DAG: ![[DW:.*]] = !quant.uniform<i8:f32:3, {2.500000e-01,1.250000e-01}>
// CHECK-DAG: ![[REST:.*]] = !quant.uniform<i8:f32:3, {5.000000e-01,1.000000e-09}>
// CHECK-DAG: ![[PW:.*]] = !quant.uniform<i8:f32:3, {1.250000e-01,2.500000e-01,5.000000e-01,2.500000e-01}>
// CHECK: train.parameter @c1.weight.trained : tensor<2x1x1x2xi8> = dense<{{.*}}[4, 0]{{.*}}[0, -4]{{.*}}> : tensor<2x1x1x2xi8> {external_name = "dw/weight", quantized = ![[DW]], train.slice_axis = 3 : i64, train.slice_indices = array<i64: 1, 2>
// CHECK: train.parameter @c1.weight.frozen : {{.*}} quantized = ![[REST]]
// CHECK: train.parameter @c2.weight.trained : tensor<1x1x2x4xi8> = dense<{{.*}}[0, -5, 0, 0], [3, 4, 0, 0]{{.*}} quantized = ![[PW]], train.slice_axis = 2
// CHECK: train.parameter @c1.weight.train.accumulator : tensor<2x1x1x2xf32>
// CHECK: train.parameter @c1.weight.rest : tensor<2x1x1x2xi8>
// The slices are joined as integers.
// CHECK-LABEL: func.func @infer
// CHECK: %[[T:.*]] = train.read @c1.weight.trained : tensor<2x1x1x2x![[DW]]>
// CHECK: %[[TC:.*]] = quant.scast %[[T]]
// CHECK: %[[F:.*]] = train.read @c1.weight.frozen
// CHECK: %[[FC:.*]] = quant.scast %[[F]]
// CHECK: %[[BOTH:.*]] = nn.concat %[[TC]], %[[FC]] {axis = 3 : i64} : (tensor<2x1x1x2xi8>, tensor<2x1x1x2xi8>) -> tensor<2x1x1x4xi8>
// CHECK: %[[PLACED:.*]] = nn.gather %[[BOTH]]
// CHECK: quant.scast %[[PLACED]] : tensor<2x1x1x4xi8> to tensor<2x1x1x4x!{{.*}}>
// CHECK-LABEL: func.func @train
// A channel is dead by comparison with the largest scale of the whole weight.
// CHECK: train.update {{.*}} {largest_scale = 5.000000e-01 : f64{{.*}}tensor<2x1x1x2x![[DW]]>
// CHECK: train.write %{{.*}}, @c1.weight.trained : tensor<2x1x1x2x![[DW]]>
// CHECK-NOT: @c0

// The backward pass saves gathered codes of the forward pass.
// CODE-LABEL: func.func @train
// CODE: %[[STEM:.*]] = nn.conv2d
// CODE: nn.gather %[[STEM]], %{{.*}} -> tensor<2x4x4x2x!quant.uniform<i8<3:127>:f32, 2.500000e-01:3>>
// CODE: %[[WIDE:.*]] = nn.conv2d {{.*}} -> tensor<2x4x4x4x!quant.uniform<i16:f32, 1.250000e-01:-2>>
// CODE: %[[Q:.*]], %{{.*}} = lowp.clamp %[[WIDE]]
// CODE: %[[FEW:.*]] = nn.gather %[[Q]], %{{.*}} -> tensor<2x4x4x2x!quant.uniform<i8:f32, 1.250000e-01:-2>>
// CODE: nn.softmax_cross_entropy
// CODE: %[[SAVED:.*]] = train.saved #train.keep %[[FEW]]
// CODE: %[[REAL:.*]] = lowp.dequantize %[[SAVED]]
// CODE: nn.conv2d_weight_grad %[[REAL]], {{.*}} -> tensor<1x1x2x4xf32>
// CODE: nn.conv2d_weight_grad {{.*}} {groups = 2 : i64
// CODE: lowp.round stochastic %{{.*}} -> tensor<2x1x1x2xi8>

// LATENT: train.parameter @c1.weight.latent.trained : tensor<2x1x1x2xf32>
// LATENT-LABEL: func.func @train
// LATENT: train.update {{.*}} {largest_scale = 5.000000e-01 : f64, latent = !{{.*}}} : (tensor<2x1x1x2xf32>
