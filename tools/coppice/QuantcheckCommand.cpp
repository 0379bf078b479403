//===- QuantcheckCommand.cpp - coppice quantcheck -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Reference/Quantcheck.h"
#include "lib/Support/Count.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::reference;
using namespace coppice::runtime;

/// Returns the difference from the reference that the layer must agree with.
static const CodeDifference &chosen(const LayerDifference &layer, bool tflite) {
  return tflite && layer.fixed.codes ? layer.fixed : layer.exact;
}

static void print(const QuantcheckReport &report, bool tflite) {
  outs() << "layers     codes  differing  largest  reference    op\n";
  for (const auto &entry : report.getOps()) {
    const LayerDifference &sum = entry.second;
    const CodeDifference &difference = chosen(sum, tflite);
    outs() << formatv("{0,6}{1,10}{2,11}{3,9}  {4,-11}  {5}\n",
                      count_if(report.layers,
                               [&](const LayerDifference &layer) {
                                 return layer.op == sum.op;
                               }),
                      difference.codes, difference.differing,
                      difference.largest,
                      !sum.isKnown                ? "none"
                      : &difference == &sum.fixed ? "fixed point"
                                                  : "exact",
                      sum.op);
  }
  outs().flush();
}

/// Prints what was run, and the result.
static void printVerdict(const QuantcheckReport &report, bool tflite,
                         bool passes) {
  CodeDifference total;
  for (const LayerDifference &layer : report.layers)
    total.add(chosen(layer, tflite));
  outs() << countOf(report.images, "image") << ", batch " << report.batch
         << ": ";
  if (total.differing == 0)
    outs() << "all " << groupDigits(total.codes) << " codes equal";
  else
    outs() << formatv("{0} of {1} codes differ, by {2} at most",
                      groupDigits(total.differing), groupDigits(total.codes),
                      total.largest);
  outs() << (passes ? ": pass\n" : ": fail\n");
}

static Error writeJson(StringRef path, const QuantcheckReport &report) {
  return writeFile(path, [&](raw_ostream &os) {
    json::OStream stream(os, 1);
    auto differences = [&](const LayerDifference &layer) {
      stream.attribute("op", layer.op);
      stream.attribute("checked", layer.isKnown);
      auto write = [&](StringRef name, const CodeDifference &difference) {
        stream.attributeObject(name, [&] {
          stream.attribute("codes", difference.codes);
          stream.attribute("differing", difference.differing);
          stream.attribute("largest", difference.largest);
        });
      };
      write("exact", layer.exact);
      if (layer.fixed.codes)
        write("fixed_point", layer.fixed);
    };
    stream.object([&] {
      stream.attribute("images", report.images);
      stream.attribute("batch", report.batch);
      stream.attributeArray("ops", [&] {
        for (const auto &op : report.getOps())
          stream.object([&] { differences(op.second); });
      });
      stream.attributeArray("layers", [&] {
        for (const LayerDifference &layer : report.layers)
          stream.object([&] {
            stream.attribute("name", layer.name);
            differences(layer);
          });
      });
    });
    os << "\n";
    return Error::success();
  });
}

/// Returns an error if the model differs from its reference.
static Error judge(const QuantcheckReport &report, const ModelOptions &model) {
  bool tflite = model.requantize == "tflite";
  CodeDifference total;
  for (const LayerDifference &layer : report.layers) {
    if (!layer.isKnown)
      return userError(model.path + ": '" + layer.name + "'",
                       "no reference computes its layer");
    const CodeDifference &difference = chosen(layer, tflite);
    bool mustAgree = &difference == &layer.fixed;
    if (difference.largest > 1 || (mustAgree && difference.differing))
      return userError(model.path + ": '" + layer.name + "'",
                       formatv("{0} of its {1} codes differ from the "
                               "reference, by up to {2}",
                               difference.differing, difference.codes,
                               difference.largest)
                           .str());
    total.add(difference);
  }
  // A sum in another order may round a tie differently.
  if (!tflite && total.differing * 100000 > total.codes)
    return userError(model.path,
                     formatv("{0} of {1} codes differ from the reference, more "
                             "than one in 100,000",
                             total.differing, total.codes)
                         .str());
  return Error::success();
}

Error tool::quantcheck(Arguments arguments) {
  ModelOptions model;
  ImageOptions image;
  std::string images, json;
  int64_t count = 10;
  CommandLine flags(
      "coppice quantcheck", "MODEL --images FILE ...",
      "Recomputes every layer of a quantized model from the codes that the "
      "compiled program\ngave for its operands, and counts the codes that "
      "differ: from double precision, or with\n--requant=tflite from the "
      "kernels of TensorFlow Lite. More than one code in 100,000 off by\none, "
      "one off by more, or any that differs from those kernels is an error.");
  flags.positional("MODEL", model.path);
  flags.section("data");
  addSamplesFlag(flags, images);
  flags.integer("count", "N", count, 1, 1 << 30,
                "images (default 10, or what\nthe file has)");
  addImageFlags(flags, image);
  addModelFlags(flags, model, /*openBatch=*/1);
  flags.text("json", "FILE", json,
             "write the table and one entry for each layer (- for stdout)");
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = flags.require({"images"}))
    return error;
  if (Error error = checkOutputs({{"--json", json}}, {model.path, images}))
    return error;

  std::optional<int64_t> wanted;
  if (flags.given("count"))
    wanted = count;
  auto report = checkLayers(model, images, image, wanted);
  if (!report)
    return report.takeError();
  bool tflite = model.requantize == "tflite";
  Error verdict = judge(*report, model);
  if (json != "-" && !model.quiet) {
    print(*report, tflite);
    printVerdict(*report, tflite, /*passes=*/!verdict);
  }
  if (!json.empty())
    if (Error error = writeJson(json, *report))
      return joinErrors(std::move(verdict), std::move(error));
  return verdict;
}
