//===- CommandLine.h - The flags of one subcommand -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_COMMANDLINE_H
#define COPPICE_LIB_DRIVER_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace coppice::driver {

/// The flags of one subcommand. `llvm::cl` is not used: libLLVM.so registers
/// hundreds of options with it, keeps them in global state and has its own form
/// of error messages.
///
/// Flags are `--name`, `--name=value` or `--name value`.
class CommandLine {
public:
  using Parser = std::function<llvm::Error(llvm::StringRef value)>;

  /// `command` is the command as typed (`coppice train`), `usage` its
  /// arguments.
  CommandLine(llvm::StringRef command, llvm::StringRef usage,
              llvm::StringRef summary)
      : command(command), usage(usage), summary(summary) {}

  /// Starts a group of flags in --help.
  void section(llvm::StringRef title);

  void positional(llvm::StringRef metavar, std::string &target);
  /// `--name` or `--name=on|off`.
  void flag(llvm::StringRef name, bool &target, llvm::StringRef help);
  void value(llvm::StringRef name, llvm::StringRef metavar,
             llvm::StringRef help, Parser parser);
  /// `--name` or `--name=value`; without a value the parser gets an empty text.
  void optionalValue(llvm::StringRef name, llvm::StringRef metavar,
                     llvm::StringRef help, Parser parser);
  /// A value that may be given several times. For any other flag that is an
  /// error.
  void list(llvm::StringRef name, llvm::StringRef metavar, llvm::StringRef help,
            Parser parser);
  void text(llvm::StringRef name, llvm::StringRef metavar, std::string &target,
            llvm::StringRef help);
  void integer(llvm::StringRef name, llvm::StringRef metavar, int64_t &target,
               int64_t min, int64_t max, llvm::StringRef help);
  /// A finite number of at least `min`.
  void real(llvm::StringRef name, llvm::StringRef metavar, double &target,
            double min, llvm::StringRef help);
  /// A number in [0, 1) that f32 does not round to 1.
  void fraction(llvm::StringRef name, llvm::StringRef metavar, double &target,
                llvm::StringRef help);
  /// A number above 0 that f32 holds.
  void positive(llvm::StringRef name, llvm::StringRef metavar, double &target,
                llvm::StringRef help);
  /// One of `choices`, which --help lists. `unlisted` ones are accepted too, so
  /// that the caller can refuse them with a reason.
  void choice(llvm::StringRef name, std::string &target,
              llvm::ArrayRef<llvm::StringRef> choices, llvm::StringRef help,
              llvm::ArrayRef<llvm::StringRef> unlisted = {});
  /// A choice that is not a text: `take` gets its number.
  void choice(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> choices,
              llvm::StringRef help, std::function<void(size_t)> take);
  /// Bytes, with an optional suffix KiB, MiB or GiB.
  void size(llvm::StringRef name, std::optional<uint64_t> &target,
            llvm::StringRef help);

  /// Hides flags from --help that have no effect on this command. They are
  /// accepted, because scripts pass the same flags to several commands.
  void unlist(llvm::ArrayRef<llvm::StringRef> names);

  /// Returns true if --help was given and printed.
  llvm::Expected<bool> parse(llvm::ArrayRef<const char *> arguments,
                             llvm::raw_ostream &os);

  /// Returns an error that names the first of `names` that was not given.
  llvm::Error require(llvm::ArrayRef<llvm::StringRef> names) const;

  /// Whether a flag was given.
  bool given(llvm::StringRef name) const;

  void printHelp(llvm::raw_ostream &os) const;

private:
  struct Option {
    std::string name, metavar, help;
    Parser parser;
    bool needsValue = true, isGiven = false, repeats = false, isListed = true;
    size_t section = 0;
  };
  struct Positional {
    std::string metavar;
    std::string *target;
  };

  Option *find(llvm::StringRef name);
  llvm::Error unknown(llvm::StringRef name) const;

  std::string command, usage, summary;
  std::vector<std::string> sections = {"options"};
  std::vector<Option> options;
  std::vector<Positional> positionals;
};

/// Parses a finite number.
llvm::Expected<double> parseReal(llvm::StringRef where, llvm::StringRef text);

/// Parses `a,b,c` of finite numbers.
llvm::Error parseRealList(llvm::StringRef where, llvm::StringRef text,
                          llvm::SmallVectorImpl<double> &values);

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_COMMANDLINE_H
