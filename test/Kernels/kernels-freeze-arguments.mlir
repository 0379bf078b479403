// RUN: coppice-opt %s --kernels-freeze-arguments | FileCheck %s

// CHECK: func.func @f(%{{.*}}: tensor<4xf32> {bufferization.writable = false}, %{{.*}}: tensor<4xf32> {bufferization.writable = true}, %{{[a-z0-9]*}}: index)
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32> {bufferization.writable = true}, %i: index) {
  return
}
