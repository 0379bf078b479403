//===- RunCommand.cpp - coppice run -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/Session.h"
#include "lib/Runtime/TensorFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "tools/coppice/Conformance.h"
#include "llvm/Support/Format.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

namespace {
/// NAME=FILE, or FILE if there is only one tensor to name.
struct Binding {
  std::string name, path;
};
} // namespace

static Expected<Binding> parseBinding(StringRef flag, StringRef text) {
  auto [name, path] = text.split('=');
  bool isNamed = text.contains('=');
  if (isNamed ? path.empty() : text.empty())
    return userError("--" + flag + (isNamed ? "=" + text : ""), "names no file",
                     "write --" + flag + "=" + (name.empty() ? "NAME" : name) +
                         "=FILE.npy");
  if (isNamed && name.empty())
    return userError("--" + flag + "=" + text, "names no " + flag,
                     "write --" + flag + "=NAME" + text + ", or --" + flag +
                         "=" + path + " where there is only one");
  if (!isNamed)
    return Binding{"", text.str()};
  return Binding{name.str(), path.str()};
}

static CommandLine::Parser bindingParser(StringRef flag,
                                         SmallVectorImpl<Binding> &bindings) {
  return [flag, &bindings](StringRef text) -> Error {
    Expected<Binding> binding = parseBinding(flag, text);
    if (!binding)
      return binding.takeError();
    bindings.push_back(std::move(*binding));
    return Error::success();
  };
}

/// Returns the index in `tensors` of the tensor that a binding names.
static Expected<size_t> resolve(StringRef flag, const Binding &binding,
                                ArrayRef<TensorInfo> tensors, StringRef what) {
  if (binding.name.empty() && tensors.size() == 1)
    return 0;
  std::string known;
  SmallVector<StringRef> names;
  for (auto [i, info] : enumerate(tensors)) {
    if (info.name == binding.name)
      return i;
    names.push_back(info.name);
    known += (i ? ", '" : "'") + info.name + "'";
  }
  if (binding.name.empty())
    return userError("--" + flag + "=" + binding.path,
                     "does not say which " + what,
                     "write --" + flag + "=NAME=FILE; there are " + known);
  return userError("--" + flag + "=" + binding.name,
                   "the model has no such " + what,
                   tensors.empty() ? "it has none" : "it has " + known);
}

static void print(const TensorInfo &info, const HostTensor &tensor) {
  outs() << info.name << " " << runtime::name(tensor.getKind()) << " "
         << formatShape(tensor.getShape()) << " =";
  constexpr int64_t limit = 16;
  for (int64_t i = 0; i < std::min(tensor.size(), limit); ++i)
    if (isFloat(tensor.getKind()))
      outs() << format(" %.7g", tensor.getAsDouble(i));
    else
      outs() << " " << tensor.getAsInteger(i);
  outs() << (tensor.size() > limit ? " ...\n" : "\n");
}

/// Reads the files in order; they decide the extents that the model leaves
/// open.
static Expected<SmallVector<HostTensor>> readFiles(ArrayRef<Binding> files,
                                                   ModelOptions &model) {
  SmallVector<HostTensor> tensors;
  for (const Binding &binding : files) {
    Expected<NamedTensor> file = readTensorFile(binding.path);
    if (!file)
      return file.takeError();
    ArrayRef<int64_t> shape = file->tensor.getShape();
    model.tensors.try_emplace(binding.name, shape.begin(), shape.end());
    tensors.push_back(std::move(file->tensor));
  }
  return std::move(tensors);
}

static Error runModel(ModelOptions model, ArrayRef<Binding> inputFiles,
                      ArrayRef<Binding> outputFiles) {
  if (Error error = check(model))
    return error;
  Expected<SmallVector<HostTensor>> files = readFiles(inputFiles, model);
  if (!files)
    return files.takeError();
  // Set the batch, so that the error names the input without a file and not the
  // open batch.
  model.openBatch = 1;
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  const EntryInfo &signature = session->getSignature();

  SmallVector<HostTensor> inputs(signature.inputs.size());
  BitVector have(signature.inputs.size());
  for (auto [binding, tensor] : zip_equal(inputFiles, *files)) {
    Expected<size_t> index =
        resolve("input", binding, signature.inputs, "input");
    if (!index)
      return index.takeError();
    const TensorInfo &info = signature.inputs[*index];
    if (have[*index])
      return userError("--input=" + info.name, "is given twice", "drop one");
    if (tensor.getShape() != ArrayRef<int64_t>(info.shape))
      return userError(binding.path,
                       "has shape " + formatShape(tensor.getShape()) +
                           " where input '" + info.name + "' has " +
                           formatShape(info.shape),
                       shapeHint(tensor.getShape(), info.shape));
    // NumPy has no bfloat16, so such outputs are written as float32.
    if (info.kind == ElementKind::BF16 && tensor.getKind() == ElementKind::F32)
      tensor = tensor.convert(ElementKind::BF16);
    if (tensor.getKind() != info.kind)
      return userError(binding.path,
                       "is " + runtime::name(tensor.getKind()) +
                           " where input '" + info.name + "' is " +
                           runtime::name(info.kind),
                       "convert the file");
    if (!isFloat(info.kind))
      if (Error error = checkValues(binding.path, "sample", tensor,
                                    session->getImageInput(*index)))
        return error;
    inputs[*index] = std::move(tensor);
    have.set(*index);
  }
  for (auto [i, info] : enumerate(signature.inputs))
    if (!have[i])
      return userError(model.path + ": input '" + info.name + "'",
                       "no file was given for it",
                       "add --input=" + info.name + "=FILE.npy, " +
                           runtime::name(info.kind) + " " +
                           formatShape(info.shape));
  SmallVector<StringRef> read = {model.path};
  for (const Binding &binding : inputFiles)
    read.push_back(binding.path);
  SmallVector<std::pair<StringRef, StringRef>> written;
  SmallVector<std::pair<size_t, StringRef>> wanted;
  for (const Binding &binding : outputFiles) {
    Expected<size_t> index =
        resolve("output", binding, signature.outputs, "output");
    if (!index)
      return index.takeError();
    written.push_back({"--output", binding.path});
    wanted.push_back({*index, binding.path});
  }
  if (Error error = checkOutputs(written, read))
    return error;

  auto program = session->compile(compileOptions(model));
  if (!program)
    return program.takeError();
  AlignedBuffer state = (*program)->createState();
  SmallVector<const HostTensor *> pointers;
  for (const HostTensor &tensor : inputs)
    pointers.push_back(&tensor);
  SmallVector<HostTensor> outputs =
      (*program)->createOutputs(EntryKind::Inference);
  if (Error error =
          (*program)->run(EntryKind::Inference, pointers, outputs, state))
    return error;
  for (auto [index, path] : wanted)
    if (Error error = writeTensorFile(path, signature.outputs[index].name,
                                      outputs[index]))
      return error;
  if (wanted.empty() && !model.quiet)
    for (auto [info, tensor] : zip_equal(signature.outputs, outputs))
      print(info, tensor);
  return Error::success();
}

Error tool::run(Arguments arguments) {
  ModelOptions model;
  SmallVector<Binding> inputs, outputs;
  std::string check;
  SuiteOptions suite;
  int64_t jobs = suite.jobs;
  // A suite has its own models.
  bool needsModel = none_of(arguments, [](StringRef argument) {
    return argument.starts_with("--check-suite");
  });
  CommandLine flags(
      "coppice run", "MODEL [--input NAME=FILE]... [--output NAME=FILE]...",
      "Runs a model once. Tensors are .npy files, or ONNX tensors in .pb, in "
      "the model's\nown layout; outputs without a file are printed.");
  if (needsModel)
    flags.positional("MODEL", model.path);
  flags.section("tensors");
  flags.list("input", "NAME=FILE",
             "one of the model's inputs; FILE alone if it has one",
             bindingParser("input", inputs));
  flags.list("output", "NAME=FILE",
             "file for an output; FILE alone if the model has one",
             bindingParser("output", outputs));
  flags.section("ONNX test cases");
  flags.text("check", "DIR", check,
             "run the data sets of a test case and compare");
  flags.text("check-suite", "DIR", suite.directory,
             "run every case in DIR; takes no MODEL");
  flags.text("list", "FILE", suite.passing,
             "names of the suite that must pass; no other case may fail");
  flags.text("differing", "FILE", suite.differing,
             "names whose results are known to differ");
  flags.text("failing", "FILE", suite.failing, "names that are known to fail");
  flags.text("only", "TEXT", suite.only,
             "cases of the suite whose name has TEXT");
  flags.integer("jobs", "N", jobs, 1, 256, "cases at once (default 2)");
  flags.flag("verbose", suite.verbose, "one line for each case");
  addModelFlags(flags, model);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  suite.jobs = static_cast<unsigned>(jobs);
  if (!suite.directory.empty())
    return checkSuite(suite);
  if (check.empty())
    return runModel(model, inputs, outputs);

  if (!inputs.empty() || !outputs.empty())
    return userError("--check", "brings its own inputs and outputs",
                     "drop --input and --output");
  CaseResult result = checkCase(model, check);
  if (result.outcome != CaseResult::Passed)
    return userError(check, result.reason);
  if (!model.quiet)
    outs() << "passed\n";
  return Error::success();
}
