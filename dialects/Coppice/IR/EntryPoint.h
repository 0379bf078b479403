//===- EntryPoint.h - Functions that are called from outside ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_ENTRYPOINT_H
#define COPPICE_DIALECTS_COPPICE_IR_ENTRYPOINT_H

#include "dialects/Coppice/IR/Coppice.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace coppice {

/// The kind of an entry point, which the roles of its arguments and results
/// decide.
enum class EntryKind {
  Inference, ///< neither a loss nor a gradient
  Step,      ///< a loss: training, or evaluation with labels
  Gradients  ///< gradients of parameters
};

/// An argument or result of an entry point.
struct EntryValue {
  unsigned index;
  mlir::Type type;
  mlir::Location loc;
  EntryRole role;
  std::string name; ///< of the file, or `input3`; empty where none is needed
  mlir::FlatSymbolRefAttr parameter; ///< null where it is of none
  bool written = false;

  /// Returns the role as an attribute, with its name or parameter.
  RoleAttr getRoleAttr() const;
};

/// A function with roles on its arguments and results. Gives the same answers
/// before and after its parameters become arguments, and on tensors, buffers
/// and pointers.
class EntryPoint {
public:
  explicit EntryPoint(mlir::FunctionOpInterface function)
      : function(function) {}

  mlir::FunctionOpInterface getFunction() const { return function; }
  llvm::StringRef getName() const;
  EntryKind getKind() const;

  /// Whether the function is marked `coppice.entry`.
  bool isMarked() const;
  void mark();
  void unmark();

  EntryValue getArgument(unsigned index) const;
  EntryValue getResult(unsigned index) const;
  llvm::SmallVector<EntryValue> getArguments() const;
  llvm::SmallVector<EntryValue> getResults() const;
  llvm::SmallVector<EntryValue> getArguments(EntryRole role) const;
  llvm::SmallVector<EntryValue> getResults(EntryRole role) const;
  /// Returns the arguments that a caller fills: inputs, labels,
  /// hyper-parameters.
  llvm::SmallVector<EntryValue> getInputs() const;
  /// Returns the results that a caller gets, or the arguments that they are
  /// written to.
  llvm::SmallVector<EntryValue> getOutputs() const;
  /// Returns the first argument of a role.
  std::optional<EntryValue> findArgument(EntryRole role) const;

  /// Whether a call changes the state. Parameters must be arguments already.
  bool writesState() const;

  void setArgumentRole(unsigned index, RoleAttr role);
  void setResultRole(unsigned index, RoleAttr role);

private:
  // Mutable, because the methods of an op interface are not const.
  mutable mlir::FunctionOpInterface function;
};

/// Returns the functions with a body that are marked `coppice.entry`, in order.
llvm::SmallVector<EntryPoint> getEntryPoints(mlir::ModuleOp module);
/// Returns the first entry point of a kind.
std::optional<EntryPoint> findEntryPoint(mlir::ModuleOp module, EntryKind kind);

/// Whether a caller fills arguments of the role.
bool isGivenByCaller(EntryRole role);
/// Whether a caller gets results of the role.
bool isGivenToCaller(EntryRole role);

} // namespace coppice

#endif // COPPICE_DIALECTS_COPPICE_IR_ENTRYPOINT_H
