//===- FunctionCheck.cpp - Gradients of single functions -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/FunctionCheck.h"

#include "dialects/Train/Transforms/Passes.h"
#include "lib/Runtime/Diagnostics.h"
#include "lib/Runtime/ModelOptions.h"
#include "lib/Runtime/Random.h"
#include "lib/Support/UserError.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace llvm;

namespace coppice::runtime {

namespace {
/// A function to check, with the range of its inputs.
struct Subject {
  std::string name;
  double low, high;
};
} // namespace

static SmallVector<Subject> findSubjects(mlir::ModuleOp module) {
  SmallVector<Subject> subjects;
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    auto bound = [&](StringRef name, double fallback) {
      auto attr = function->getAttrOfType<mlir::FloatAttr>(name);
      return attr ? attr.getValueAsDouble() : fallback;
    };
    subjects.push_back({function.getSymName().str(), bound("gradcheck.low", -1),
                        bound("gradcheck.high", 1)});
  }
  return subjects;
}

/// Compares one function's gradients.
static Error checkOne(Program &program, const Subject &subject, int64_t samples,
                      uint64_t seed, std::vector<GradientReport> &reports) {
  std::string gradient = subject.name + "_grad", loss = subject.name + "_loss";
  const EntryInfo &info = program.entry(gradient);
  AlignedBuffer state;
  SmallVector<HostTensor> inputs;
  Random random(seed, sampleStream);
  for (const TensorInfo &input : info.inputs) {
    HostTensor tensor(input.kind, input.shape);
    if (isFloat(input.kind))
      for (int64_t i = 0; i < tensor.size(); ++i)
        tensor.set(i, random.uniform(subject.low, subject.high));
    inputs.push_back(std::move(tensor));
  }
  SmallVector<const HostTensor *> pointers;
  for (const HostTensor &tensor : inputs)
    pointers.push_back(&tensor);
  SmallVector<HostTensor> outputs = program.createOutputs(gradient);
  if (Error error = program.run(gradient, pointers, outputs, state))
    return error;

  double middle = outputs[0].getAsDouble(0);
  Probe probe(program, state, loss, pointers);
  size_t output = 1;
  for (auto [i, input] : enumerate(inputs)) {
    if (!isFloat(input.getKind()))
      continue;
    if (input.getKind() != ElementKind::F64)
      return userError("@" + subject.name, "is not in f64",
                       "finite differences need it");
    reports.push_back(compareGradient(
        subject.name + "#" + std::to_string(i), probe, outputs[output++],
        input.as<double>(), middle, samples, seed + i));
    if (Error error = probe.takeError())
      return error;
  }
  return Error::success();
}

Expected<std::vector<GradientReport>>
checkFunctions(StringRef path, int64_t samples, uint64_t seed) {
  if (!sys::fs::exists(path))
    return fileError(
        path, "read",
        std::make_error_code(std::errc::no_such_file_or_directory));
  auto context = createContext();
  DiagnosticSink sink(context.get(), path.str());
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(path, context.get());
  if (!module)
    return sink.takeError();
  SmallVector<Subject> subjects = findSubjects(*module);
  mlir::PassManager pm(context.get());
  pm.addPass(train::createTrainGradcheckFunctions());
  if (failed(pm.run(*module)))
    return sink.takeError();
  auto program = Program::compile(*module, CompileOptions(),
                                  [&] { return sink.takeError(); });
  if (!program)
    return program.takeError();

  std::vector<GradientReport> reports;
  for (const Subject &subject : subjects)
    if ((*program)->has(subject.name + "_grad"))
      if (Error error = checkOne(**program, subject, samples, seed, reports))
        return std::move(error);
  return std::move(reports);
}

} // namespace coppice::runtime
