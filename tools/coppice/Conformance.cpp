//===- Conformance.cpp - ONNX test case directories -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice/Conformance.h"

#include "lib/Runtime/Session.h"
#include "lib/Runtime/TensorFile.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace llvm;
using namespace coppice::runtime;

namespace coppice::tool {

StringRef name(CaseResult::Outcome outcome) {
  switch (outcome) {
  case CaseResult::Passed:
    return "passed";
  case CaseResult::Differs:
    return "differs";
  case CaseResult::Refused:
    return "refused";
  case CaseResult::Failed:
    break;
  }
  return "failed";
}

Error compareTensors(StringRef name, const HostTensor &got,
                     const HostTensor &want, double rtol, double atol) {
  if (got.getKind() != want.getKind() || got.getShape() != want.getShape())
    return userError("output '" + name + "'",
                     "is " + runtime::name(got.getKind()) + " " +
                         formatShape(got.getShape()) + ", expected " +
                         runtime::name(want.getKind()) + " " +
                         formatShape(want.getShape()));
  // The tolerance is at least the spacing of the type: ONNX's bfloat16 data is
  // truncated, but conversions round to nearest.
  if (want.getKind() == ElementKind::BF16)
    rtol = std::max(rtol, 0x1p-7);
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

/// Reads DIR/input_0.pb, DIR/input_1.pb, ...
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

/// Returns the data sets of a case, sorted; `directory` itself if it is one.
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

/// ONNX's data sets store bfloat16 as the bits of a uint16 tensor.
static void restoreBFloat16(HostTensor &tensor, ElementKind expected) {
  if (expected == ElementKind::BF16 && tensor.getKind() == ElementKind::U16)
    tensor.reinterpret(ElementKind::BF16);
}

/// Returns the model's inputs in its order: by name, or by position if the
/// files hold no names.
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

/// Reads the files of all data sets.
static Expected<std::vector<DataSetFiles>>
readDataSets(ArrayRef<std::string> sets) {
  std::vector<DataSetFiles> data;
  for (const std::string &set : sets) {
    auto inputs = readNumbered(set, "input");
    if (!inputs)
      return inputs.takeError();
    auto outputs = readNumbered(set, "output");
    if (!outputs)
      return outputs.takeError();
    data.push_back({std::move(*inputs), std::move(*outputs)});
  }
  return std::move(data);
}

/// Gives inputs that are not constants the shapes of the data.
static void fixShapes(const DataSetFiles &data, ModelOptions &model) {
  for (const NamedTensor &input : data.inputs) {
    ArrayRef<int64_t> shape = input.tensor.getShape();
    if (input.name.empty() || model.constants.contains(input.name) ||
        shape.empty() || is_contained(shape, 0))
      continue;
    std::string text = input.name + "=";
    raw_string_ostream os(text);
    interleave(shape, os, "x");
    model.shapes.push_back(std::move(text));
  }
}

/// Makes constants of the inputs that may decide shapes: integers and vectors.
static void fixValues(ArrayRef<NamedTensor> inputs, ModelOptions &model) {
  for (const NamedTensor &input : inputs)
    if (const HostTensor &tensor = input.tensor;
        !input.name.empty() &&
        (!isFloat(tensor.getKind()) || tensor.getShape().size() <= 1))
      model.constants[input.name] = serializeTensor(input.name, tensor);
}

/// Whether the model takes the data in its shapes.
static bool takesShapes(const Session &session, const DataSetFiles &data) {
  return all_of(session.getSignature().inputs, [&](const TensorInfo &info) {
    return none_of(data.inputs, [&](const NamedTensor &input) {
      return input.name == info.name &&
             input.tensor.getShape() != ArrayRef(info.shape);
    });
  });
}

/// Opens the model with as little of the data as it needs: none, shapes, the
/// values of all inputs but the first, the values of all.
static Expected<Session> openFor(const ModelOptions &model,
                                 DataSetFiles &data) {
  Expected<Session> session = Session::open(model);
  if (session)
    for (const TensorInfo &info : session->getSignature().inputs)
      for (NamedTensor &input : data.inputs)
        if (input.name == info.name)
          restoreBFloat16(input.tensor, info.kind);
  if (session && takesShapes(*session, data))
    return session;
  for (size_t kept : {data.inputs.size(), size_t(1), size_t(0)}) {
    ModelOptions attempt = model;
    fixValues(
        ArrayRef(data.inputs).drop_front(std::min(kept, data.inputs.size())),
        attempt);
    fixShapes(data, attempt);
    Expected<Session> next = Session::open(attempt);
    consumeError(session.takeError());
    session = std::move(next);
    if (session)
      break;
  }
  return session;
}

CaseResult checkCase(const ModelOptions &model, StringRef directory) {
  auto result = [](CaseResult::Outcome outcome, Error error) {
    return CaseResult{outcome, oneLine(std::move(error))};
  };
  auto failed = [&](Error error) {
    return result(CaseResult::Failed, std::move(error));
  };
  auto refusedOrFailed = [&](Error error) {
    bool isRefused = error.isA<UnsupportedError>();
    return result(isRefused ? CaseResult::Refused : CaseResult::Failed,
                  std::move(error));
  };

  SmallVector<std::string> sets = findDataSets(directory);
  if (sets.empty())
    return failed(userError(directory, "holds no test_data_set_* folder",
                            "name an ONNX test case"));
  auto data = readDataSets(sets);
  if (!data) {
    // If a file is not a tensor, the model is probably one that is refused for
    // it.
    Expected<Session> session = Session::open(model);
    if (session)
      return failed(data.takeError());
    consumeError(data.takeError());
    return refusedOrFailed(session.takeError());
  }
  Expected<Session> session = openFor(model, data->front());
  if (!session)
    return refusedOrFailed(session.takeError());
  auto program = session->compile(compileOptions(model));
  if (!program)
    return failed(program.takeError());
  AlignedBuffer state = (*program)->createState();
  const EntryInfo &info = (*program)->entry(EntryKind::Inference);

  for (DataSetFiles &set : *data) {
    auto inputs = matchInputs(info.inputs, set.inputs);
    if (!inputs)
      return failed(inputs.takeError());
    if (set.outputs.size() > info.outputs.size())
      return failed(userError(directory, "more outputs than the model has"));
    SmallVector<HostTensor> outputs =
        (*program)->createOutputs(EntryKind::Inference);
    if (Error error =
            (*program)->run(EntryKind::Inference, *inputs, outputs, state))
      return failed(std::move(error));
    Error differences = Error::success();
    for (auto [i, want] : enumerate(set.outputs)) {
      restoreBFloat16(want.tensor, info.outputs[i].kind);
      differences = joinErrors(
          std::move(differences),
          compareTensors(info.outputs[i].name, outputs[i], want.tensor));
    }
    if (differences)
      return result(CaseResult::Differs, std::move(differences));
  }
  return {CaseResult::Passed, ""};
}

} // namespace coppice::tool
