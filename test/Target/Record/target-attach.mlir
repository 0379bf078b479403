// RUN: coppice-opt %s --target-attach=target=x86-64-v3 | FileCheck %s
// RUN: coppice-opt %s --target-attach=target=x86-64-v3 --target-attach=target=x86-64-v4 | FileCheck %s --check-prefix=AGAIN
// RUN: coppice-opt %s --target-attach | FileCheck %s --check-prefix=HOST
// RUN: not coppice-opt %s --target-attach=target=vax 2>&1 | FileCheck %s --check-prefix=NAME

// CHECK: module attributes {
// CHECK-SAME: dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>
// CHECK-SAME: dlti.target_system_spec = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<
// CHECK-SAME: "name" = "x86-64-v3"
// CHECK-SAME: "target" = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "x86-64-v3"
// CHECK-SAME: "max_vector_op_width" = 256 : ui32, "vector_registers" = 16 : ui32
// CHECK-SAME: "L1_cache_size_in_bytes" = 32768 : ui64
// CHECK-SAME: "memories" = #dlti.map<"ram" = #dlti.map<"alignment" = 64 : ui64>>
// CHECK-SAME: llvm.data_layout = "e-m:e-
// CHECK-SAME: llvm.target_triple = "x86_64-unknown-linux-gnu"

// AGAIN-NOT: x86-64-v3
// AGAIN: "name" = "x86-64-v4"

// The host is a processor by name.
// HOST: "name" = "host", "target" = #llvm.target<triple = "{{.+}}", chip = "{{.+}}"

// NAME: error: no target is named 'vax'; targets are host, x86-64, x86-64-v2, x86-64-v3, x86-64-v4
module {
}
