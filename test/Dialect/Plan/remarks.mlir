// RUN: coppice-opt %s --train-bind-state --plan-form-kernels --remarks-filter=fusion -o /dev/null 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: coppice-opt %s --train-bind-state --plan-form-kernels --plan-store-borders --plan-schedule --remarks-filter='order|layout' -o /dev/null 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: coppice-opt %s --coppice-phase-graph --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan --remarks-filter=order -o /dev/null 2>&1 | FileCheck %s --check-prefix=ARENA

// What is decided about kernels, borders, outs and the arena are remarks.
// FORM: [Passed] kernel | Category:fusion | Function=net | Reason="2 ops are one kernel: nn.conv2d, nn.relu"
// SCHEDULE-DAG: [Passed] border | Category:layout | Function=net | Reason="the kernel writes its image within the border that 1 of its readers need"
// SCHEDULE-DAG: [Passed] border-copy | Category:layout | Function=net | Reason="the kernel copies its image into a border: no kernel computes the image, or not to a place that its readers choose"
// SCHEDULE-DAG: [Passed] part-copy | Category:layout | Function=net | Reason="an unnamed value is copied into its place"
// SCHEDULE-DAG: [Passed] in-place | Category:order | Function=attend | Reason="the result is written over scores"
// ARENA: [Passed] arena | Category:order | Function=net | Reason="{{[0-9]+}} buffers in {{[0-9]+}} bytes by {{.*}}; no plan needs less than {{[0-9]+}}"
func.func @net(%x: tensor<1x4x4x2xf32>, %w: tensor<3x3x2x2xf32>) -> tensor<1x4x4x4xf32> {
  %0 = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>, tensor<3x3x2x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.relu %0 : tensor<1x4x4x2xf32> loc("relu")
  %2 = nn.max_pool2d %1 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> loc("pool")
  %3 = nn.softmax %2 {axis = 3 : i64} : tensor<1x4x4x2xf32> loc("softmax")
  %4 = nn.concat %3, %x {axis = 3 : i64} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  return %4 : tensor<1x4x4x4xf32>
}

func.func @attend(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = nn.matmul %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32> loc("scores")
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<4x8xf32>
  %2 = nn.matmul %1, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}
