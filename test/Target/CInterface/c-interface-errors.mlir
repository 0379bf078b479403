// RUN: coppice-opt %s --target-c-interface --verify-diagnostics --split-input-file

// expected-error@+1 {{has no description of its entry points; run --target-describe-interface after the plan phase}}
module {
}

// -----

// expected-error@+1 {{attribute 'train.interface' lacks a well-formed field 'hash'}}
module attributes {train.interface = {model = "net", prefix = "net"}} {
}

// -----

module attributes {train.interface = {
    model = "net", prefix = "net", hash = 1 : i64, state_bytes = 0 : i64, parameters = [],
    entry_points = [{name = "infer", arena_bytes = 0 : i64, lower_bound_bytes = 0 : i64, writes_state = false,
                     arguments = [{name = "x", role = "input", type = memref<4xf32>}]}]}} {
  // expected-error@+1 {{has 1 arguments, but 3 bare pointers are what `train.interface` describes}}
  llvm.func @infer(%x: !llvm.ptr) {
    llvm.return
  }
}
