// RUN: coppice-opt %s --plan-materialize-arena | FileCheck %s
// RUN: coppice-opt %s --plan-materialize-arena --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC

// CHECK-LABEL: func @f
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<512xi8>
func.func @f(%x: memref<64xf32>, %arena: memref<512xi8> {coppice.role = #coppice.role<arena>}) {
  // CHECK-DAG: %[[C256:.*]] = arith.constant 256 : index
  // CHECK-DAG: %[[A:.*]] = memref.view %[[ARENA]][%[[C256]]][] : memref<512xi8> to memref<64xf32>
  // CHECK-NOT: plan.pack
  // CHECK: linalg.exp ins(%{{.*}}) outs(%[[A]] : memref<64xf32>)
  // LOC: = loc("conv1"(
  %a = plan.pack %arena : memref<512xi8> {
    "conv1" : memref<64xf32> bytes 256 align 64 live 0 to 0 at 256
  }
  linalg.exp ins(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  return
}
