//===- CommandLine.cpp - The flags of one subcommand -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"

#include "lib/Support/Closest.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace coppice::driver {

Expected<double> parseReal(StringRef where, StringRef text) {
  double value;
  if (text.empty() || text.getAsDouble(value, /*AllowInexact=*/true))
    return userError(where, "'" + text + "' is not a number");
  if (!std::isfinite(value))
    return userError(where, "'" + text + "' is not finite",
                     "give a finite number");
  return value;
}

Error parseRealList(StringRef where, StringRef text,
                    SmallVectorImpl<double> &values) {
  values.clear();
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    Expected<double> value = parseReal(where, part.trim());
    if (!value)
      return value.takeError();
    values.push_back(*value);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Declaring
//===----------------------------------------------------------------------===//

void CommandLine::section(StringRef title) { sections.push_back(title.str()); }

void CommandLine::positional(StringRef metavar, std::string &target) {
  positionals.push_back({metavar.str(), &target});
}

void CommandLine::value(StringRef name, StringRef metavar, StringRef help,
                        Parser parser) {
  Option option;
  option.name = name.str();
  option.metavar = metavar.str();
  option.help = help.str();
  option.parser = std::move(parser);
  option.section = sections.size() - 1;
  options.push_back(std::move(option));
}

void CommandLine::list(StringRef name, StringRef metavar, StringRef help,
                       Parser parser) {
  value(name, metavar, help, std::move(parser));
  options.back().repeats = true;
}

void CommandLine::optionalValue(StringRef name, StringRef metavar,
                                StringRef help, Parser parser) {
  value(name, metavar, help, std::move(parser));
  options.back().needsValue = false;
}

/// Returns `--name=text`, the location of a flag's error.
static std::string spell(StringRef name, StringRef text) {
  return (name.size() == 1 ? "-" + name + " " + text : "--" + name + "=" + text)
      .str();
}

void CommandLine::flag(StringRef name, bool &target, StringRef help) {
  value(name, "", help, [&target, name = name.str()](StringRef text) -> Error {
    if (text.empty() || text == "on" || text == "true")
      target = true;
    else if (text == "off" || text == "false")
      target = false;
    else
      return userError(spell(name, text), "is neither on nor off",
                       "write --" + name + ", or --" + name + "=off");
    return Error::success();
  });
  options.back().needsValue = false;
}

void CommandLine::text(StringRef name, StringRef metavar, std::string &target,
                       StringRef help) {
  value(name, metavar, help,
        [&target, name = name.str(),
         metavar = metavar.str()](StringRef text) -> Error {
          if (text.empty())
            return userError((name.size() == 1 ? "-" : "--") + name,
                             "needs a value", "write " + spell(name, metavar));
          target = text.str();
          return Error::success();
        });
}

void CommandLine::integer(StringRef name, StringRef metavar, int64_t &target,
                          int64_t min, int64_t max, StringRef help) {
  value(name, metavar, help,
        [&target, min, max, name = name.str()](StringRef text) -> Error {
          bool isNumber = !text.getAsInteger(10, target);
          if (!isNumber || target < min || target > max)
            return userError(
                spell(name, text),
                isNumber ? "is out of range" : "is not a whole number",
                "give a number from " + Twine(min) + " to " + Twine(max));
          return Error::success();
        });
}

/// Makes a parser of finite numbers. `problem` returns what is wrong with a
/// number, or an empty text; `hint` says which numbers are right.
template <typename Problem>
static CommandLine::Parser realParser(StringRef name, double &target,
                                      Problem problem, std::string hint) {
  return [&target, problem, hint, name = name.str()](StringRef text) -> Error {
    Expected<double> parsed = parseReal(spell(name, text), text);
    if (!parsed)
      return parsed.takeError();
    target = *parsed;
    std::string message = problem(target);
    if (!message.empty())
      return userError(spell(name, text), message, hint);
    return Error::success();
  };
}

void CommandLine::real(StringRef name, StringRef metavar, double &target,
                       double min, StringRef help) {
  std::string least = min == 0 ? "0" : formatv("{0}", format("%g", min)).str();
  auto problem = [min, least](double number) -> std::string {
    return number < min ? "is less than " + least : "";
  };
  value(name, metavar, help,
        realParser(name, target, problem, "give " + least + " or more"));
}

void CommandLine::fraction(StringRef name, StringRef metavar, double &target,
                           StringRef help) {
  value(name, metavar, help,
        realParser(
            name, target,
            [](double number) -> std::string {
              if (number < 0 || number >= 1)
                return "is not in [0, 1)";
              return static_cast<float>(number) < 1 ? "" : "rounds to 1 in f32";
            },
            "give 0 or more, and less than 1: 0.9, for instance"));
}

void CommandLine::positive(StringRef name, StringRef metavar, double &target,
                           StringRef help) {
  value(name, metavar, help,
        realParser(
            name, target,
            [](double number) -> std::string {
              if (number <= 0)
                return "is not above 0";
              auto rounded = static_cast<float>(number);
              return rounded > 0 && std::isfinite(rounded)
                         ? ""
                         : "is out of f32's range";
            },
            "give a number above 0 that f32 holds: 1e-8, for instance"));
}

static Error choiceError(StringRef name, StringRef text,
                         ArrayRef<std::string> choices) {
  return userError(spell(name, text), "is not a choice",
                   "use " + join(choices, ", "));
}

void CommandLine::choice(StringRef name, ArrayRef<StringRef> choices,
                         StringRef help, std::function<void(size_t)> take) {
  SmallVector<std::string> list(choices.begin(), choices.end());
  value(name, join(list, "|"), help,
        [list, take = std::move(take),
         name = name.str()](StringRef text) -> Error {
          const auto *found = find_if(
              list, [&](const std::string &known) { return known == text; });
          if (found == list.end())
            return choiceError(name, text, list);
          take(found - list.begin());
          return Error::success();
        });
}

void CommandLine::choice(StringRef name, std::string &target,
                         ArrayRef<StringRef> choices, StringRef help,
                         ArrayRef<StringRef> unlisted) {
  SmallVector<std::string> list(choices.begin(), choices.end());
  SmallVector<std::string> others(unlisted.begin(), unlisted.end());
  value(name, join(list, "|"), help,
        [&target, list, others, name = name.str()](StringRef text) -> Error {
          if (!is_contained(list, text) && !is_contained(others, text))
            return choiceError(name, text, list);
          target = text.str();
          return Error::success();
        });
}

void CommandLine::size(StringRef name, std::optional<uint64_t> &target,
                       StringRef help) {
  value(name, "BYTES", help,
        [&target, name = name.str()](StringRef text) -> Error {
          StringRef number = text;
          unsigned shift = 0;
          if (number.consume_back_insensitive("KiB"))
            shift = 10;
          else if (number.consume_back_insensitive("MiB"))
            shift = 20;
          else if (number.consume_back_insensitive("GiB"))
            shift = 30;
          uint64_t count;
          if (number.rtrim().getAsInteger(10, count) ||
              count > UINT64_MAX >> shift)
            return userError(spell(name, text), "is not a number of bytes",
                             "write it as 262144 or 256KiB");
          target = count << shift;
          return Error::success();
        });
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

CommandLine::Option *CommandLine::find(StringRef name) {
  auto it = find_if(options, [&](Option &o) { return o.name == name; });
  return it == options.end() ? nullptr : &*it;
}

bool CommandLine::given(StringRef name) const {
  return any_of(options,
                [&](const Option &o) { return o.name == name && o.isGiven; });
}

void CommandLine::unlist(ArrayRef<StringRef> names) {
  for (StringRef name : names)
    if (Option *option = find(name))
      option->isListed = false;
}

Error CommandLine::require(ArrayRef<StringRef> names) const {
  for (StringRef name : names)
    if (!given(name))
      return userError(command, "needs --" + name,
                       "usage: " + command + " " + usage);
  return Error::success();
}

Error CommandLine::unknown(StringRef name) const {
  SmallVector<StringRef> names;
  for (const Option &option : options)
    names.push_back(option.name);
  StringRef guess = closest(name, names);
  return userError((name.size() == 1 ? "-" : "--") + name,
                   "unknown flag of '" + command + "'",
                   guess.empty() ? "see '" + command + " --help'"
                                 : "did you mean --" + guess.str() + "?");
}

Expected<bool> CommandLine::parse(ArrayRef<const char *> arguments,
                                  raw_ostream &os) {
  size_t nextPositional = 0;
  bool onlyPositionals = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (!onlyPositionals && argument == "--") {
      onlyPositionals = true;
      continue;
    }
    if (!onlyPositionals && (argument == "--help" || argument == "-h")) {
      printHelp(os);
      return true;
    }
    if (onlyPositionals || !argument.starts_with("-") || argument == "-") {
      if (nextPositional == positionals.size())
        return userError("'" + argument + "'",
                         "unexpected argument of '" + command + "'",
                         "see '" + command + " --help'");
      *positionals[nextPositional++].target = argument.str();
      continue;
    }

    StringRef body = argument.ltrim('-');
    auto [name, value] = body.split('=');
    bool hasValue = body.contains('=');
    Option *option = find(name);
    if (!option)
      return unknown(name);
    if (option->needsValue && !hasValue) {
      if (i + 1 == arguments.size())
        return userError(argument, "needs a value",
                         "write " + argument + "=" + option->metavar);
      value = arguments[++i];
    }
    if (option->isGiven && !option->repeats)
      return userError(argument.split('=').first, "is given twice", "drop one");
    option->isGiven = true;
    if (Error error = option->parser(value))
      return std::move(error);
  }
  if (nextPositional < positionals.size()) {
    // The command was given without arguments: name the missing one.
    const Positional &missing = positionals[nextPositional];
    return userError(command, "needs " + missing.metavar,
                     "usage: " + command + " " + usage);
  }
  return false;
}

void CommandLine::printHelp(raw_ostream &os) const {
  os << "usage: " << command << " " << usage << "\n\n" << summary << "\n";
  constexpr size_t column = 34;
  for (size_t section = 0; section < sections.size(); ++section) {
    bool titled = false;
    for (const Option &option : options) {
      if (option.section != section || !option.isListed)
        continue;
      if (!titled)
        os << "\n" << sections[section] << ":\n";
      titled = true;
      std::string left = option.name.size() == 1 ? "  -" : "  --";
      left += option.name;
      if (!option.metavar.empty())
        left += option.name.size() == 1 ? " " + option.metavar
                : option.needsValue     ? "=" + option.metavar
                                        : "[=" + option.metavar + "]";
      os << left;
      if (left.size() + 2 > column)
        os << "\n" << std::string(column, ' ');
      else
        os << std::string(column - left.size(), ' ');
      SmallVector<StringRef> lines;
      StringRef(option.help).split(lines, '\n');
      interleave(lines, os, "\n" + std::string(column, ' '));
      os << "\n";
    }
  }
}

} // namespace coppice::driver
