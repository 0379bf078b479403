//===- Session.h - An imported model with its context -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_SESSION_H
#define COPPICE_LIB_RUNTIME_SESSION_H

#include "lib/Runtime/Diagnostics.h"
#include "lib/Runtime/ModelOptions.h"
#include "lib/Runtime/Program.h"
#include "lib/Runtime/Trainer.h"

namespace coppice::runtime {

/// An imported model with its context.
class Session {
public:
  /// `context` must be made by `createContext` and have no other user; null
  /// makes a new one.
  static llvm::Expected<Session>
  open(const ModelOptions &options,
       std::shared_ptr<mlir::MLIRContext> context = nullptr);

  mlir::ModuleOp getModule() const { return *module; }
  /// Returns the signature of the model's inference, with the names and axes of
  /// the file.
  const EntryInfo &getSignature() const { return signature; }
  mlir::MLIRContext *getContext() const { return context.get(); }

  /// Compiles the module and consumes it.
  llvm::Expected<std::unique_ptr<Program>> compile(CompileOptions options,
                                                   bool profile = false);
  /// Runs the phases up to `last` on the module.
  llvm::Error lower(Phase last, const CompileOptions &options);

  /// Returns the leading extent of the first input; nullopt if it has no axes.
  std::optional<int64_t> getBatch() const;
  /// Whether the file leaves the batch open.
  bool hasOpenBatch() const { return isBatchOpen; }
  /// Returns the properties of input `index`.
  ImageInput getImageInput(unsigned index) const;
  /// Reads images for the model's only input.
  llvm::Expected<ImageSet> loadImages(llvm::StringRef images,
                                      const ImageOptions &options) const;
  /// Reads a preprocessed batch in the layout of the model's only input.
  llvm::Expected<HostTensor> loadInput(llvm::StringRef path) const;
  /// Returns an error if the loss cannot be taken of the first output: it must
  /// have a row for each sample of the only input, and a form that the loss
  /// accepts.
  llvm::Error checkLoss(train::LossKind loss) const;
  /// Reads labels of `images` for the first output.
  llvm::Expected<LabelSet> loadLabels(llvm::StringRef labels,
                                      const Labelled &images,
                                      train::LossKind loss) const;
  /// Reads images and labels for the model's only input and first output.
  llvm::Expected<DataSet> loadData(llvm::StringRef images,
                                   llvm::StringRef labels,
                                   const ImageOptions &options,
                                   train::LossKind loss) const;

  llvm::Error takeError() { return sink->takeError(); }
  std::vector<RemarkReport> getRemarks() const { return sink->getRemarks(); }

private:
  std::string path;
  // The members are destroyed last to first: the module before its context.
  std::shared_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DiagnosticSink> sink;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  EntryInfo signature;
  bool isBatchOpen = false;
};

/// Returns what to do about a tensor that does not have the shape of an input.
std::string shapeHint(llvm::ArrayRef<int64_t> tensor,
                      llvm::ArrayRef<int64_t> input);

/// The results of a model over a set.
struct SetResult : EvalResult {
  bool hasClasses = false; // else targets, and no top1
  int64_t images = 0, batch = 0;
};

/// Compiles the model for inference and runs it over images with labels.
llvm::Expected<SetResult> evaluateFile(const ModelOptions &model,
                                       llvm::StringRef images,
                                       llvm::StringRef labels,
                                       const ImageOptions &image,
                                       train::LossKind loss);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_SESSION_H
