// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @argument_types(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has operands of types 'tensor<4xf32>', but block arguments of types 'tensor<5xf32>'}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<5xf32>):
    %0 = tensor.empty() : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @result_types(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @below {{yields values of types 'tensor<4xf32>', but has results of types 'tensor<5xf32>'}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    plan.yield %in0 : tensor<4xf32>
  } -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

func.func @terminator(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has a body that does not end in plan.yield}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    ub.unreachable
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @from_outside(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note @below {{required by region isolation constraints}}
  %y = plan.kernel {
    // expected-error @below {{using value defined outside the region}}
    plan.yield %x : tensor<4xf32>
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @odd_pairs(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{may_overwrite has 1 numbers; it takes pairs of a result and an operand}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    plan.yield %in0 : tensor<4xf32>
  } {may_overwrite = array<i64: 0>} -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @pair_out_of_range(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{may_overwrite names result 0 and operand 1; it has 1 results and 1 operands}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    plan.yield %in0 : tensor<4xf32>
  } {may_overwrite = array<i64: 0, 1>} -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @operand_as_result(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{yields operand 0 as result 0; its users can read the operand instead}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    plan.yield %in0 : tensor<4xf32>
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @pair_of_other_types(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error @below {{may_overwrite pairs result 0, a 'tensor<5xf32>', with operand 0, a 'tensor<4xf32>'}}
  %y = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    %0 = nn.pad %in0 {low = array<i64: 0>, high = array<i64: 1>} : (tensor<4xf32>) -> tensor<5xf32>
    plan.yield %0 : tensor<5xf32>
  } {may_overwrite = array<i64: 0, 0>} -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

func.func @nothing_written(%x: tensor<4xf32>) {
  // expected-error @below {{has neither results nor outs}}
  plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    plan.yield
  }
  return
}

// -----

func.func @no_buffer(%x: tensor<4xf32>) {
  // expected-error @below {{has no results, but an out of type 'tensor<4xf32>'; it can write buffers alone}}
  plan.kernel outs(%x : tensor<4xf32>) {
  ^bb0(%out0: tensor<4xf32>):
    plan.yield
  }
  return
}

// -----

func.func @out_types(%x: tensor<4xf32>, %y: tensor<5xf32>) -> tensor<4xf32> {
  // expected-error @below {{has outs of types 'tensor<5xf32>', but results of types 'tensor<4xf32>'}}
  %z = plan.kernel ins(%x : tensor<4xf32>) outs(%y : tensor<5xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<5xf32>):
    %0 = math.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

func.func @in_and_out(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{reads out 0 as an in, too; its body can read it through the out}}
  %z = plan.kernel ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = math.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

func.func @yields_to_buffers(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @below {{yields values of types 'tensor<4xf32>', but has results of types }}
  plan.kernel ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%in0: memref<4xf32>, %out0: memref<4xf32>):
    %0 = tensor.empty() : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  }
  return
}
