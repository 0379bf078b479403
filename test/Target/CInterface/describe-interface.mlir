// RUN: coppice-opt %s --target-describe-interface=name=net | FileCheck %s

// CHECK: module attributes
// CHECK-SAME: train.interface = {
// CHECK-SAME: entry_points = [{
// CHECK-SAME: arena_bytes = 128 : i64
// CHECK-SAME: {name = "image", role = "input", type = memref<2x4xf32>}
// CHECK-SAME: {name = "scores", role = "output", type = memref<2x3xf32>}
// CHECK-SAME: name = "infer"
// CHECK-SAME: {name = "labels", role = "label", type = memref<2xi64>}
// CHECK-SAME: {name = "learning_rate", role = "hyper", type = memref<f32>}
// CHECK-SAME: {name = "loss", role = "loss", type = memref<f32>}
// CHECK-SAME: lower_bound_bytes = 192 : i64
// CHECK-SAME: hash = {{-?[0-9]+}} : i64
// CHECK-SAME: model = "two layers"
// CHECK-SAME: parameters = [{name = "fc.weight", offset = 0 : i64, role = "weight", type = tensor<4x3xf32>}
// CHECK-SAME: {name = "m", offset = 64 : i64, role = "slot"
// CHECK-SAME: prefix = "net"
module attributes {train.model = "two layers", train.state_bytes = 128 : i64} {
  train.parameter @w : tensor<4x3xf32> = dense<0.5> : tensor<4x3xf32> {external_name = "fc.weight", state_offset = 0 : i64}
  train.parameter @m : tensor<4x3xf32> = dense<0.0> : tensor<4x3xf32> {role = 2 : i32, state_offset = 64 : i64}
  train.parameter @frozen : tensor<3xf32> = dense<1.0> : tensor<3xf32>

  func.func @infer(%x: memref<2x4xf32> {coppice.role = #coppice.role<input "image">},
                   %y: memref<2x3xf32> {coppice.role = #coppice.role<output "scores">},
                   %state: memref<128xi8> {coppice.role = #coppice.role<state>}, %arena: memref<128xi8> {coppice.role = #coppice.role<arena>})
      attributes {coppice.entry, plan.arena_bytes = 128 : i64, plan.lower_bound_bytes = 64 : i64} {
    return
  }
  func.func @train(%x: memref<2x4xf32> {coppice.role = #coppice.role<input "image">},
                   %labels: memref<2xi64> {coppice.role = #coppice.role<label "labels">},
                   %lr: memref<f32> {coppice.role = #coppice.role<hyper "learning_rate">},
                   %loss: memref<f32> {coppice.role = #coppice.role<loss "loss">},
                   %y: memref<2x3xf32> {coppice.role = #coppice.role<output "logits">},
                   %state: memref<128xi8> {coppice.role = #coppice.role<state written>}, %arena: memref<256xi8> {coppice.role = #coppice.role<arena>})
      attributes {coppice.entry, plan.arena_bytes = 256 : i64, plan.lower_bound_bytes = 192 : i64} {
    return
  }

  // Zeros are not copied.
  // CHECK: memref.global "private" constant @init.w : memref<4x3xf32> = dense<5.000000e-01> {alignment = 64 : i64}
  // CHECK-NOT: memref.global
  // CHECK: func.func @init(%[[STATE:.*]]: memref<128xi8>)
  // CHECK: %[[FROM:.*]] = memref.get_global @init.w
  // CHECK: %[[TO:.*]] = memref.view %[[STATE]][%c0]
  // CHECK: memref.copy %[[FROM]], %[[TO]]
  // CHECK-NEXT: return
}
