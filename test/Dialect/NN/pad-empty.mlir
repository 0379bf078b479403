// An axis without elements can be mirrored where nothing is added to it.
// RUN: coppice-opt %s | FileCheck %s
// CHECK-LABEL: @reflect
// CHECK: nn.pad {{.*}} : (tensor<2x0xf32>) -> tensor<3x0xf32>
func.func @reflect(%x: tensor<2x0xf32>) -> tensor<3x0xf32> {
  %y = nn.pad %x {low = array<i64: 1, 0>, high = array<i64: 0, 0>, mode = 1 : i32} : (tensor<2x0xf32>) -> tensor<3x0xf32>
  return %y : tensor<3x0xf32>
}
