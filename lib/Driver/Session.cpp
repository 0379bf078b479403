//===- Session.cpp - An imported model with its context -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Session.h"

#include "lib/Support/UserError.h"

using namespace llvm;

namespace coppice::driver {

Expected<Session> Session::open(const ModelOptions &options) {
  if (Error error = check(options))
    return std::move(error);
  Session session;
  session.path = options.path;
  session.context = createContext();
  session.sink =
      std::make_unique<DiagnosticSink>(session.context.get(), options.path);
  auto module = importModel(options, session.context.get(), *session.sink);
  if (!module)
    return module.takeError();
  session.module = std::move(*module);
  if (Error error = checkRequantize(options, *session.module))
    return std::move(error);
  auto infer = session.module->lookupSymbol<mlir::func::FuncOp>("infer");
  if (!infer)
    return userError(options.path, "holds no graph");
  Expected<EntryInfo> signature = readSignature(infer);
  if (!signature)
    return signature.takeError();
  session.signature = std::move(*signature);
  for (const TensorInfo &input : session.signature.inputs)
    if (is_contained(input.shape, mlir::ShapedType::kDynamic)) {
      std::string shape;
      raw_string_ostream os(shape);
      interleave(
          input.shape, os, [&](int64_t e) { os << std::max<int64_t>(e, 1); },
          "x");
      return userError(options.path + ": input '" + input.name + "'",
                       "its shape " + formatShape(input.shape) + " is open",
                       "fix it with --shape=" + input.name + "=" + shape);
    }
  return std::move(session);
}

Expected<std::unique_ptr<Program>> Session::compile(CompileOptions options,
                                                    bool profile) {
  return Program::compile(
      *module, std::move(options), [&] { return takeError(); }, profile);
}

Error Session::lower(Phase last, const CompileOptions &options) {
  if (failed(runPhases(*module, Phase::Import, last, options)))
    return takeError();
  return Error::success();
}

Expected<DataSet> Session::loadData(StringRef images, StringRef labels,
                                    const ImageOptions &options,
                                    StringRef loss) const {
  if (signature.inputs.size() != 1)
    return userError(path,
                     "has " + Twine(signature.inputs.size()) +
                         " inputs where a set of images feeds one",
                     "use 'coppice run' with --input for each");
  if (signature.outputs.empty())
    return userError(path, "has no output");
  const TensorInfo &input = signature.inputs.front();
  const TensorInfo &output = signature.outputs.front();
  if (input.shape.empty() || output.shape.empty() ||
      input.shape.front() != output.shape.front())
    return userError(path, "its first output " + formatShape(output.shape) +
                               " is not one row per image of its input " +
                               formatShape(input.shape));
  Expected<ImageSet> imageSet =
      ImageSet::load(images, options, input.shape, input.kind);
  if (!imageSet)
    return imageSet.takeError();

  bool classes = loss == "softmax-cross-entropy" || loss == "nll";
  int64_t rowSize = 1;
  for (int64_t extent : ArrayRef<int64_t>(output.shape).drop_front())
    rowSize *= extent;
  Expected<LabelSet> labelSet =
      classes ? LabelSet::loadClasses(labels, *imageSet, rowSize)
              : LabelSet::loadTargets(labels, *imageSet, output.shape);
  if (!labelSet)
    return labelSet.takeError();
  return DataSet{std::move(*imageSet), std::move(*labelSet)};
}

} // namespace coppice::driver
