//===- CompileCommand.cpp - coppice compile -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "coppice/JIT.h"
#include "dialects/Plan/Analysis/Reserve.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/PrintModule.h"
#include "lib/Support/UserError.h"
#include "lib/Target/CInterface/Passes.h"
#include "lib/Target/CPU/ObjectSize.h"
#include "mlir/Pass/PassManager.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

namespace {
struct Request {
  ModelOptions model;
  StepOptions step;
  ImageOptions image;
  AutoOptions automatic;
  std::string output, emit = "lib", untilAfter;
  bool checked = false;
};

/// The output of one kind of --emit.
struct Emission {
  StringRef name;
  Phase last; // the phase after which the module is taken
  std::optional<CodegenOutput> code;
  StringRef reason; // why this version has none
};
} // namespace

static const Emission emissions[] = {
    {"nn", Phase::Quant, std::nullopt, ""},
    {"train", Phase::Train, std::nullopt, ""},
    {"buffers", Phase::Kernels, std::nullopt, ""},
    {"llvm", Phase::Target, CodegenOutput::LLVMIR, ""},
    {"asm", Phase::Target, CodegenOutput::Assembly, ""},
    {"obj", Phase::Target, CodegenOutput::Object, ""},
    {"lib", Phase::Target, CodegenOutput::Object, ""},
    {"linalg", Phase::Kernels, std::nullopt,
     "--emit=buffers shows the module after the kernels phase"},
    {"exe", Phase::Target, std::nullopt,
     "link the library of --emit=lib with a main of your own"},
    {"c", Phase::Target, std::nullopt, "--emit=lib writes a header and code"},
    {"ptx", Phase::Target, std::nullopt, "every target is a CPU"},
    {"spirv", Phase::Target, std::nullopt, "every target is a CPU"},
};

static const Emission *findEmission(StringRef name) {
  const Emission *it =
      find_if(emissions, [&](const Emission &e) { return e.name == name; });
  return it == std::end(emissions) ? nullptr : it;
}

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("result");
  flags.text("o", "OUT", request.output,
             "file to write; lib writes OUT.a, OUT.h and OUT.json");
  SmallVector<StringRef> names, missing;
  for (const Emission &emission : emissions)
    (emission.reason.empty() ? names : missing).push_back(emission.name);
  flags.choice("emit", request.emit, names,
               "kind of output (default lib); buffers is the module after the\n"
               "kernels phase",
               missing);
  flags.choice("until-after", request.untilAfter, getPhaseNames(),
               "print the module after this phase");
  flags.flag("checked", request.checked,
             "of a library: an input's index outside the table that the model\n"
             "looks it up in is a status, not the nearest entry");
  addStepFlags(flags, request.step);
  addAutoFlags(flags, request.automatic);
  addImageFlags(flags, request.image);
  addModelFlags(flags, request.model);
}

/// Writes the module as text. Weights are written in full, so that it reads
/// back, but not to a terminal.
static Error writeModule(StringRef path, mlir::ModuleOp module) {
  // The phases have verified it.
  mlir::OpPrintingFlags flags = mlir::OpPrintingFlags().assumeVerified();
  bool toTerminal = path.empty() || path == "-";
  if (toTerminal && sys::Process::StandardOutIsDisplayed())
    flags.elideLargeResourceString(64).elideLargeElementsAttrs(64);
  return writeFile(toTerminal ? "-" : path, [&](raw_ostream &os) {
    printModule(os, module, flags);
    os << "\n";
    return Error::success();
  });
}

/// Runs one pass outside the phases.
static Error runPass(Session &session, std::unique_ptr<mlir::Pass> pass) {
  mlir::PassManager pm(session.getContext());
  pm.addPass(std::move(pass));
  if (failed(pm.run(session.getModule())))
    return session.takeError();
  return Error::success();
}

/// Returns the stem of OUT.a, OUT.h, OUT.json.
static std::string libraryStem(const Request &request) {
  StringRef stem = request.output;
  stem.consume_back(".a");
  return stem.str();
}

/// Checks that the code, whose size is known now, fits with the data.
static Error checkFlash(const Request &request, StringRef object) {
  if (!request.model.flashBudget)
    return Error::success();
  Expected<ObjectSize> size = measureObject(object);
  if (!size)
    return size.takeError();
  auto total = static_cast<uint64_t>(size->code + size->data);
  if (total <= *request.model.flashBudget)
    return Error::success();
  return userError(
      request.model.path,
      formatv("needs {0} bytes of flash ({1} of code, {2} of data), the budget "
              "is {3}",
              total, size->code, size->data, *request.model.flashBudget)
          .str(),
      "a smaller model, or training fewer layers, needs less of both");
}

static Error writeLibrary(const Request &request, Session &session,
                          StringRef object, std::optional<plan::Reserve> step) {
  FailureOr<CLibrary> library = buildLibrary(session.getModule(), object);
  if (failed(library))
    return session.takeError();
  std::string stem = libraryStem(request);
  std::pair<std::string, StringRef> files[] = {
      {stem + ".a", library->archive->getBuffer()},
      {stem + ".h", library->header},
      {stem + ".json", library->description}};
  if (Error error = writeFiles(files))
    return error;
  if (!request.model.quiet) {
    outs() << formatv("wrote {0}.a, {0}.h, {0}.json", stem);
    if (std::optional<int64_t> batch = session.getBatch())
      outs() << " for batches of " << *batch;
    if (step)
      outs() << formatv(", with a training step (arena {0} bytes, state {1} "
                        "bytes)",
                        step->arena, step->state);
    outs() << "\n";
  }
  return Error::success();
}

/// Writes the output of `--emit`, for a model with a step or without.
static Error emitProgram(const Request &request, const Emission &emission,
                         Session &session) {
  CompileOptions options = compileOptions(request.model);
  if (!request.step.update.empty())
    applyStep(request.step, options);
  else if (emission.name == "train")
    return userError("--emit=train", "needs a step to show",
                     "add --update=full");
  bool library = emission.name == "lib" && request.untilAfter.empty();
  Phase last = request.untilAfter.empty() ? emission.last
                                          : *symbolizePhase(request.untilAfter);
  if (Error error = session.lower(library ? Phase::Plan : last, options))
    return error;
  std::optional<plan::Reserve> step;
  if (library) {
    if (auto train = findEntryPoint(session.getModule(), EntryKind::Step))
      step = plan::getReserve(
          cast<mlir::func::FuncOp>(train->getFunction().getOperation()));
    // The file's name is the prefix of the library's functions.
    TargetDescribeInterfaceOptions describe;
    describe.name = sys::path::filename(libraryStem(request)).str();
    if (Error error = runPass(session, createTargetDescribeInterface(describe)))
      return error;
    if (failed(runPhases(session.getModule(), Phase::Target, Phase::Target,
                         options)))
      return session.takeError();
    TargetCInterfaceOptions interface;
    interface.checked = request.checked;
    if (Error error = runPass(session, createTargetCInterface(interface)))
      return error;
  }
  if (!request.untilAfter.empty() || !emission.code)
    return writeModule(request.output, session.getModule());

  auto code = emitCode(session.getModule(), *emission.code);
  if (!code)
    return code.takeError();
  StringRef bytes(code->data(), code->size());
  if (*emission.code == CodegenOutput::Object)
    if (Error error = checkFlash(request, bytes))
      return error;
  if (library)
    return writeLibrary(request, session, bytes, step);
  bool text = *emission.code != CodegenOutput::Object;
  return writeFile(request.output.empty() && text ? "-" : request.output,
                   bytes);
}

static Error emit(Request &request, const Emission &emission) {
  Expected<Session> session = Session::open(request.model);
  if (!session)
    return session.takeError();
  if (Error error = checkQuantizedStep(request.step, session->getModule()))
    return error;
  // Do not print the choice if a module or code goes to the standard output.
  bool toFile = !request.output.empty() && request.output != "-";
  auto choice =
      resolveAuto(request.model, request.step, request.image, request.automatic,
                  request.model.quiet ? nulls()
                  : toFile            ? outs()
                                      : errs());
  if (!choice)
    return choice.takeError();
  if (Error error = emitProgram(request, emission, *session))
    return error;
  return saveScheme(*choice, request.model.path, request.automatic);
}

Error tool::compile(Arguments arguments) {
  Request request;
  CommandLine flags(
      "coppice compile", "MODEL -o OUT [--emit=lib] [--update=full]",
      "Compiles a model ahead of time: inference, and with --update a training "
      "step.");
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = checkOptionalStep(request.step, flags))
    return error;
  if (Error error = check(request.automatic, request.model, request.step, flags,
                          /*hasImages=*/false))
    return error;
  const Emission *emission = findEmission(request.emit);
  if (!emission->reason.empty())
    return userError("--emit=" + request.emit, "is not part of this version",
                     emission->reason);
  bool binary = request.emit == "obj" || request.emit == "lib";
  if (request.checked && request.emit != "lib")
    return userError("--checked", "is for the functions of a library",
                     "drop it, or take --emit=lib");
  if (request.output.empty() && binary && request.untilAfter.empty())
    return userError("coppice compile", "needs -o OUT",
                     "--emit=" + request.emit + " does not go to a terminal");
  if (request.emit == "lib" && request.untilAfter.empty()) {
    std::string stem = libraryStem(request);
    if (stem.empty() || stem.back() == '/')
      return userError(request.output, "names no library",
                       "end it in a name: " + stem + "net");
    StringRef ending = sys::path::extension(stem);
    if (is_contained({".h", ".json", ".so", ".o"}, ending))
      return userError("-o " + request.output,
                       "names one file, and a library is OUT.a, OUT.h and "
                       "OUT.json",
                       "leave out the ending: -o " +
                           StringRef(stem).drop_back(ending.size()));
  }
  if (Error error =
          checkOutputs({{"-o", request.output},
                        {"--save-scheme", request.automatic.saveScheme}},
                       {request.model.path, request.automatic.images,
                        request.automatic.labels}))
    return error;
  return emit(request, *emission);
}
