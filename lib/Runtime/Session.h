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
  /// `context` is one of `createContext` that nothing else uses; null: a new
  /// one.
  static llvm::Expected<Session>
  open(const ModelOptions &options,
       std::shared_ptr<mlir::MLIRContext> context = nullptr);

  mlir::ModuleOp getModule() const { return *module; }
  /// The signature of the model's inference, in the file's terms.
  const EntryInfo &getSignature() const { return signature; }
  mlir::MLIRContext *getContext() const { return context.get(); }

  /// Compiles the module, which is consumed.
  llvm::Expected<std::unique_ptr<Program>> compile(CompileOptions options,
                                                   bool profile = false);
  /// Runs the phases up to `last` on the module.
  llvm::Error lower(Phase last, const CompileOptions &options);

  /// The leading extent of the first input; nullopt where it has none.
  std::optional<int64_t> getBatch() const;
  /// Whether the file leaves the batch open.
  bool hasOpenBatch() const { return isBatchOpen; }
  /// What the model says of input `index`.
  ImageInput getImageInput(unsigned index) const;
  /// Reads images for the model's only input.
  llvm::Expected<ImageSet> loadImages(llvm::StringRef images,
                                      const ImageOptions &options) const;
  /// Reads a preprocessed batch in the layout of the model's only input.
  llvm::Expected<HostTensor> loadInput(llvm::StringRef path) const;
  /// An error where the loss is not one of the first output: that is not a row
  /// for each sample of the only input, or not what the loss takes.
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
  // Destroyed last to first: the module before its context.
  std::shared_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DiagnosticSink> sink;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  EntryInfo signature;
  bool isBatchOpen = false;
};

/// What to do about a tensor that has another shape than an input.
std::string shapeHint(llvm::ArrayRef<int64_t> tensor,
                      llvm::ArrayRef<int64_t> input);

/// What a model gives over a set.
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
