//===- coppice.cpp - The driver -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Support/Closest.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

namespace {
struct Command {
  StringRef name, summary;
  Error (*run)(tool::Arguments);
};
} // namespace

static constexpr Command commands[] = {
    {"compile", "make a library, an object or IR of a model", tool::compile},
    {"run", "run a model once on given tensors", tool::run},
    {"train", "train a model on a set of images", tool::train},
    {"eval", "accuracy and loss over a set of images", tool::eval},
    {"quantize", "make an int8 model of a float one", tool::quantize},
    {"gradcheck", "compare gradients with finite differences", tool::gradcheck},
    {"quantcheck", "compare quantized layers with their definition",
     tool::quantcheck},
    {"report", "memory, layers and saved tensors of a model", tool::report},
    {"bench", "time inference and training step", tool::bench},
    {"targets", "list the targets that code can be made for", tool::targets},
};

static void printHelp(raw_ostream &os) {
  os << "usage: coppice COMMAND ...\n\n"
        "Compiles, runs and trains neural networks.\n\ncommands:\n";
  for (const Command &command : commands)
    os << "  " << left_justify(command.name, 12) << command.summary << "\n";
  os << "\n'coppice COMMAND --help' lists a command's flags. Those that begin "
        "with --mlir- are\nMLIR's, see 'coppice-opt --help': "
        "--mlir-print-ir-after-all, --mlir-timing and others.\n";
}

static Error dispatch(tool::Arguments arguments) {
  if (arguments.empty())
    return userError("coppice", "needs a command", "see 'coppice --help'");
  StringRef name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    printHelp(outs());
    return Error::success();
  }
  if (name == "--version") {
    outs() << "coppice " COPPICE_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
    return Error::success();
  }
  SmallVector<StringRef> names;
  for (const Command &command : commands) {
    if (command.name == name)
      return command.run(arguments.drop_front());
    names.push_back(command.name);
  }
  StringRef guess = closest(name, names);
  return userError("'" + name + "'", "unknown command",
                   guess.empty() ? "see 'coppice --help'"
                                 : "did you mean " + guess.str() + "?");
}

/// Moves flags named --mlir-... from `arguments` to MLIR's own parser.
static Error takeMLIRFlags(SmallVectorImpl<const char *> &arguments) {
  constexpr StringLiteral prefix = "mlir-";
  // Some flags name passes, so register the passes before the flags.
  if (any_of(arguments, [&](StringRef argument) {
        return argument.consume_front("--") && argument.starts_with(prefix);
      }))
    registerAllPasses();
  registerMLIRFlags();
  SmallVector<StringRef> names;
  for (const auto &option : cl::getRegisteredOptions())
    if (option.first.starts_with(prefix))
      names.push_back(option.first);
  llvm::sort(names);

  // The parser prints most of its errors itself, after the program's name.
  SmallVector<const char *> taken{"error"}, rest;
  bool onlyPositionals = false;
  for (const char *argument : arguments) {
    StringRef flag = argument;
    onlyPositionals |= flag == "--";
    if (onlyPositionals || !flag.consume_front("--") ||
        !flag.starts_with(prefix)) {
      rest.push_back(argument);
      continue;
    }
    StringRef name = flag.split('=').first;
    if (!is_contained(names, name)) {
      StringRef guess = closest(name, names);
      return userError("--" + name, "unknown flag of MLIR",
                       guess.empty() ? "see 'coppice-opt --help'"
                                     : "did you mean --" + guess.str() + "?");
    }
    taken.push_back(argument);
  }
  std::string message;
  raw_string_ostream os(message);
  if (!cl::ParseCommandLineOptions(static_cast<int>(taken.size()), taken.data(),
                                   "", &os)) {
    StringRef text = StringRef(message).trim();
    text.consume_front("error: ");
    return userError("", text);
  }
  arguments = std::move(rest);
  return Error::success();
}

static Error runCommand(SmallVector<const char *> arguments) {
  if (Error error = takeMLIRFlags(arguments))
    return error;
  return dispatch(arguments);
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  // If both streams go to one log, keep the order of time.
  errs().tie(&outs());
  Error error = runCommand(SmallVector<const char *>(argv + 1, argv + argc));
  if (!error)
    return 0;
  handleAllErrors(std::move(error), [](const ErrorInfoBase &info) {
    std::string message = info.message();
    // The message is empty if MLIR has reported the error already.
    if (!message.empty())
      errs() << "error: " << message << "\n";
  });
  return 1;
}
