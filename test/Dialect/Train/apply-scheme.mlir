// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step --train-apply-scheme=update=%S/Inputs/scheme.yaml | FileCheck %s
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step=update=%S/Inputs/scheme.yaml | FileCheck %s
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step=update=head | FileCheck %s --check-prefix=HEAD
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step=update=bias | FileCheck %s --check-prefix=BIAS
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step="freeze=stem/*,*.bias" | FileCheck %s --check-prefix=FREEZE
// RUN: split-file %s %t
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step=update=%t/first.yaml | FileCheck %s --check-prefix=FIRST
// RUN: coppice-opt %S/Inputs/deep.mlir --train-build-step=update=%t/listed.yaml | FileCheck %s --check-prefix=LISTED

// Layers count from 0 without the classifier, which is trained whole. Largest
// norm first: channels 1 and 2 of the depthwise weight, 1 and 3 of the 1x1
// (norms 3, 5, 1, 5), int(3 * 0.7) = 2 of the matmul. The last two layers train
// their bias.
// CHECK: train.schemes = {c0.bias = #train.update<none>, c0.weight = #train.update<none>,
// CHECK-SAME: c1.bias = #train.update<none>, c1.weight = #train.update<channels<3, [1, 2]>>,
// CHECK-SAME: c2.bias = #train.update<full>, c2.weight = #train.update<channels<2, [1, 3]>>,
// CHECK-SAME: fc0.bias = #train.update<full>, fc0.weight = #train.update<channels<1, [0, 1]>>,
// CHECK-SAME: fc1.bias = #train.update<full>, fc1.weight = #train.update<full>}

// HEAD: fc0.bias = #train.update<none>, fc0.weight = #train.update<none>, fc1.bias = #train.update<full>, fc1.weight = #train.update<full>}
// BIAS: c0.bias = #train.update<full>, c0.weight = #train.update<none>
// BIAS-SAME: fc0.bias = #train.update<full>, fc0.weight = #train.update<none>, fc1.bias = #train.update<full>, fc1.weight = #train.update<full>}
// FREEZE: c0.bias = #train.update<none>, c0.weight = #train.update<none>, c1.bias = #train.update<none>, c1.weight = #train.update<full>

// FIRST: c1.weight = #train.update<channels<3, [0]>>
// FIRST: c2.weight = #train.update<full>

// Layers and channels by number: all channels are the whole weight.
// LISTED: c0.bias = #train.update<full>, c0.weight = #train.update<none>
// LISTED-SAME: c1.bias = #train.update<none>, c1.weight = #train.update<channels<3, [0, 3]>>
// LISTED-SAME: c2.bias = #train.update<full>, c2.weight = #train.update<full>
// LISTED-SAME: fc0.bias = #train.update<none>, fc0.weight = #train.update<none>

//--- listed.yaml
bias: [2, 0]
weights:
  - {layer: 1, channels: [3, 0]}
  - {name: pw/weight, channels: [0, 1, 2, 3]}
//--- first.yaml
weights:
  - {layer: 1, ratio: 0.49}
  - {layer: 2, ratio: 1}
select: first
