//===- Graph.cpp - A small ONNX graph as data -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Graph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

const Value *Graph::find(StringRef name) const {
  for (const Value &value : inputs)
    if (value.name == name)
      return &value;
  for (const Initializer &initializer : initializers)
    if (initializer.value.name == name)
      return &initializer.value;
  for (const Node &node : nodes)
    for (const Value &value : node.outputs)
      if (value.name == name)
        return &value;
  return nullptr;
}

void Graph::prune() {
  StringSet<> used;
  for (const std::string &name : outputs)
    used.insert(name);
  std::vector<Node> kept;
  for (Node &node : reverse(nodes)) {
    if (none_of(node.outputs,
                [&](const Value &value) { return used.contains(value.name); }))
      continue;
    for (const std::string &name : node.inputs)
      used.insert(name);
    kept.push_back(std::move(node));
  }
  std::reverse(kept.begin(), kept.end());
  nodes = std::move(kept);
  auto isUnused = [&](const Value &value) {
    return !used.contains(value.name);
  };
  if (all_of(inputs, isUnused))
    inputs.resize(std::min<size_t>(inputs.size(), 1));
  else
    erase_if(inputs, isUnused);
  erase_if(initializers, [&](const Initializer &initializer) {
    return isUnused(initializer.value);
  });
}

static StringRef typeName(ElementKind kind) {
  switch (kind) {
  case ElementKind::F16:
    return "float16";
  case ElementKind::BF16:
    return "bfloat16";
  case ElementKind::F32:
    return "float";
  case ElementKind::F64:
    return "double";
  default:
    return runtime::name(kind);
  }
}

static void printType(raw_ostream &os, const Value &value, bool hasShape) {
  os << typeName(value.kind);
  if (!hasShape) {
    os << "[]";
  } else if (!value.shape.empty()) {
    os << "[";
    interleaveComma(value.shape, os);
    os << "]";
  }
  os << " ";
}

std::string Graph::print() const {
  std::string text;
  raw_string_ostream os(text);
  os << "<ir_version: 10, opset_import: [\"\" : " << opset << "]>\nrandom (";
  auto printValue = [&](const Value &value) {
    printType(os, value, /*hasShape=*/true);
    os << value.name;
  };
  interleaveComma(inputs, os, printValue);
  os << ") => (";
  interleaveComma(outputs, os, [&](const std::string &name) {
    if (const Value *value = find(name)) {
      printType(os, *value, declaresShapes);
      os << name;
    }
  });
  os << ")\n";
  if (!initializers.empty()) {
    os << "<";
    interleave(
        initializers, os,
        [&](const Initializer &initializer) {
          printValue(initializer.value);
          os << " = {";
          bool real = runtime::isFloat(initializer.value.kind);
          interleaveComma(initializer.elements, os, [&](double element) {
            if (real)
              os << format("%.9g", element);
            else
              os << static_cast<int64_t>(element);
          });
          os << "}";
        },
        ",\n ");
    os << ">\n";
  }
  os << "{\n";
  for (const Node &node : nodes) {
    os << "  ";
    interleaveComma(node.outputs, os,
                    [&](const Value &value) { os << value.name; });
    os << " = " << node.op;
    if (!node.attributes.empty())
      os << " <" << node.attributes << ">";
    os << " (" << join(node.inputs, ", ") << ")\n";
  }
  os << "}\n";
  return text;
}
