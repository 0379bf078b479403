//===- CoppiceOps.td - Attributes of entry points ----------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_COPPICEOPS_TD
#define COPPICE_DIALECTS_COPPICE_IR_COPPICEOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "dialects/Coppice/IR/CoppiceDialect.td"

def Coppice_EntryRole : I32EnumAttr<"EntryRole",
    "the role of an argument or result of an entry point", [
    I32EnumAttrCase<"input", 0>,     // an input of the model
    I32EnumAttrCase<"label", 1>,     // compared with an output by a loss
    I32EnumAttrCase<"hyper", 2>,     // a number that steers a step: a rate
    I32EnumAttrCase<"output", 3>,    // an output of the model
    I32EnumAttrCase<"loss", 4>,      // minimized by a step
    I32EnumAttrCase<"gradient", 5>,  // of a parameter
    I32EnumAttrCase<"parameter", 6>, // a parameter in the state
    I32EnumAttrCase<"state", 7>,     // the bytes of all parameters of the state
    I32EnumAttrCase<"arena", 8>]> {  // bytes that no call leaves for the next
  let cppNamespace = "::coppice";
}

def Coppice_RoleAttr : AttrDef<Coppice_Dialect, "Role"> {
  let mnemonic = "role";
  let summary = "the role of an argument or result of a function";
  let description = [{
    | role | on | says |
    |---|---|---|
    | `input "x"`, `label "y"` | arguments | its name in the file |
    | `hyper "learning_rate"` | arguments of rank 0 | its name |
    | `output "y"`, `loss "loss"` | results, and the arguments that they are written to | its name in the file |
    | `gradient "fc.weight" of @w` | the same | the parameter's name in the file and its symbol |
    | `parameter @w`, `parameter @w written` | arguments, and results for the new value | the parameter's symbol, and whether a call changes it |
    | `state`, `state written` | an argument of bytes | whether a call changes it |
    | `arena` | an argument of bytes | |

    `train.parameter` has a role of its own: weight, optimizer slot, counter or
    cache.
  }];
  let parameters = (ins EnumParameter<Coppice_EntryRole>:$role,
                        OptionalParameter<"::mlir::StringAttr">:$name,
                        OptionalParameter<"::mlir::FlatSymbolRefAttr">:$parameter,
                        DefaultValuedParameter<"bool", "false">:$written);
  let builders = [
    AttrBuilder<(ins "EntryRole":$role), [{
      return $_get($_ctxt, role, ::mlir::StringAttr(), ::mlir::FlatSymbolRefAttr(),
                   false);
    }]>,
    AttrBuilder<(ins "EntryRole":$role, "::llvm::StringRef":$name), [{
      return $_get($_ctxt, role, ::mlir::StringAttr::get($_ctxt, name),
                   ::mlir::FlatSymbolRefAttr(), false);
    }]>
  ];
  let extraClassDeclaration = [{
    /// Returns the role of an argument or result that holds a parameter.
    static RoleAttr getParameter(::mlir::FlatSymbolRefAttr parameter,
                                 bool written);
    /// Returns the role of a parameter's gradient.
    static RoleAttr getGradient(::llvm::StringRef name,
                                ::mlir::FlatSymbolRefAttr parameter);
    /// Returns this role as the only attribute of an argument or result.
    ::mlir::DictionaryAttr asDictionary();
  }];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // COPPICE_DIALECTS_COPPICE_IR_COPPICEOPS_TD
