// RUN: coppice-opt %s --pass-pipeline='builtin.module(func.func(kernels-tile))' --verify-diagnostics --split-input-file
// RUN: coppice-opt %s --pass-pipeline='builtin.module(func.func(kernels-vectorize))' --verify-diagnostics --split-input-file
// RUN: coppice-opt %s --pass-pipeline='builtin.module(func.func(plan-form-kernels))' --verify-diagnostics --split-input-file

// Errors of a record that was written by hand.
// expected-error@+1 {{target: 'vector_registers' is not a positive number of fitting width}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"vector_registers" = "many">>} {
  func.func @f() {
    return
  }
}

// -----

// expected-error@+1 {{target: 'target' is not an #llvm.target}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"target" = "x86">>} {
  func.func @f() {
    return
  }
}

// -----

// expected-error@+1 {{target: 'memories' is not a map}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"memories" = 4 : ui32>>} {
  func.func @f() {
    return
  }
}
