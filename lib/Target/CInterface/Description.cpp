//===- Description.cpp - OUT.json -------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"
#include "coppice/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace coppice;

static std::string toString(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static void printTensor(llvm::json::OStream &json, StringRef name,
                        ShapedType type, int64_t bytes) {
  json.attribute("name", name);
  json.attribute("type", toString(type.getElementType()));
  json.attributeArray("shape", [&] {
    for (int64_t extent : type.getShape())
      json.value(extent);
  });
  json.attribute("bytes", bytes);
}

static void printArguments(llvm::json::OStream &json, const CEntryPoint &entry,
                           ArrayRef<CArgument::Role> roles, StringRef key) {
  json.attributeArray(key, [&] {
    for (const CArgument &argument : entry.arguments)
      if (llvm::is_contained(roles, argument.role))
        json.object([&] {
          printTensor(json, argument.name, argument.type, argument.getBytes());
          json.attribute("c_name", argument.cName);
        });
  });
}

std::string coppice::printCDescription(const CInterface &interface,
                                       const TargetRecord &target) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("model", interface.model);
    json.attribute("prefix", interface.prefix);
    json.attribute("target", target.name);
    json.attribute("triple", target.triple);
    json.attribute("cpu", target.cpu);
    // JSON numbers are doubles, which hold no 64-bit integer.
    json.attribute("hash", "0x" + llvm::utohexstr(interface.hash, true, 16));
    json.attribute("alignment", CInterface::kAlignment);
    json.attribute("state_bytes", interface.stateBytes);
    json.attributeArray("state", [&] {
      for (const CParameter &parameter : interface.parameters)
        json.object([&] {
          int64_t bits = parameter.type.getElementTypeBitWidth();
          printTensor(json, parameter.name, parameter.type,
                      parameter.type.getNumElements() *
                          int64_t(llvm::divideCeil(bits, 8)));
          json.attribute("role", parameter.role);
          json.attribute("offset", parameter.offset);
        });
    });
    json.attributeArray("entry_points", [&] {
      for (const CEntryPoint &entry : interface.entryPoints)
        json.object([&] {
          using Role = CArgument::Role;
          json.attribute("name", entry.name);
          json.attribute("function", interface.getFunctionName(entry));
          json.attribute("arena_bytes", entry.getArenaBytes());
          json.attribute("lower_bound_bytes", entry.lowerBoundBytes);
          printArguments(json, entry, Role::Input, "inputs");
          if (entry.isStep()) {
            printArguments(json, entry, Role::Label, "labels");
            printArguments(json, entry, Role::Hyper, "hyper");
          }
          printArguments(json, entry, {Role::Loss, Role::Output}, "outputs");
        });
    });
  });
  os << '\n';
  return text;
}
