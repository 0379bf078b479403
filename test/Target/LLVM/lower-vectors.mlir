// RUN: coppice-opt %s --llvm-lower-vectors | FileCheck %s

// CHECK-LABEL: func @rows
// CHECK-COUNT-4: vector.reduction <add>
// CHECK-NOT: vector.multi_reduction
func.func @rows(%v: vector<4x8xf32>, %init: vector<4xf32>) -> vector<4xf32> {
  %0 = vector.multi_reduction <add>, %v, %init [1] : vector<4x8xf32> to vector<4xf32>
  return %0 : vector<4xf32>
}
