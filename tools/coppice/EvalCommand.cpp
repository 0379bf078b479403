//===- EvalCommand.cpp - coppice eval -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/Count.h"
#include "lib/Support/JSONNumber.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

Error tool::eval(Arguments arguments) {
  ModelOptions model;
  ImageOptions image;
  std::string images, labels, json;
  train::LossKind loss = train::kLosses[0].kind;
  CommandLine flags("coppice eval", "MODEL --images FILE --labels FILE ...",
                    "Runs a model over a set of images; prints the share of "
                    "images whose highest\nscore is their class, and the mean "
                    "loss.");
  flags.positional("MODEL", model.path);
  flags.section("data");
  addSamplesFlag(flags, images);
  flags.text("labels", "FILE.npy", labels,
             "N class numbers from 0, or targets");
  addLossFlag(flags, loss, "the loss to average");
  addImageFlags(flags, image);
  addModelFlags(flags, model, /*openBatch=*/1);
  flags.text("json", "FILE", json,
             "write top1, loss and seconds (- for stdout)");
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = flags.require({"images", "labels"}))
    return error;
  if (Error error =
          checkOutputs({{"--json", json}}, {model.path, images, labels}))
    return error;

  Expected<SetResult> result = evaluateFile(model, images, labels, image, loss);
  if (!result)
    return result.takeError();
  bool classes = result->hasClasses;
  if (json != "-") {
    if (classes)
      outs() << formatv("top1 {0:f2}%  ", 100 * result->top1);
    outs() << formatv("loss {0:f6}  {1}, batch {2}  {3:f2} s\n", result->loss,
                      countOf(result->images, "image"), result->batch,
                      result->seconds);
  }
  if (json.empty())
    return Error::success();
  return writeFile(json, [&](raw_ostream &os) {
    json::OStream stream(os, 1);
    stream.object([&] {
      if (classes)
        stream.attribute("top1", result->top1);
      stream.attribute("loss", jsonNumber(result->loss));
      stream.attribute("seconds", result->seconds);
      stream.attribute("images", result->images);
      stream.attribute("batch", result->batch);
    });
    os << "\n";
    return Error::success();
  });
}
