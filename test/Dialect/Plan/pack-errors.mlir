// RUN: coppice-opt %s --plan-pack --verify-diagnostics --split-input-file

func.func @dynamic(%n: index) {
  // expected-error @below {{has type 'memref<?xf32>'; only buffers of static size}}
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.exp ins(%a : memref<?xf32>) outs(%a : memref<?xf32>)
  return
}

// -----

// expected-error @below {{returns values}}
func.func @result() -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  return %a : memref<4xf32>
}

// -----

func.func @parallel(%n: index, %x: memref<4xf32>) {
  // expected-note @below {{the loop is here}}
  scf.forall (%i) in (%n) {
    // expected-error @below {{inside a parallel loop}}
    %a = memref.alloc() : memref<4xf32>
    linalg.exp ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  }
  return
}

// -----

func.func @carried(%n: index, %x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 iter_args(%m = %x) -> memref<4xf32> {
    // expected-error @below {{handed on to a loop's next iteration}}
    %a = memref.alloc() : memref<4xf32>
    linalg.exp ins(%m : memref<4xf32>) outs(%a : memref<4xf32>)
    scf.yield %a : memref<4xf32>
  }
  return
}

// -----

func.func private @use(index)
func.func @address(%x: memref<4xf32>) {
  // expected-note @below {{the buffer is made here}}
  %a = memref.alloc() : memref<4xf32>
  // expected-error @below {{takes the address of a buffer}}
  %p = memref.extract_aligned_pointer_as_index %a : memref<4xf32> -> index
  call @use(%p) : (index) -> ()
  return
}

// -----

// expected-note @below {{inline it, or make it private}}
func.func @callee() {
  return
}
func.func @caller() {
  // expected-error @below {{calls "callee", whose arguments planning changes}}
  call @callee() : () -> ()
  return
}

// -----

// expected-error @below {{has branches between blocks}}
func.func @branches() {
  cf.br ^exit
^exit:
  return
}
