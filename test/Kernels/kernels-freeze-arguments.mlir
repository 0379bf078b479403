// RUN: coppice-opt %s --kernels-freeze-arguments | FileCheck %s

// CHECK: func.func @f(%{{.*}}: tensor<4xf32> {bufferization.writable = false}, %{{.*}}: tensor<4xf32> {bufferization.writable = true}, %{{[a-z0-9]*}}: index)
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32> {bufferization.writable = true}, %i: index) {
  return
}

// Of the arguments with roles, a step writes destinations of results and the
// parameters that it trains.
train.parameter @w : tensor<4xf32> = dense<1.0> : tensor<4xf32>
train.parameter @v : tensor<4xf32> = dense<1.0> : tensor<4xf32>
// CHECK: func.func @step(%{{.*}}: tensor<4xf32> {bufferization.writable = false, coppice.role = #coppice.role<input "x">}
// CHECK-SAME: {bufferization.writable = false, coppice.role = #coppice.role<label "t">}
// CHECK-SAME: {bufferization.writable = true, coppice.role = #coppice.role<loss "l">}
// CHECK-SAME: {bufferization.writable = true, coppice.role = #coppice.role<gradient "dw" of @w>}
// CHECK-SAME: {bufferization.writable = true, coppice.role = #coppice.role<parameter @w written>}
// CHECK-SAME: {bufferization.writable = false, coppice.role = #coppice.role<parameter @v>}
func.func @step(%x: tensor<4xf32> {coppice.role = #coppice.role<input "x">},
    %t: tensor<4xf32> {coppice.role = #coppice.role<label "t">},
    %l: tensor<f32> {coppice.role = #coppice.role<loss "l">},
    %dw: tensor<4xf32> {coppice.role = #coppice.role<gradient "dw" of @w>},
    %w: tensor<4xf32> {coppice.role = #coppice.role<parameter @w written>},
    %v: tensor<4xf32> {coppice.role = #coppice.role<parameter @v>}) attributes {coppice.entry} {
  return
}
