//===- Scheme.cpp - Reads a sparse update scheme ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Scheme.h"

#include "lib/Support/Closest.h"
#include "lib/Support/FlagLoc.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
namespace yaml = llvm::yaml;

namespace {
/// Reads one YAML file. Every method that fails has reported the error.
class SchemeReader {
public:
  SchemeReader(MLIRContext *context, StringRef path, StringRef text)
      : context(context), path(path), stream(text, sources) {
    sources.setDiagHandler(onSyntaxError, this);
  }

  FailureOr<Scheme> read();

private:
  using KeyHandler = llvm::function_ref<LogicalResult(
      StringRef key, yaml::Node *keyNode, yaml::Node *value)>;

  static void onSyntaxError(const llvm::SMDiagnostic &diag, void *reader);
  Location locate(yaml::Node *node);
  InFlightDiagnostic error(yaml::Node *node) {
    return emitError(locate(node), "scheme: ");
  }
  /// Calls `handle` on each key of a map. A key that comes twice is an error.
  LogicalResult forEachKey(yaml::Node *node, StringRef what, KeyHandler handle);
  FailureOr<std::string> readString(yaml::Node *node, StringRef what);
  FailureOr<int64_t> readInteger(yaml::Node *node, StringRef what);
  /// Calls `handle` on each item of a list.
  LogicalResult
  forEachItem(yaml::Node *node, StringRef what, StringRef example,
              llvm::function_ref<LogicalResult(yaml::Node *)> handle);
  FailureOr<std::vector<int64_t>> readChannels(yaml::Node *node);
  LogicalResult readWeight(yaml::Node *node, Scheme &scheme);
  LogicalResult readTopLevel(StringRef key, yaml::Node *keyNode,
                             yaml::Node *value, Scheme &scheme);

  MLIRContext *context;
  StringRef path;
  llvm::SourceMgr sources;
  yaml::Stream stream;
  bool reported = false;
};
} // namespace

void SchemeReader::onSyntaxError(const llvm::SMDiagnostic &diag, void *reader) {
  auto *self = static_cast<SchemeReader *>(reader);
  // Report the first error alone: the parser's later ones follow from it.
  if (self->reported)
    return;
  self->reported = true;
  emitError(FileLineColLoc::get(self->context, self->path, diag.getLineNo(),
                                diag.getColumnNo() + 1),
            "scheme: not valid YAML: ")
      << diag.getMessage();
}

Location SchemeReader::locate(yaml::Node *node) {
  auto [line, column] = sources.getLineAndColumn(node->getSourceRange().Start);
  return FileLineColLoc::get(context, path, line, column);
}

LogicalResult SchemeReader::forEachKey(yaml::Node *node, StringRef what,
                                       KeyHandler handle) {
  auto *map = dyn_cast<yaml::MappingNode>(node);
  if (!map)
    return error(node) << what << " must be a map such as {layer: 3, ratio: 1}";
  llvm::StringSet<> seen;
  for (yaml::KeyValueNode &entry : *map) {
    yaml::Node *keyNode = entry.getKey();
    if (stream.failed() || !keyNode)
      return failure();
    FailureOr<std::string> key = readString(keyNode, "a key");
    if (failed(key))
      return failure();
    if (!seen.insert(*key).second)
      return error(keyNode) << "'" << *key << "' is given twice";
    yaml::Node *value = entry.getValue();
    if (stream.failed() || !value)
      return failure();
    if (failed(handle(*key, keyNode, value)))
      return failure();
  }
  return failure(stream.failed());
}

FailureOr<std::string> SchemeReader::readString(yaml::Node *node,
                                                StringRef what) {
  auto *scalar = dyn_cast<yaml::ScalarNode>(node);
  if (!scalar)
    return error(node) << what << " must be a word or a number";
  SmallString<32> storage;
  return scalar->getValue(storage).str();
}

FailureOr<int64_t> SchemeReader::readInteger(yaml::Node *node, StringRef what) {
  FailureOr<std::string> text = readString(node, what);
  if (failed(text))
    return failure();
  int64_t value;
  if (StringRef(*text).getAsInteger(10, value) || value < 0)
    return error(node) << what << " must be an integer from 0, not '" << *text
                       << "'";
  return value;
}

LogicalResult SchemeReader::forEachItem(
    yaml::Node *node, StringRef what, StringRef example,
    llvm::function_ref<LogicalResult(yaml::Node *)> handle) {
  auto *items = dyn_cast<yaml::SequenceNode>(node);
  if (!items)
    return error(node) << what << " must be a list such as " << example;
  for (yaml::Node &item : *items)
    if (stream.failed() || failed(handle(&item)))
      return failure();
  return failure(stream.failed());
}

FailureOr<std::vector<int64_t>> SchemeReader::readChannels(yaml::Node *node) {
  std::vector<int64_t> channels;
  auto handle = [&](yaml::Node *item) -> LogicalResult {
    FailureOr<int64_t> channel = readInteger(item, "a channel");
    if (failed(channel))
      return failure();
    if (llvm::is_contained(channels, *channel))
      return error(item) << "channel " << *channel << " is given twice";
    channels.push_back(*channel);
    return success();
  };
  if (failed(forEachItem(node, "channels", "[0, 3]", handle)))
    return failure();
  if (channels.empty())
    return error(node) << "channels must name one at least; leave the layer "
                          "out to train none of it";
  llvm::sort(channels);
  return channels;
}

LogicalResult SchemeReader::readWeight(yaml::Node *node, Scheme &scheme) {
  Scheme::Weight weight{locate(node), /*layer=*/-1, /*name=*/"", /*ratio=*/1,
                        /*channels=*/{}};
  bool hasRatio = false;
  auto handle = [&](StringRef key, yaml::Node *keyNode,
                    yaml::Node *value) -> LogicalResult {
    if (key == "layer") {
      FailureOr<int64_t> layer = readInteger(value, "layer");
      if (failed(layer))
        return failure();
      weight.layer = *layer;
      return success();
    }
    if (key == "name") {
      FailureOr<std::string> name = readString(value, "name");
      if (failed(name))
        return failure();
      weight.name = *name;
      return success();
    }
    if (key == "ratio") {
      FailureOr<std::string> text = readString(value, "ratio");
      if (failed(text))
        return failure();
      if (StringRef(*text).getAsDouble(weight.ratio) ||
          !(weight.ratio > 0 && weight.ratio <= 1))
        return error(value)
               << "ratio must be above 0 and at most 1, not '" << *text
               << "'; leave the layer out to train none of it";
      hasRatio = true;
      return success();
    }
    if (key == "channels") {
      FailureOr<std::vector<int64_t>> channels = readChannels(value);
      if (failed(channels))
        return failure();
      weight.channels = std::move(*channels);
      return success();
    }
    return error(keyNode)
           << "unknown key '" << key
           << "'; a weight has layer or name, and ratio or channels";
  };
  if (failed(forEachKey(node, "a weight", handle)))
    return failure();
  if ((weight.layer >= 0) == !weight.name.empty())
    return error(node) << "a weight needs either layer or name";
  if (hasRatio && !weight.channels.empty())
    return error(node) << "a weight has a ratio or channels, not both";
  if (!hasRatio && weight.channels.empty())
    return error(node) << "a weight needs a ratio or channels; ratio: 1 trains "
                          "all of it";
  scheme.weights.push_back(std::move(weight));
  return success();
}

LogicalResult SchemeReader::readTopLevel(StringRef key, yaml::Node *keyNode,
                                         yaml::Node *value, Scheme &scheme) {
  auto readWord = [&](ArrayRef<StringRef> allowed) -> FailureOr<std::string> {
    FailureOr<std::string> word = readString(value, key);
    if (failed(word))
      return failure();
    if (llvm::is_contained(allowed, *word))
      return word;
    InFlightDiagnostic diag = error(value) << key << " must be ";
    llvm::interleave(
        allowed, [&](StringRef s) { diag << s; }, [&] { diag << " or "; });
    diag << ", not '" << *word << "'";
    return failure();
  };
  if (key == "bias") {
    scheme.biasLoc = locate(value);
    auto *scalar = dyn_cast<yaml::ScalarNode>(value);
    SmallString<16> storage;
    StringRef text = scalar ? scalar->getValue(storage) : StringRef();
    if (text == "all") {
      scheme.allBiases = true;
      return success();
    }
    if (isa<yaml::SequenceNode>(value))
      return forEachItem(value, key, "[3, 5]", [&](yaml::Node *item) {
        FailureOr<int64_t> layer = readInteger(item, "a layer");
        if (succeeded(layer))
          scheme.biases.push_back({locate(item), *layer});
        return LogicalResult(layer);
      });
    int64_t count;
    if (text.getAsInteger(10, count) || count < 0)
      return error(value)
             << "bias must be how many of the last layers, all, or "
                "a list of layers such as [3, 5]";
    scheme.lastBiases = count;
    return success();
  }
  if (key == "weights")
    return forEachItem(
        value, key, "[{layer: 3, ratio: 1}]",
        [&](yaml::Node *item) { return readWeight(item, scheme); });
  if (key == "select") {
    FailureOr<std::string> word = readWord({"magnitude", "first"});
    if (succeeded(word))
      scheme.select = *word == "first" ? ChannelSelection::First
                                       : ChannelSelection::Magnitude;
    return word;
  }
  if (key == "head")
    return readWord({"full"});
  if (key == "freeze")
    return forEachItem(
        value, key, "[\"stem.*\"]", [&](yaml::Node *item) -> LogicalResult {
          FailureOr<std::string> glob = readString(item, "a pattern");
          if (failed(glob))
            return failure();
          scheme.freeze.push_back({locate(item), *glob});
          return success();
        });
  return error(keyNode) << "unknown key '" << key
                        << "'; a scheme has bias, weights, select, head and "
                           "freeze";
}

FailureOr<Scheme> SchemeReader::read() {
  yaml::document_iterator document = stream.begin();
  yaml::Node *root = document == stream.end() || stream.failed()
                         ? nullptr
                         : document->getRoot();
  if (!root || stream.failed()) {
    if (!reported)
      emitError(FileLineColLoc::get(context, path, 1, 1),
                "scheme: the file is empty");
    return failure();
  }
  Scheme scheme;
  auto handle = [&](StringRef key, yaml::Node *keyNode, yaml::Node *value) {
    return readTopLevel(key, keyNode, value, scheme);
  };
  if (isa<yaml::NullNode>(root)) {
    emitError(FileLineColLoc::get(context, path, 1, 1),
              "scheme: the file is empty");
    return failure();
  }
  if (!isa<yaml::MappingNode>(root))
    return error(root) << "a scheme must be a map with keys bias, weights, "
                          "select, head and freeze";
  bool hasKeys = false;
  auto handleAndCount = [&](StringRef key, yaml::Node *keyNode,
                            yaml::Node *value) {
    hasKeys = true;
    return handle(key, keyNode, value);
  };
  if (failed(forEachKey(root, "a scheme", handleAndCount)) || stream.failed())
    return failure();
  if (!hasKeys)
    return error(root)
           << "no key names a parameter to train; to train the classifier "
              "alone write head: full, or --update=head";
  return scheme;
}

FailureOr<Scheme> coppice::train::loadScheme(Location loc, StringRef update) {
  Scheme scheme;
  if (update == "full") {
    scheme.allWeights = scheme.allBiases = true;
    return scheme;
  }
  if (update == "head")
    return scheme;
  if (update == "bias") {
    scheme.allBiases = true;
    return scheme;
  }
  if (update.starts_with("{"))
    return SchemeReader(loc.getContext(), "--update", update).read();
  auto file = llvm::MemoryBuffer::getFile(update, /*IsText=*/true);
  if (!file) {
    InFlightDiagnostic diag =
        emitError(getFlagLoc(loc.getContext(), "update", update),
                  "cannot read the scheme: ")
        << file.getError().message();
    StringRef near = llvm::sys::path::has_extension(update)
                         ? StringRef()
                         : closest(update, {"full", "head", "bias", "auto"});
    if (near.empty())
      return diag << "; an update is full, head, bias, auto, a scheme in "
                     "braces or a YAML file";
    return diag << "; did you mean '" << near << "'?";
  }
  return SchemeReader(loc.getContext(), update, (*file)->getBuffer()).read();
}

std::string coppice::train::printScheme(const Scheme &scheme, bool inBraces) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto list = [&](ArrayRef<int64_t> numbers) {
    os << "[";
    llvm::interleaveComma(numbers, os);
    os << "]";
  };
  os << (inBraces ? "{bias: " : "bias: ");
  list(llvm::map_to_vector(
      scheme.biases, [](const Scheme::Bias &bias) { return bias.layer; }));
  os << (inBraces ? ", weights: [" : "\nweights:");
  if (!inBraces && scheme.weights.empty())
    os << " []";
  for (auto [i, weight] : llvm::enumerate(scheme.weights)) {
    os << (!inBraces ? "\n  - " : i ? ", " : "") << "{layer: " << weight.layer;
    if (weight.channels.empty()) {
      os << ", ratio: " << llvm::format("%.17g", weight.ratio);
    } else {
      os << ", channels: ";
      list(weight.channels);
    }
    os << "}";
  }
  os << (inBraces ? "]}" : "\n");
  return text;
}
