//===- Gradcheck.h - Gradients against finite differences -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_GRADCHECK_H
#define COPPICE_LIB_RUNTIME_GRADCHECK_H

#include "lib/Runtime/Program.h"

namespace coppice::runtime {

/// The result for one parameter.
struct GradientReport {
  std::string name;
  int64_t elements = 0;
  int64_t checked = 0; // elements compared with finite differences
  int64_t kinks = 0;   // elements skipped: the loss has a kink inside the step
  double maxError = 0; // relative, of those compared
  /// Whether the step approximates the gradient. The error then includes that
  /// of the approximation.
  bool approximate = false;
};

/// The loss, the first output of an entry point, as a function of one number in
/// its inputs or its state. The first error is kept.
class Probe {
public:
  Probe(Program &program, AlignedBuffer &state, llvm::StringRef entry,
        llvm::ArrayRef<const HostTensor *> inputs)
      : program(program), state(state), entry(entry), inputs(inputs),
        outputs(program.createOutputs(entry)) {}
  ~Probe() { llvm::consumeError(std::move(error)); }

  double measure(double *element, double value);
  llvm::Error takeError() { return std::move(error); }

private:
  Program &program;
  AlignedBuffer &state;
  std::string entry;
  llvm::ArrayRef<const HostTensor *> inputs;
  llvm::SmallVector<HostTensor> outputs;
  llvm::Error error = llvm::Error::success();
};

/// Compares a gradient with differences of the loss at `values`; the loss there
/// is `middle`.
GradientReport compareGradient(std::string name, Probe &probe,
                               const HostTensor &gradient, double *values,
                               double middle, int64_t samples, uint64_t seed);

/// Loss and gradients from one call of `@gradients`.
struct Gradients {
  double loss = 0;
  /// One gradient per trainable parameter, in the stored layout.
  llvm::SmallVector<HostTensor> values;
  /// The parameter of each gradient.
  llvm::SmallVector<TensorInfo> infos;
};

llvm::Expected<Gradients>
computeGradients(Program &program, AlignedBuffer &state,
                 llvm::ArrayRef<const HostTensor *> inputs);

/// Compares the gradients of `program` with central differences of its loss.
/// The program must be compiled in f64 with `@gradients` and a step. At most
/// `samples` elements of a parameter are drawn.
///
/// A kink (ReLU, max) inside the step can be detected: the central difference
/// changes with the step, or the one-sided differences stay apart as it
/// shrinks. Smaller steps are tried first. An element for which every step
/// contains a kink is skipped and counted.
llvm::Expected<std::vector<GradientReport>>
checkGradients(Program &program, llvm::ArrayRef<const HostTensor *> inputs,
               int64_t samples, uint64_t seed);

/// Returns the parameter that output `index` of `@gradients` belongs to.
const ParameterInfo *gradientParameter(const Program &program,
                                       const TensorInfo &output);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_GRADCHECK_H
