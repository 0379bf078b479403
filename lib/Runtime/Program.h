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

/// The name of a tensor in the file, and its type.
struct TensorInfo {
  std::string name;
  ElementKind kind;
  llvm::SmallVector<int64_t, 4> shape;
  EntryRole role;
  std::string gradientOf;   // the parameter's symbol, for a gradient
  bool approximate = false; // a gradient with an approximate rule in it
};

/// The quantization of a weight in the file.
struct CodeMeaning {
  ElementKind kind;
  /// The scales along the file's axis.
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
  /// its indices there, and the frozen rest of the weight.
  std::optional<int64_t> sliceAxis;
  llvm::SmallVector<int64_t> sliceIndices, frozenIndices;
  HostTensor frozen;

  bool isInFile() const { return !externalName.empty(); }
  /// Returns the name for messages and dumps.
  llvm::StringRef getName() const { return isInFile() ? externalName : symbol; }
};

struct EntryInfo {
  EntryKind kind = EntryKind::Inference;
  llvm::SmallVector<TensorInfo> inputs, outputs;
  int64_t arenaBytes = 0, lowerBoundBytes = 0;
  /// The names of the kernels, for a program with counters.
  llvm::SmallVector<std::string> kernels;

  /// Returns the first input of a role, which the entry must have.
  const TensorInfo &getInput(EntryRole role) const;
  /// Returns the indices of the outputs of a role.
  llvm::SmallVector<size_t> getOutputs(EntryRole role) const;
  /// Returns one tensor for each role of an input, in the order of the inputs.
  llvm::SmallVector<const HostTensor *> arrange(
      llvm::ArrayRef<std::pair<EntryRole, const HostTensor *>> tensors) const;
};

/// Reads the inputs and outputs of `function`, on tensors, from their roles.
llvm::Expected<EntryInfo> readSignature(mlir::func::FuncOp function);

/// Returns the first inference function of a module; null if there is none.
mlir::func::FuncOp findInference(mlir::ModuleOp module);

/// Whether the first result is that of a softmax, so that outputs are
/// probabilities.
bool endsInSoftmax(mlir::ModuleOp module);

/// Memory with the alignment that generated code requires.
using AlignedBuffer = HostTensor;
AlignedBuffer allocateBytes(int64_t bytes);

/// A module that was compiled by every phase and loaded by the JIT.
class Program {
public:
  /// Compiles `module`, as the importer left it. With `profile`, each kernel
  /// counts its cycles.
  static llvm::Expected<std::unique_ptr<Program>>
  compile(mlir::ModuleOp module, CompileOptions options,
          llvm::function_ref<llvm::Error()> takeError, bool profile = false);

  bool has(llvm::StringRef entry) const { return entries.contains(entry); }
  const EntryInfo &entry(llvm::StringRef name) const {
    return entries.find(name)->second;
  }
  /// Returns the name of the first entry of a kind; empty if there is none.
  llvm::StringRef find(EntryKind kind) const;
  const EntryInfo &entry(EntryKind kind) const { return entry(find(kind)); }
  llvm::ArrayRef<ParameterInfo> getParameters() const { return parameters; }
  int64_t getStateBytes() const { return stateBytes; }
  bool outputIsProbability() const { return probability; }

  /// Creates a state buffer with the parameters' initial values.
  AlignedBuffer createState() const;
  /// Creates zero-filled tensors for an entry's outputs.
  llvm::SmallVector<HostTensor> createOutputs(llvm::StringRef entry) const;
  llvm::SmallVector<HostTensor> createOutputs(EntryKind kind) const {
    return createOutputs(find(kind));
  }

  /// Runs an entry. `state` may be empty if the program has none.
  llvm::Error run(llvm::StringRef entry,
                  llvm::ArrayRef<const HostTensor *> inputs,
                  llvm::MutableArrayRef<HostTensor> outputs,
                  AlignedBuffer &state);
  llvm::Error run(EntryKind kind, llvm::ArrayRef<const HostTensor *> inputs,
                  llvm::MutableArrayRef<HostTensor> outputs,
                  AlignedBuffer &state) {
    return run(find(kind), inputs, outputs, state);
  }

  /// Returns the cycles that each kernel of an entry has taken so far, for a
  /// program with counters. The caller may reset them.
  llvm::Expected<llvm::MutableArrayRef<int64_t>>
  getCycles(llvm::StringRef name);

  /// Returns a weight's value in `state`, in the file's layout. The slices of a
  /// partly trained weight are joined.
  HostTensor getParameter(const ParameterInfo &parameter,
                          const AlignedBuffer &state) const;
  /// Returns a weight's value in the file's type: a float copy of a quantized
  /// weight is rounded to the nearest code, half to even, and saturates.
  HostTensor getFileValue(const ParameterInfo &parameter,
                          const AlignedBuffer &state) const;

  /// Returns the least and the largest code of a quantized weight; nullopt for
  /// others.
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
  /// Returns an error if a run would need more memory than the machine has.
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

/// Returns `tensor`, which is in the stored layout, in the file's: axis
/// `layout[i]` of the result is axis i of `tensor`.
HostTensor toFileLayout(const HostTensor &tensor,
                        llvm::ArrayRef<int64_t> layout);

/// Returns the raw bytes of an attribute's elements; a splat is expanded.
llvm::Expected<HostTensor> readElements(mlir::ElementsAttr attr);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_PROGRAM_H
