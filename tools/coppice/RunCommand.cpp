//===- RunCommand.cpp - coppice run -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/Conformance.h"
#include "lib/Driver/Session.h"
#include "lib/Driver/TensorFile.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/Format.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

namespace {
/// NAME=FILE, or FILE where there is only one tensor to name.
struct Binding {
  std::string name, path;
};
} // namespace

static Binding parseBinding(StringRef text) {
  auto [name, path] = text.split('=');
  if (path.empty())
    return {"", text.str()};
  return {name.str(), path.str()};
}

/// The place in `tensors` that a binding names.
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
  outs() << info.name << " " << driver::name(tensor.getKind()) << " "
         << formatShape(tensor.getShape()) << " =";
  constexpr int64_t limit = 16;
  for (int64_t i = 0; i < std::min(tensor.size(), limit); ++i)
    if (isFloat(tensor.getKind()))
      outs() << format(" %.7g", tensor.getAsDouble(i));
    else
      outs() << " " << tensor.getAsInteger(i);
  outs() << (tensor.size() > limit ? " ...\n" : "\n");
}

static Error runModel(const ModelOptions &model, ArrayRef<Binding> inputFiles,
                      ArrayRef<Binding> outputFiles) {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  const EntryInfo &signature = session->getSignature();

  SmallVector<HostTensor> inputs(signature.inputs.size());
  BitVector have(signature.inputs.size());
  for (const Binding &binding : inputFiles) {
    Expected<size_t> index =
        resolve("input", binding, signature.inputs, "input");
    if (!index)
      return index.takeError();
    Expected<NamedTensor> file = readTensorFile(binding.path);
    if (!file)
      return file.takeError();
    const TensorInfo &info = signature.inputs[*index];
    HostTensor &tensor = file->tensor;
    if (tensor.getShape() != ArrayRef<int64_t>(info.shape))
      return userError(binding.path,
                       "has shape " + formatShape(tensor.getShape()) +
                           " where input '" + info.name + "' has " +
                           formatShape(info.shape),
                       "--batch and --shape change the model's");
    // NumPy has no bfloat16: outputs of it are written as float32, too.
    if (info.kind == ElementKind::BF16 && tensor.getKind() == ElementKind::F32)
      tensor = tensor.convert(ElementKind::BF16);
    if (tensor.getKind() != info.kind)
      return userError(binding.path,
                       "is " + driver::name(tensor.getKind()) +
                           " where input '" + info.name + "' is " +
                           driver::name(info.kind),
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
                           driver::name(info.kind) + " " +
                           formatShape(info.shape));
  SmallVector<std::pair<size_t, StringRef>> wanted;
  for (const Binding &binding : outputFiles) {
    Expected<size_t> index =
        resolve("output", binding, signature.outputs, "output");
    if (!index)
      return index.takeError();
    if (Error error = checkWritable(binding.path))
      return error;
    wanted.push_back({*index, binding.path});
  }

  auto program = session->compile(compileOptions(model));
  if (!program)
    return program.takeError();
  AlignedBuffer state = (*program)->createState();
  SmallVector<const HostTensor *> pointers;
  for (const HostTensor &tensor : inputs)
    pointers.push_back(&tensor);
  SmallVector<HostTensor> outputs = (*program)->createOutputs("infer");
  if (Error error = (*program)->run("infer", pointers, outputs, state))
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
  // The suite brings its own models.
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
  flags.list("input", "NAME=FILE", "an input, for each of the model's",
             [&](StringRef text) {
               inputs.push_back(parseBinding(text));
               return Error::success();
             });
  flags.list("output", "NAME=FILE", "where to write an output",
             [&](StringRef text) {
               outputs.push_back(parseBinding(text));
               return Error::success();
             });
  flags.section("ONNX test cases");
  flags.text("check", "DIR", check,
             "run the data sets of a test case and compare");
  flags.text("check-suite", "DIR", suite.directory,
             "run every case in DIR; takes no MODEL");
  flags.text("list", "FILE", suite.passing,
             "names of the suite that have to pass; nothing else may fail");
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
