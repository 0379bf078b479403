// RUN: coppice-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{no role is named 'weight'; there are input, label, hyper, output, loss, gradient, parameter, state, arena}}
func.func private @unknown(tensor<4xf32> {coppice.role = #coppice.role<weight>})

// -----

// expected-error @below {{role input needs a name; write #coppice.role<input "name">}}
func.func private @nameless(tensor<4xf32> {coppice.role = #coppice.role<input>})

// -----

// expected-error @below {{role arena has no name; drop "scratch"}}
func.func private @named(memref<4xi8> {coppice.role = #coppice.role<arena "scratch">})

// -----

// expected-error @below {{role parameter needs the parameter's symbol; write #coppice.role<parameter @parameter>}}
func.func private @which(tensor<4xf32> {coppice.role = #coppice.role<parameter>})

// -----

// expected-error @below {{role gradient needs the parameter's symbol; write #coppice.role<gradient "name" of @parameter>}}
func.func private @gradient() -> (tensor<4xf32> {coppice.role = #coppice.role<gradient "w">})

// -----

// expected-error @below {{role label does not belong to a parameter; drop @w}}
func.func private @label(tensor<4xf32> {coppice.role = #coppice.role<label "y" of @w>})

// -----

// expected-error @below {{role input is never 'written'; a parameter or a state is}}
func.func private @written(tensor<4xf32> {coppice.role = #coppice.role<input "x" written>})
