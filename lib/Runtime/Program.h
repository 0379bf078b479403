//===- Program.h - A compiled model that runs -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_PROGRAM_H
#define COPPICE_LIB_RUNTIME_PROGRAM_H

#include "coppice/JIT.h"
#include "coppice/Pipelines.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Runtime/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

namespace coppice::runtime {

/// What a file calls a tensor, and its type.
struct TensorInfo {
  std::string name;
  ElementKind kind;
  llvm::SmallVector<int64_t, 4> shape;
  EntryRole role;
  std::string gradientOf;   // the parameter's symbol, for a gradient
  bool approximate = false; // a gradient with an approximate rule in it
};

/// What the integers of a quantized weight mean in the file.
struct CodeMeaning {
  ElementKind kind;
  /// The axis is the file's.
  lowp::Scales scales;
  int64_t least, most;
};

/// A parameter that lives in the state buffer.
struct ParameterInfo {
  std::string symbol;
  std::string externalName; // empty where the file does not have it
  train::ParameterRole role;
  ElementKind kind;
  llvm::SmallVector<int64_t, 4> shape;  // stored
  llvm::SmallVector<int64_t, 4> layout; // stored axis i is file axis layout[i]
  int64_t offset;
  llvm::SmallVector<char> initial; // in the stored layout

  /// For the trained slice of a weight: the stored axis that it was cut along,
  /// its indices there, and the rest of the weight.
  std::optional<int64_t> sliceAxis;
  llvm::SmallVector<int64_t> sliceIndices, frozenIndices;
  HostTensor frozen;

  bool isInFile() const { return !externalName.empty(); }
  /// The name in messages and dumps.
  llvm::StringRef getName() const { return isInFile() ? externalName : symbol; }
};

struct EntryInfo {
  EntryKind kind = EntryKind::Inference;
  llvm::SmallVector<TensorInfo> inputs, outputs;
  int64_t arenaBytes = 0, lowerBoundBytes = 0;
  /// Of a program with counters: what its kernels are called.
  llvm::SmallVector<std::string> kernels;

  /// The first input of a role, which the entry has.
  const TensorInfo &getInput(EntryRole role) const;
  /// The indices of the outputs of a role.
  llvm::SmallVector<size_t> getOutputs(EntryRole role) const;
  /// One tensor for each role of an input, in the order of the inputs.
  llvm::SmallVector<const HostTensor *> arrange(
      llvm::ArrayRef<std::pair<EntryRole, const HostTensor *>> tensors) const;
};

/// The inputs and outputs of `function` on tensors, by the roles.
llvm::Expected<EntryInfo> readSignature(mlir::func::FuncOp function);

/// The first inference function of a module; null where there is none.
mlir::func::FuncOp findInference(mlir::ModuleOp module);

/// Whether its first result is a softmax, so that outputs are probabilities.
bool endsInSoftmax(mlir::ModuleOp module);

/// Memory aligned as generated code wants it.
using AlignedBuffer = HostTensor;
AlignedBuffer allocateBytes(int64_t bytes);

/// A module taken through every phase and handed to the JIT.
class Program {
public:
  /// Compiles `module`, which is as the importer left it; with `profile` each
  /// kernel counts its cycles.
  static llvm::Expected<std::unique_ptr<Program>>
  compile(mlir::ModuleOp module, CompileOptions options,
          llvm::function_ref<llvm::Error()> takeError, bool profile = false);

  bool has(llvm::StringRef entry) const { return entries.contains(entry); }
  const EntryInfo &entry(llvm::StringRef name) const {
    return entries.find(name)->second;
  }
  /// The name of the first entry of a kind; empty where there is none.
  llvm::StringRef find(EntryKind kind) const;
  const EntryInfo &entry(EntryKind kind) const { return entry(find(kind)); }
  llvm::ArrayRef<ParameterInfo> getParameters() const { return parameters; }
  int64_t getStateBytes() const { return stateBytes; }
  bool outputIsProbability() const { return probability; }

  /// A state buffer with the parameters' initial values.
  AlignedBuffer createState() const;
  /// Zero-filled tensors of an entry's outputs.
  llvm::SmallVector<HostTensor> createOutputs(llvm::StringRef entry) const;
  llvm::SmallVector<HostTensor> createOutputs(EntryKind kind) const {
    return createOutputs(find(kind));
  }

  /// Runs an entry. `state` may be empty where nothing is trained.
  llvm::Error run(llvm::StringRef entry,
                  llvm::ArrayRef<const HostTensor *> inputs,
                  llvm::MutableArrayRef<HostTensor> outputs,
                  AlignedBuffer &state);
  llvm::Error run(EntryKind kind, llvm::ArrayRef<const HostTensor *> inputs,
                  llvm::MutableArrayRef<HostTensor> outputs,
                  AlignedBuffer &state) {
    return run(find(kind), inputs, outputs, state);
  }

  /// The cycles that each kernel of an entry has taken so far, for a program
  /// with counters. They can be reset.
  llvm::Expected<llvm::MutableArrayRef<int64_t>>
  getCycles(llvm::StringRef name);

  /// A weight's value in `state`, in the file's layout; a partly trained one is
  /// put together.
  HostTensor getParameter(const ParameterInfo &parameter,
                          const AlignedBuffer &state) const;
  /// The same as the file holds it: a float copy of quantized weights is
  /// rounded to the nearest codes, half to even, and saturates.
  HostTensor getFileValue(const ParameterInfo &parameter,
                          const AlignedBuffer &state) const;

  /// The least and the largest code of a quantized weight; nullopt for others.
  std::optional<std::pair<int64_t, int64_t>>
  getCodeRange(const ParameterInfo &parameter) const {
    auto it = codes.find(parameter.externalName);
    if (it == codes.end())
      return std::nullopt;
    return std::pair(it->second.least, it->second.most);
  }

private:
  Program() = default;
  void readCodes(mlir::ModuleOp module);
  llvm::Error readPlan(mlir::ModuleOp module);
  /// An error where running would take more memory than the machine has.
  llvm::Error checkMemory() const;

  llvm::StringMap<EntryInfo> entries;
  llvm::SmallVector<std::string> order; // of the entries in the module
  std::vector<ParameterInfo> parameters;
  llvm::StringMap<CodeMeaning> codes; // by external name
  int64_t stateBytes = 0;
  bool probability = false;
  AlignedBuffer arena; // as large as the largest entry needs
  std::unique_ptr<JIT> jit;
};

/// `tensor` in the stored layout as the file has it: axis `layout[i]` of the
/// result is axis i of `tensor`.
HostTensor toFileLayout(const HostTensor &tensor,
                        llvm::ArrayRef<int64_t> layout);

/// The raw bytes of an attribute's elements, splats expanded.
llvm::Expected<HostTensor> readElements(mlir::ElementsAttr attr);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_PROGRAM_H
