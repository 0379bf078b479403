// RUN: coppice-opt %s --train-lower-saved | FileCheck %s

!q = !quant.uniform<i8:f32, 0.5:3>

// A value that is kept replaces its edge, and a mask is computed right behind its
// value. A weight that is recomputed keeps its edge.
// CHECK-LABEL: func @policies
func.func @policies(%x: tensor<2x5xf32>, %q: tensor<2x5x!q>, %dy: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>) {
  // CHECK-DAG: %[[REAL:.*]] = lowp.dequantize %arg1
  // CHECK-DAG: %[[CODES:.*]] = lowp.range_mask %[[REAL]] {high = 6.000000e+00 : f64, low = 0xFFF0000000000000 : f64}
  // CHECK: %[[Y:.*]] = nn.relu %arg0
  // CHECK-NEXT: %[[M:.*]] = lowp.range_mask %[[Y]] {high = 0x7FF0000000000000 : f64, low = 0.000000e+00 : f64} : tensor<2x5xf32> -> tensor<2xi8>
  // CHECK-NEXT: nn.exp %[[Y]]
  %y = nn.relu %x : tensor<2x5xf32>
  %loss = nn.exp %y : tensor<2x5xf32>
  %keep = train.saved #train.keep %x : tensor<2x5xf32>
  %mask = train.saved #train.mask<low = 0.0> %y : tensor<2x5xf32>
  %codes = train.saved #train.mask<high = 6.0> %q : tensor<2x5x!q>
  %again = train.saved #train.recompute %y : tensor<2x5xf32>
  // CHECK: %[[AGAIN:.*]] = train.saved #train.recompute %[[Y]]
  // CHECK: lowp.select_by_mask %arg2, %[[M]]
  // CHECK: lowp.select_by_mask %{{.*}}, %[[CODES]]
  // CHECK: nn.mul %{{.*}}, %arg0
  // CHECK: nn.mul %{{.*}}, %[[AGAIN]]
  %0 = lowp.select_by_mask %dy, %mask : tensor<2x5xf32>, tensor<2xi8>
  %1 = lowp.select_by_mask %0, %codes : tensor<2x5xf32>, tensor<2xi8>
  %2 = nn.mul %1, %keep : tensor<2x5xf32>, tensor<2x5xf32>
  %3 = nn.mul %2, %again : tensor<2x5xf32>, tensor<2x5xf32>
  return %1, %2, %3 : tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>
}
