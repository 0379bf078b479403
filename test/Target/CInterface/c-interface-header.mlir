// The header of a module that no command compiles.
// RUN: coppice-opt %s --target-c-interface=header=- -o /dev/null | FileCheck %s
// RUN: not coppice-opt %s --target-c-interface=header=%t.none/net.h 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: --target-c-interface=header={{.*}}: error: {{.*}}net.h

// An entry point with a loss and no rate evaluates: the state stays.
// CHECK: #define NET_EVALUATE_ARENA_BYTES 128
// CHECK-NOT: net_hyper
// CHECK: /** The loss of the model; the state does not change. `arena` has NET_EVALUATE_ARENA_BYTES. */
// CHECK-NEXT: net_status net_evaluate(const net_inputs *inputs,
// CHECK-NEXT: const net_labels *labels, double *loss,
// CHECK-NEXT: const void *state, void *arena);
module attributes {train.interface = {
    model = "net", prefix = "net", hash = 1 : i64, state_bytes = 64 : i64, parameters = [],
    entry_points = [{name = "evaluate", arena_bytes = 128 : i64, lower_bound_bytes = 0 : i64, writes_state = false,
                     arguments = [{name = "x", role = "input", type = memref<4xf32>},
                                  {name = "y", role = "label", type = memref<4xf32>},
                                  {name = "loss", role = "loss", type = memref<f64>}]}]}} {
  llvm.func @evaluate(%x: !llvm.ptr, %y: !llvm.ptr, %loss: !llvm.ptr, %state: !llvm.ptr, %arena: !llvm.ptr) {
    llvm.return
  }
}
