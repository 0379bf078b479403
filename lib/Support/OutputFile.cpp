//===- OutputFile.cpp - Writes whole files or none --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/OutputFile.h"

#include "lib/Support/UserError.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace coppice {

/// Runs `write` on an open file, and reports the error that the stream keeps.
static Error writeTo(int fd, bool close, StringRef path,
                     function_ref<Error(raw_ostream &)> write) {
  raw_fd_ostream os(fd, close);
  Error error = write(os);
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  if (error)
    return error;
  if (code)
    return fileError(path, "write", code);
  return Error::success();
}

Error writeFile(StringRef path, function_ref<Error(raw_ostream &)> write) {
  if (path == "-")
    return writeTo(/*fd=*/1, /*close=*/false, "standard output", write);

  sys::fs::file_status status;
  bool exists = !sys::fs::status(path, status);
  if (exists && status.type() == sys::fs::file_type::directory_file)
    return userError(path, "is a directory", "name a file inside it");
  if (exists && status.type() != sys::fs::file_type::regular_file) {
    int fd;
    if (std::error_code code =
            sys::fs::openFileForWrite(path, fd, sys::fs::CD_OpenExisting))
      return fileError(path, "open for writing", code);
    return writeTo(fd, /*close=*/true, path, write);
  }

  Expected<sys::fs::TempFile> temporary =
      sys::fs::TempFile::create(path + ".%%%%%%.tmp");
  if (!temporary)
    return fileError(path, "create", errorToErrorCode(temporary.takeError()));
  if (Error error = writeTo(temporary->FD, /*close=*/false, path, write)) {
    consumeError(temporary->discard());
    return error;
  }
  if (Error error = temporary->keep(path)) {
    consumeError(temporary->discard());
    return fileError(path, "rename into place",
                     errorToErrorCode(std::move(error)));
  }
  return Error::success();
}

Error writeFiles(ArrayRef<std::pair<std::string, StringRef>> files) {
  std::vector<sys::fs::TempFile> staged;
  auto stage = [&](StringRef path, StringRef contents) -> Error {
    sys::fs::file_status status;
    if (!sys::fs::status(path, status) &&
        status.type() != sys::fs::file_type::regular_file)
      return userError(path, "exists and is not a regular file",
                       "give another name");
    Expected<sys::fs::TempFile> file =
        sys::fs::TempFile::create(path + ".%%%%%%.tmp");
    if (!file)
      return fileError(path, "create", errorToErrorCode(file.takeError()));
    staged.push_back(std::move(*file));
    return writeTo(staged.back().FD, /*close=*/false, path,
                   [&](raw_ostream &os) {
                     os << contents;
                     return Error::success();
                   });
  };
  Error error = Error::success();
  for (auto [path, contents] : files)
    if (!error)
      error = stage(path, contents);
  for (auto [i, file] : enumerate(staged)) {
    if (error) {
      consumeError(file.discard());
    } else if (Error failed = file.keep(files[i].first)) {
      consumeError(file.discard());
      error = fileError(files[i].first, "rename into place",
                        errorToErrorCode(std::move(failed)));
    }
  }
  return error;
}

Error writeFile(StringRef path, StringRef contents) {
  return writeFile(path, [&](raw_ostream &os) {
    os << contents;
    return Error::success();
  });
}

Error checkWritable(StringRef path) {
  if (path.empty() || path == "-")
    return Error::success();
  if (sys::fs::is_directory(path))
    return userError(path, "is a directory", "name a file inside it");
  StringRef folder = sys::path::parent_path(path);
  if (folder.empty())
    folder = ".";
  if (!sys::fs::is_directory(folder))
    return userError(path, "the folder does not exist", "create it first");
  if (std::error_code code =
          sys::fs::access(folder, sys::fs::AccessMode::Write))
    return fileError(path, "write", code);
  return Error::success();
}

} // namespace coppice
