//===- Header.cpp - OUT.h ---------------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/CInterface.h"

#include "dialects/Train/IR/Train.h"
#include "lib/Target/CInterface/FlashHeader.inc"
#include "runtime/core/runtime.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace coppice;
using llvm::formatv;

/// Returns C's type of an element; a format that C lacks is an integer of its
/// bits.
static StringRef getCType(Type type) {
  if (type.isF32())
    return "float";
  if (type.isF64())
    return "double";
  switch (llvm::divideCeil(type.getIntOrFloatBitWidth(), 8)) {
  case 1:
    return type.isUnsignedInteger() || type.isInteger(1) ? "uint8_t" : "int8_t";
  case 2:
    return isa<FloatType>(type) || type.isUnsignedInteger() ? "uint16_t"
                                                            : "int16_t";
  case 4:
    return type.isUnsignedInteger() ? "uint32_t" : "int32_t";
  default:
    return type.isUnsignedInteger() ? "uint64_t" : "int64_t";
  }
}

static std::string getDimensions(MemRefType type) {
  std::string result;
  for (int64_t extent : type.getShape())
    result += "[" + std::to_string(extent) + "]";
  return result;
}

namespace {
class HeaderPrinter {
public:
  HeaderPrinter(const CInterface &interface, llvm::raw_ostream &os)
      : interface(interface), os(os), prefix(interface.prefix),
        macro(StringRef(interface.prefix).upper()) {}

  void print();

private:
  void printSizes();
  void printStatus();
  void printStruct(const CEntryPoint &entry, CArgument::Role role);
  void printStructs();
  void printState();
  void printEntryPoint(const CEntryPoint &entry);

  const CInterface &interface;
  llvm::raw_ostream &os;
  std::string prefix, macro;
};
} // namespace

void HeaderPrinter::printSizes() {
  os << formatv(
      R"(/** Alignment of state and arena; {0}_ALIGNED, at the front of a declaration,
 *  gives it to a variable. */
#define {0}_ALIGN {1}
#if defined(__cplusplus)
#define {0}_ALIGNED alignas({1})
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define {0}_ALIGNED _Alignas({1})
#else
#define {0}_ALIGNED __attribute__((aligned({1})))
#endif

)",
      macro, CInterface::kAlignment);
  if (interface.stateBytes > 0)
    os << formatv(
        "/** The state: trained parameters, optimizer slots and step counts. "
        "*/\n#define {0}_STATE_BYTES {1}\n\n",
        macro, interface.stateBytes);
  for (const CParameter &parameter : interface.parameters)
    if (parameter.role ==
        train::stringifyParameterRole(train::ParameterRole::random))
      os << formatv(
          "/** The offset in the state of the int64_t that seeds dropout; each "
          "step adds 1. It\n *  starts at 0; copy another number there for "
          "other random numbers. */\n#define {0}_RANDOM_OFFSET {1}\n\n",
          macro, parameter.offset);
  os << "/** Scratch memory of each function; it holds no data between calls, "
        "so that\n *  functions that do not run at the same time can share it. "
        "*/\n";
  for (const CEntryPoint &entry : interface.entryPoints)
    os << formatv("#define {0}_ARENA_BYTES {1}\n",
                  StringRef(interface.getFunctionName(entry)).upper(),
                  planning::getReservedBytes(entry.getArenaBytes()));
  os << formatv("\n/** Identifies the model in a saved state. */\n"
                "#define {0}_MODEL_HASH 0x{1}ull\n\n",
                macro, llvm::utohexstr(interface.hash, true, 16));
}

void HeaderPrinter::printStatus() {
  struct {
    const char *name;
    int value;
    const char *meaning;
  } codes[] = {
      {"OK", COPPICE_OK, "done"},
      {"ERROR_NULL", COPPICE_ERROR_NULL, "a pointer is null"},
      {"ERROR_SIZE", COPPICE_ERROR_SIZE,
       "a struct's size field is not its size, or a flash slot is too small"},
      {"ERROR_ALIGNMENT", COPPICE_ERROR_ALIGNMENT,
       "state or arena is not aligned"},
      {"ERROR_FLASH", COPPICE_ERROR_FLASH, "the flash memory failed"},
      {"ERROR_EMPTY", COPPICE_ERROR_EMPTY, "no whole state was ever saved"},
      {"ERROR_MODEL", COPPICE_ERROR_MODEL,
       "the saved state is another model's"},
      {"ERROR_VALUE", COPPICE_ERROR_VALUE,
       "a rate is negative or not finite, or a label is not a class"},
      {"ERROR_RANGE", COPPICE_ERROR_RANGE,
       "an index is outside its table, in a library made with --checked"}};
  os << "/** The status that every function returns. Unless it is OK, nothing "
        "changed,\n *  except that a failing flash memory can leave a state "
        "half loaded. */\n";
  os << formatv("typedef int32_t {0}_status;\nenum {{\n", prefix);
  for (auto [i, code] : llvm::enumerate(codes))
    os << formatv("  {0}_{1} = {2}{3} /**< {4} */\n", macro, code.name,
                  code.value, i + 1 == std::size(codes) ? "" : ",",
                  code.meaning);
  os << "};\n\n";
}

void HeaderPrinter::printStruct(const CEntryPoint &entry,
                                CArgument::Role role) {
  std::string name = interface.getStructName(entry, role);
  static constexpr StringLiteral purposes[] = {
      "The inputs of the model.", "The labels that the step learns from.",
      "The hyper-parameters of the step.", "The buffers for the results."};
  os << formatv("/** {0} */\ntypedef struct {1} {{\n  uint32_t size; /**< "
                "sizeof({1}) */\n",
                purposes[static_cast<int>(role)], name);
  for (const CArgument *argument : entry.get(role)) {
    StringRef type = getCType(argument->type.getElementType());
    if (role == CArgument::Role::Hyper)
      os << formatv("  {0} {1};\n", type, argument->cName);
    else
      os << formatv("  {0}{1} *{2}; /**< {3}{4}, {5} bytes */\n",
                    role == CArgument::Role::Output ? "" : "const ", type,
                    argument->cName, type, getDimensions(argument->type),
                    argument->getBytes());
  }
  os << formatv("} {0};\n\n", name);
}

void HeaderPrinter::printStructs() {
  llvm::SmallVector<std::string> printed;
  for (const CEntryPoint &entry : interface.entryPoints) {
    for (CArgument::Role role : entry.getStructs()) {
      std::string name = interface.getStructName(entry, role);
      if (llvm::is_contained(printed, name))
        continue;
      printed.push_back(name);
      printStruct(entry, role);
    }
  }
}

void HeaderPrinter::printState() {
  os << formatv(R"(/** Sets the state to the model's initial parameters. */
{0}_status {0}_init(void *state);

/** How save and load reach the flash memory; see above. */
typedef coppice_flash_ops {0}_flash_ops;

/** Bytes that one slot needs at least; the region has two. */
#define {1}_SLOT_BYTES ({2} + {1}_STATE_BYTES + 63)

/** Saves the state over the older slot. Power may fail at any moment: the newest
 *  state that was wholly saved still loads. */
{0}_status {0}_save(const void *state, const {0}_flash_ops *flash);

/** Loads the newest state that was wholly saved; training goes on from it as if
 *  it had never stopped. */
{0}_status {0}_load(void *state, const {0}_flash_ops *flash);

)",
                prefix, macro, COPPICE_FLASH_HEADER_BYTES);
}

/// Returns the name of the parameter for the struct of a role.
static StringRef getFieldsName(CArgument::Role role) {
  switch (role) {
  case CArgument::Role::Input:
    return "inputs";
  case CArgument::Role::Label:
    return "labels";
  case CArgument::Role::Hyper:
    return "hyper";
  case CArgument::Role::Output:
  case CArgument::Role::Loss:
    break;
  }
  return "outputs";
}

/// Describes an entry point in a sentence without its full stop.
static StringRef describe(const CEntryPoint &entry, bool hasState) {
  if (entry.isStep())
    return entry.writesState
               ? "One training step: forward, backward and update of the "
                 "state. `loss` is the\n *  loss before the update"
               : "The loss of the model; the state does not change";
  if (!hasState)
    return "Inference; there is no state, and `state` may be null";
  return entry.writesState ? "Inference that updates parameters in `state`"
                           : "Inference with the parameters in `state`";
}

void HeaderPrinter::printEntryPoint(const CEntryPoint &entry) {
  using Role = CArgument::Role;
  std::string name = interface.getFunctionName(entry);
  os << formatv("/** {0}. `arena` has {1}_ARENA_BYTES. */\n{2}_status {3}(",
                describe(entry, interface.stateBytes > 0),
                StringRef(name).upper(), prefix, name);
  for (Role role : entry.getStructs()) {
    // The inputs, and the buffers of an inference, are on the first line.
    if (role != Role::Input)
      os << (entry.isStep() && role == entry.getStructs()[1] ? "\n    " : " ");
    os << formatv("{0}{1} *{2},", role == Role::Output ? "" : "const ",
                  interface.getStructName(entry, role), getFieldsName(role));
  }
  if (entry.isStep())
    os << formatv(
        "{0}{1} *loss,", entry.getStructs().size() == 1 ? "\n    " : " ",
        getCType(entry.get(Role::Loss).front()->type.getElementType()));
  os << formatv("\n    {0}void *state, void *arena);\n\n",
                entry.writesState ? "" : "const ");
}

/// Returns `text` for a comment, with `*/` escaped.
static std::string makeComment(StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '/' && !result.empty() && result.back() == '*')
      result += ' ';
    result += c;
  }
  return result;
}

/// Returns the runtime's header without its license banner.
static StringRef getFlashHeader() {
  StringRef text(reinterpret_cast<const char *>(kFlashHeader),
                 sizeof kFlashHeader);
  while (text.starts_with("//") || text.starts_with("\n"))
    text = text.split('\n').second;
  return text;
}

void HeaderPrinter::print() {
  os << formatv(
      R"(/* C interface of the model "{0}". Written by coppice; do not edit.
 *
 * No function allocates memory, keeps anything between calls, or calls anything
 * but memcpy, memset and functions of math.h. Tensors are dense, the last
 * dimension innermost; no two of a call's buffers may overlap. */

#ifndef COPPICE_MODEL_{1}_H
#define COPPICE_MODEL_{1}_H

#include <stdint.h>

)",
      makeComment(interface.model), macro);
  if (interface.stateBytes > 0)
    os << getFlashHeader() << "\n";
  os << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  printSizes();
  printStatus();
  printStructs();
  if (interface.stateBytes > 0)
    printState();
  for (const CEntryPoint &entry : interface.entryPoints)
    printEntryPoint(entry);
  os << formatv("#ifdef __cplusplus\n}\n#endif\n\n#endif // "
                "COPPICE_MODEL_{0}_H\n",
                macro);
}

std::string coppice::printCHeader(const CInterface &interface) {
  std::string text;
  llvm::raw_string_ostream os(text);
  HeaderPrinter(interface, os).print();
  return text;
}
