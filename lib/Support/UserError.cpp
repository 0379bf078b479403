//===- UserError.cpp - Errors with place and hint ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/UserError.h"

using namespace llvm;

namespace coppice {

char UserError::ID = 0;
char UnsupportedError::ID = 0;

void UserError::log(raw_ostream &os) const {
  if (!where.empty())
    os << where << ": ";
  os << what;
  if (!hint.empty())
    os << "; " << hint;
}

Error userError(const Twine &where, const Twine &what, const Twine &hint) {
  return make_error<UserError>(where.str(), what.str(), hint.str());
}

Error unsupportedError(const Twine &where, const Twine &what,
                       const Twine &hint) {
  return make_error<UnsupportedError>(where.str(), what.str(), hint.str());
}

Error fileError(StringRef path, StringRef action, std::error_code code) {
  StringRef hint;
  if (code == std::errc::no_such_file_or_directory)
    hint = "check the path";
  else if (code == std::errc::permission_denied)
    hint = "check the file's permissions";
  else if (code == std::errc::no_space_on_device)
    hint = "no file was written; free some space or choose another place";
  return userError(path, "cannot " + action + ": " + code.message(), hint);
}

} // namespace coppice
