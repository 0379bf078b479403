//===- Names.cpp - C identifiers of a model's names -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CInterface/Names.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace coppice;
using llvm::StringRef;

/// Returns `name` as an identifier: letters, digits and single underscores,
/// with a letter first. Leading and double underscores are reserved.
static std::string makeIdentifier(StringRef name) {
  std::string result;
  for (char c : name) {
    if (llvm::isAlnum(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  }
  if (result.empty() || llvm::isDigit(result[0]))
    result.insert(0, "x");
  return result;
}

/// Whether `word`, which has no capitals, cannot name a field.
static bool isTakenWord(StringRef word) {
  static const llvm::StringSet<> words = {
      // Keywords of C99 to C23 and C++11 to C++26.
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor",
      "bool", "break", "case", "catch", "char", "class", "co_await",
      "co_return", "co_yield", "compl", "concept", "const", "const_cast",
      "consteval", "constexpr", "constinit", "continue", "contract_assert",
      "decltype", "default", "delete", "do", "double", "dynamic_cast", "else",
      "enum", "explicit", "export", "extern", "false", "float", "for", "friend",
      "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
      "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq",
      "private", "protected", "public", "register", "reinterpret_cast",
      "requires", "restrict", "return", "short", "signed", "sizeof", "static",
      "static_assert", "static_cast", "struct", "switch", "synchronized",
      "template", "this", "thread_local", "throw", "true", "try", "typedef",
      "typeid", "typename", "typeof", "typeof_unqual", "union", "unsigned",
      "using", "virtual", "void", "volatile", "while", "xor", "xor_eq",
      // Macros of the standard headers.
      "assert", "complex", "errno", "imaginary", "noreturn", "offsetof",
      "setjmp", "stdin", "stdout", "stderr", "unreachable",
      // Macros of POSIX headers.
      "d_fileno", "environ", "h_addr", "s6_addr", "sa_handler", "sa_sigaction",
      "st_atime", "st_ctime", "st_mtime",
      // Macros that compilers define for a system or processor.
      "arm", "hpux", "i386", "i486", "i586", "i686", "linux", "m68k", "mc68000",
      "mips", "msdos", "near", "far", "huge", "nios2", "pdp11", "sgi", "sparc",
      "sun", "tahoe", "unix", "vax", "vms", "win32", "winnt",
      // Keywords of compilers that extend the language.
      "fortran", "pascal", "cdecl", "interface", "pixel", "vector"};
  return words.contains(word);
}

/// Whether the form of `name` rules out a macro or type of a header. Macros are
/// in capitals, or have digits and letters behind capitals (PRId32, M_PIl), and
/// types end in `_t`. Macros without capitals are few and listed above.
static bool isPlain(StringRef name) {
  if (name.ends_with("_t"))
    return false;
  if (llvm::isLower(name[0]))
    return !isTakenWord(name);
  // Image and Conv_0 are plain; I and PRId32 are not.
  return name.size() > 1 && llvm::isLower(name[1]);
}

std::string coppice::makeCPrefix(StringRef name) {
  std::string result = makeIdentifier(name);
  while (result.size() > 1 && result.back() == '_')
    result.pop_back();
  // Prefixes with which headers, or the runtime, define names that end in
  // `_init`, `_load` or another suffix of ours.
  for (StringRef family : {"atomic", "cnd", "coppice", "memory", "mtx", "sem",
                           "stdc", "thrd", "tss"})
    if (StringRef(result).equals_insensitive(family))
      return "net_" + result;
  return result;
}

std::string coppice::makeCField(StringRef name, StringRef prefix) {
  std::string result = makeIdentifier(name);
  // `size` is the first field of the structs, and the prefix begins our own
  // names.
  bool isOurs = result == "size" ||
                StringRef(result).starts_with_insensitive((prefix + "_").str());
  if ((isOurs || !isPlain(result)) && result.back() != '_')
    result += '_';
  return result;
}

void coppice::nameFields(std::vector<CArgument> &arguments, StringRef prefix) {
  for (CArgument &argument : arguments) {
    std::string base = makeCField(argument.name, prefix), name = base;
    auto isTaken = [&] {
      return llvm::any_of(arguments, [&](const CArgument &other) {
        return &other != &argument && other.role == argument.role &&
               other.cName == name;
      });
    };
    if (base.back() != '_')
      base += '_';
    for (unsigned i = 2; isTaken(); ++i)
      name = base + std::to_string(i);
    argument.cName = name;
  }
}
