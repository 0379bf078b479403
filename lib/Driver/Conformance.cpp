//===- Conformance.cpp - ONNX test case directories -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Conformance.h"

#include "lib/Driver/Session.h"
#include "lib/Driver/TensorFile.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace llvm;

namespace coppice::driver {

Error compareTensors(StringRef name, const HostTensor &got,
                     const HostTensor &want, double rtol, double atol) {
  if (got.getKind() != want.getKind() || got.getShape() != want.getShape())
    return userError("output '" + name + "'",
                     "is " + driver::name(got.getKind()) + " " +
                         formatShape(got.getShape()) + ", expected " +
                         driver::name(want.getKind()) + " " +
                         formatShape(want.getShape()));
  int64_t wrong = 0, first = -1;
  for (int64_t i = 0; i < got.size(); ++i) {
    double a = got.getAsDouble(i), b = want.getAsDouble(i);
    bool same = a == b || (std::isnan(a) && std::isnan(b)) ||
                std::abs(a - b) <= atol + rtol * std::abs(b);
    if (same)
      continue;
    ++wrong;
    if (first < 0)
      first = i;
  }
  if (!wrong)
    return Error::success();
  return userError("output '" + name + "'",
                   formatv("{0} of {1} elements differ, the first at {2}: {3} "
                           "where {4} is expected",
                           wrong, got.size(), first, got.getAsDouble(first),
                           want.getAsDouble(first))
                       .str());
}

/// DIR/input_0.pb, DIR/input_1.pb, ...
static Expected<std::vector<NamedTensor>> readNumbered(StringRef directory,
                                                       StringRef stem) {
  std::vector<NamedTensor> result;
  for (unsigned i = 0;; ++i) {
    SmallString<128> path(directory);
    sys::path::append(path, stem + "_" + Twine(i) + ".pb");
    if (!sys::fs::exists(path))
      return std::move(result);
    Expected<NamedTensor> tensor = readTensorProto(path);
    if (!tensor)
      return tensor.takeError();
    result.push_back(std::move(*tensor));
  }
}

/// The data sets of a case, sorted; `directory` itself where it is one.
static SmallVector<std::string> findDataSets(StringRef directory) {
  SmallVector<std::string> sets;
  std::error_code error;
  for (sys::fs::directory_iterator it(directory, error), end;
       it != end && !error; it.increment(error))
    if (sys::path::filename(it->path()).starts_with("test_data_set_"))
      sets.push_back(it->path());
  sort(sets);
  SmallString<128> output(directory);
  sys::path::append(output, "output_0.pb");
  if (sets.empty() && sys::fs::exists(output))
    sets.push_back(directory.str());
  return sets;
}

static std::string oneLine(Error error) {
  std::string text = toString(std::move(error));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

namespace {
struct DataSetFiles {
  std::vector<NamedTensor> inputs, outputs;
};
} // namespace

/// ONNX's data sets keep bfloat16 as the bits of a uint16 tensor.
static void restoreBFloat16(HostTensor &tensor, ElementKind expected) {
  if (expected == ElementKind::BF16 && tensor.getKind() == ElementKind::U16)
    tensor.reinterpret(ElementKind::BF16);
}

/// The model's inputs in its order: by name, or by place where the files hold
/// no names.
static Expected<SmallVector<const HostTensor *>>
matchInputs(ArrayRef<TensorInfo> expected, MutableArrayRef<NamedTensor> given) {
  SmallVector<const HostTensor *> result;
  for (auto [i, info] : enumerate(expected)) {
    NamedTensor *match = nullptr;
    for (NamedTensor &tensor : given)
      if (tensor.name == info.name)
        match = &tensor;
    if (!match && i < given.size() && given[i].name.empty())
      match = &given[i];
    if (!match)
      return userError("input '" + info.name + "'",
                       "the test case has no file for it");
    restoreBFloat16(match->tensor, info.kind);
    result.push_back(&match->tensor);
  }
  return std::move(result);
}

/// Makes constants of the inputs that may decide shapes: integers and vectors,
/// but never the first.
static void fixShapeInputs(ArrayRef<DataSetFiles> data, ModelOptions &model) {
  if (data.size() != 1)
    return;
  for (const NamedTensor &input :
       ArrayRef(data.front().inputs)
           .drop_front(std::min<size_t>(1, data.front().inputs.size()))) {
    const HostTensor &tensor = input.tensor;
    if (input.name.empty() ||
        (isFloat(tensor.getKind()) && tensor.getShape().size() > 1))
      continue;
    model.constants[input.name] = serializeTensor(input.name, tensor);
  }
}

CaseResult checkCase(const ModelOptions &model, StringRef directory) {
  auto unsupported = [](Error error) {
    return CaseResult{CaseResult::Unsupported, oneLine(std::move(error))};
  };
  auto failed = [](Error error) {
    return CaseResult{CaseResult::Failed, oneLine(std::move(error))};
  };

  SmallVector<std::string> sets = findDataSets(directory);
  if (sets.empty())
    return failed(userError(directory, "holds no test_data_set_* folder",
                            "name an ONNX test case"));
  std::vector<DataSetFiles> data;
  for (const std::string &set : sets) {
    auto inputs = readNumbered(set, "input");
    if (!inputs)
      return unsupported(inputs.takeError());
    auto outputs = readNumbered(set, "output");
    if (!outputs)
      return unsupported(outputs.takeError());
    data.push_back({std::move(*inputs), std::move(*outputs)});
  }

  Expected<Session> session = Session::open(model);
  if (!session) {
    // Inputs that decide shapes have to be known to the compiler.
    ModelOptions fixed = model;
    fixShapeInputs(data, fixed);
    if (fixed.constants.empty())
      return unsupported(session.takeError());
    Expected<Session> again = Session::open(fixed);
    if (!again) {
      consumeError(again.takeError());
      return unsupported(session.takeError());
    }
    consumeError(session.takeError());
    session = std::move(again);
  }
  auto program = session->compile(compileOptions(model));
  if (!program)
    return unsupported(program.takeError());
  AlignedBuffer state = (*program)->createState();
  const EntryInfo &info = (*program)->entry("infer");

  for (DataSetFiles &set : data) {
    auto inputs = matchInputs(info.inputs, set.inputs);
    if (!inputs)
      return failed(inputs.takeError());
    if (set.outputs.size() > info.outputs.size())
      return failed(userError(directory, "more outputs than the model has"));
    SmallVector<HostTensor> outputs = (*program)->createOutputs("infer");
    if (Error error = (*program)->run("infer", *inputs, outputs, state))
      return failed(std::move(error));
    Error differences = Error::success();
    for (auto [i, want] : enumerate(set.outputs)) {
      restoreBFloat16(want.tensor, info.outputs[i].kind);
      differences = joinErrors(
          std::move(differences),
          compareTensors(info.outputs[i].name, outputs[i], want.tensor));
    }
    if (differences)
      return failed(std::move(differences));
  }
  return {CaseResult::Passed, ""};
}

} // namespace coppice::driver
