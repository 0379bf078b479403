// RUN: coppice-opt %s --target-describe-interface \
// RUN:   --convert-func-to-llvm=use-bare-ptr-memref-call-conv --memref-expand \
// RUN:   --expand-strided-metadata --finalize-memref-to-llvm --convert-arith-to-llvm \
// RUN:   --reconcile-unrealized-casts --target-c-interface | FileCheck %s

module attributes {train.model = "net", train.state_bytes = 64 : i64} {
  // CHECK-NOT: train.parameter
  train.parameter @w : tensor<4xf32> = dense<0.5> : tensor<4xf32> {state_offset = 0 : i64}

  // CHECK: llvm.func internal @infer(
  func.func @infer(%x: memref<4xf32> {coppice.role = #coppice.role<input "x">}, %y: memref<4xf32> {coppice.role = #coppice.role<output "y">},
                   %state: memref<64xi8> {coppice.role = #coppice.role<state>}, %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
  // CHECK: llvm.func internal @train(
  func.func @train(%x: memref<4xf32> {coppice.role = #coppice.role<input "x">}, %labels: memref<4xf32> {coppice.role = #coppice.role<label "labels">}, %lr: memref<f32> {coppice.role = #coppice.role<hyper "learning_rate">},
                   %loss: memref<f32> {coppice.role = #coppice.role<loss "loss">}, %y: memref<4xf32> {coppice.role = #coppice.role<output "y">},
                   %state: memref<64xi8> {coppice.role = #coppice.role<state written>}, %arena: memref<100xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}

// CHECK: llvm.func @net_init(%[[STATE:.*]]: !llvm.ptr) -> i32
// CHECK: "llvm.intr.memset"(%[[STATE]]
// CHECK: llvm.call @init(%[[STATE]])

// CHECK: llvm.func @net_save(%{{.*}}: !llvm.ptr, %[[OPS:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.call @coppice_flash_save_v1(%{{.*}}, %{{.*}}, %{{.*}}, %[[OPS]]) : (!llvm.ptr, i32, i64, !llvm.ptr) -> i32
// CHECK: llvm.func @net_load

// Each check leaves with its code before anything is called.
// CHECK: llvm.func @net_infer(%[[IN:.*]]: !llvm.ptr, %[[OUT:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: llvm.icmp "eq" %[[IN]],
// CHECK-NEXT: %[[NULL:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-NEXT: llvm.cond_br %{{.*}}, ^[[LEAVE:.*]](%[[NULL]] : i32), ^
// CHECK: llvm.getelementptr %{{.*}}[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(i32, ptr)>
// CHECK: llvm.icmp "ne"
// CHECK-NEXT: llvm.mlir.constant(2 : i32)
// CHECK: llvm.call @infer(
// CHECK: ^[[LEAVE]](%[[STATUS:.*]]: i32):
// CHECK-NEXT: llvm.return %[[STATUS]] : i32

// The step's second output has no argument: it lies behind the plan's arena.
// CHECK: llvm.func @net_train(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[LOSS:.*]]: !llvm.ptr, %[[STATE:.*]]: !llvm.ptr, %[[ARENA:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.fcmp "uno"
// CHECK-NEXT: llvm.mlir.constant(7 : i32)
// CHECK: %[[AT:.*]] = llvm.mlir.constant(128 : i64)
// CHECK: %[[Y:.*]] = llvm.getelementptr %[[ARENA]][%[[AT]]]
// CHECK: llvm.call @train(%{{.*}}, %{{.*}}, %{{.*}}, %[[LOSS]], %[[Y]], %[[STATE]], %[[ARENA]])
