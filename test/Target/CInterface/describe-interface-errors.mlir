// RUN: coppice-opt %s --target-describe-interface --verify-diagnostics --split-input-file

// expected-error@+1 {{has no entry point, so C cannot call it; mark a function coppice.entry}}
module {
  func.func private @helper() {
    return
  }
}

// -----

module {
  // expected-error@+1 {{is public and not an entry point, so its arguments have no meaning in C; mark it coppice.entry with a role for each, or make it private}}
  func.func @infer(%x: memref<4xf32>, %state: memref<0xi8>, %arena: memref<0xi8>) {
    return
  }
}

// -----

module {
  // expected-error@+1 {{its last arguments must be state and arena}}
  func.func @infer(%x: memref<4xf32> {coppice.role = #coppice.role<input "x">},
                   %y: memref<4xf32> {coppice.role = #coppice.role<output "y">}) attributes {coppice.entry} {
    return
  }
}

// -----

module {
  // expected-error@+1 {{@w is an argument of its own; --plan-place-state puts it into the state}}
  func.func @infer(%x: memref<4xf32> {coppice.role = #coppice.role<parameter @w>},
                   %state: memref<0xi8> {coppice.role = #coppice.role<state>},
                   %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}

// -----

// A function is not called as one of the library's own.
module attributes {train.model = "net"} {
  // expected-error@+1 {{would be net_load in C, which is the name of the function that loads the state; give the function another name}}
  func.func @load(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                  %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}

// -----

module attributes {train.model = "net"} {
  func.func @predict(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                     %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
  // expected-error@+1 {{would be net_inputs in C, which is the name of a struct}}
  func.func @inputs(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                    %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}

// -----

module attributes {train.model = "net"} {
  func.func @a.b(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                 %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
  // expected-error@+1 {{would be net_a_b in C, which is the name of @a.b}}
  func.func @a_b(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                 %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}

// -----

module {
  // expected-error@+1 {{the initial value's resource is not in this file}}
  train.parameter @w : tensor<4xf32> = dense_resource<__elided__> : tensor<4xf32>
  func.func @infer(%state: memref<0xi8> {coppice.role = #coppice.role<state>},
                   %arena: memref<0xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
    return
  }
}
