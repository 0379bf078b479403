//===- UserError.h - Errors with place and hint -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_USERERROR_H
#define COPPICE_LIB_SUPPORT_USERERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace coppice {

/// An error that a file or a flag caused. It prints as one line, `where: what;
/// hint`, which the tools put behind `error: `.
class UserError : public llvm::ErrorInfo<UserError> {
public:
  static char ID;

  UserError(std::string where, std::string what, std::string hint)
      : where(std::move(where)), what(std::move(what)), hint(std::move(hint)) {}

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string where, what, hint;
};

/// An error for a valid input that Coppice does not support: an operator, a
/// type, a format, by name.
class UnsupportedError : public llvm::ErrorInfo<UnsupportedError, UserError> {
public:
  static char ID;

  using ErrorInfo::ErrorInfo;
};

/// Makes a UserError. `where` is a file, a flag or an op; `hint` is the remedy
/// and may be empty.
llvm::Error userError(const llvm::Twine &where, const llvm::Twine &what,
                      const llvm::Twine &hint = "");

llvm::Error unsupportedError(const llvm::Twine &where, const llvm::Twine &what,
                             const llvm::Twine &hint = "");

/// Makes the error of a system call on a file.
llvm::Error fileError(llvm::StringRef path, llvm::StringRef action,
                      std::error_code code);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_USERERROR_H
