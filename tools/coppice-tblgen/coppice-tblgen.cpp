//===- coppice-tblgen.cpp - Code from the ops of nn -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// Backends over the records of NNOps.td:
//   -gen-elementwise-defs   shape inference, scalar function and gradient of
//                           every NN_ElementwiseOp
//   -gen-gradcheck          a module with one function per GradCase, which
//                           `coppice gradcheck --functions` runs
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/TableGen/Error.h"
#include "llvm/TableGen/Main.h"
#include "llvm/TableGen/Record.h"

#include <map>
#include <set>

using namespace llvm;

enum class Action { ElementwiseDefs, Gradcheck };
static cl::opt<Action> action(
    cl::desc("what to generate:"), cl::Required,
    cl::values(clEnumValN(Action::ElementwiseDefs, "gen-elementwise-defs",
                          "shape inference, scalar functions, gradients"),
               clEnumValN(Action::Gradcheck, "gen-gradcheck",
                          "finite-difference checks of every gradient")));

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// Returns the C++ accessor of an ODS name: `transpose_lhs` becomes
/// `getTransposeLhs`.
static std::string accessor(StringRef name) {
  std::string result = "get";
  bool upper = true;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    result += upper ? toUpper(c) : c;
    upper = false;
  }
  return result;
}

/// Prints an expression in source form: `(Mul $dy, $rhs)`.
static std::string spell(const Init &expression) {
  std::string text = expression.getAsString();
  // TableGen prints a leaf without a value as `?:$name`.
  for (size_t at; (at = text.find("?:$")) != std::string::npos;)
    text.erase(at, 2);
  return text;
}

namespace {
/// One NN_ElementwiseOp.
class ElementwiseOp {
public:
  explicit ElementwiseOp(const Record &record) : record(record) {
    const DagInit *arguments = record.getValueAsDag("arguments");
    for (auto [init, name] :
         zip(arguments->getArgs(), arguments->getArgNames())) {
      const Record *kind = cast<DefInit>(init)->getDef();
      if (kind->isSubClassOf("TypeConstraint"))
        operands.push_back(name->getValue().str());
      else
        attributes[name->getValue().str()] = kind;
    }
    const DagInit *outs = record.getValueAsDag("results");
    for (unsigned i = 0; i < outs->getNumArgs(); ++i)
      results.push_back(outs->getArgNameStr(i).str());
  }

  std::string cppClass() const {
    StringRef name = record.getName();
    return name.substr(name.find('_') + 1).str();
  }

  ArrayRef<std::string> getOperands() const { return operands; }

  /// Returns the C++ of an expression over `e`. `value` maps the name of an
  /// operand, or one of `others`, to C++. Names that the expression uses are
  /// added to `used`.
  std::string expression(const Init *init, StringRef name,
                         ArrayRef<std::string> others,
                         function_ref<std::string(StringRef)> value,
                         std::set<std::string> &used) const {
    const auto *dag = dyn_cast<DagInit>(init);
    if (!dag) {
      if (name.empty())
        refuse("an expression's leaf needs a $name: " + spell(*init));
      if (auto it = attributes.find(name.str()); it != attributes.end())
        return constant(name, *it->second);
      if (!is_contained(operands, name) && !is_contained(others, name))
        refuse("$" + name + " is not one of " + listNames(others));
      used.insert(name.str());
      return value(name);
    }
    const Record *op = dag->getOperatorAsDef(record.getLoc());
    if (!op->isSubClassOf("Expr"))
      refuse("not an expression operator: " + op->getName());
    auto expected = op->getValueAsInt("numArguments");
    if (dag->getNumArgs() != expected)
      refuse(spell(*dag) + ": " + Twine(expected) +
             " arguments expected, found " + Twine(dag->getNumArgs()));
    if (op->isSubClassOf("Const"))
      return formatv("e.constant({0})", op->getValueAsString("value")).str();
    std::string result =
        formatv("e.{0}(", op->getValueAsString("cppMethod")).str();
    for (unsigned i = 0; i < dag->getNumArgs(); ++i)
      result +=
          (i ? ", " : "") + expression(dag->getArg(i), dag->getArgNameStr(i),
                                       others, value, used);
    return result + ")";
  }

  void emit(raw_ostream &os) const;

private:
  void emitGradient(raw_ostream &os) const;
  std::string constant(StringRef name, const Record &attribute) const;
  std::string listNames(ArrayRef<std::string> others) const;
  /// Exits with an error at the op's definition.
  [[noreturn]] void refuse(const Twine &message) const {
    PrintFatalError(record.getLoc(), record.getName() + ": " + message);
  }

  const Record &record;
  SmallVector<std::string> operands, results;
  std::map<std::string, const Record *> attributes;
};
} // namespace

/// Returns the C++ of an attribute in an expression, which must be a float.
std::string ElementwiseOp::constant(StringRef name,
                                    const Record &attribute) const {
  const RecordVal *type = attribute.getValue("returnType");
  const auto *text = type ? dyn_cast<StringInit>(type->getValue()) : nullptr;
  if (!text || !text->getValue().contains("APFloat"))
    refuse("attribute $" + name + " is not a float, which an expression needs");
  return formatv("e.constant({0}().convertToDouble())", accessor(name)).str();
}

/// Lists the names that a leaf of an expression may have.
std::string ElementwiseOp::listNames(ArrayRef<std::string> others) const {
  std::string names;
  auto add = [&](StringRef name) {
    names += (names.empty() ? "$" : ", $") + name.str();
  };
  for_each(operands, add);
  for (const auto &attribute : attributes)
    add(attribute.first);
  for_each(others, add);
  return names;
}

static bool hasGradientTrait(const Record &record) {
  for (const Init *trait : *record.getValueAsListInit("traits")) {
    const Record *def = cast<DefInit>(trait)->getDef();
    if (def->getName() == "NN_Gradient")
      return true;
  }
  return false;
}

void ElementwiseOp::emit(raw_ostream &os) const {
  os << formatv(R"(
LogicalResult {0}::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                    Adaptor adaptor,
                                    SmallVectorImpl<Type> &result) {{
  return coppice::nn::detail::inferElementwise(
      loc, adaptor.getOperands().getTypes(), result);
}

Value {0}::buildScalar(OpBuilder &builder, Location loc, ValueRange operands) {{
  ScalarExpr e(builder, loc, operands[0].getType(),
               coppice::nn::detail::isUnsigned(getOperand({1}).getType()));
)",
                cppClass(), operands.size() == 1 ? "" : "0");
  auto scalar = [&](StringRef name) -> std::string {
    for (auto [i, operand] : enumerate(operands))
      if (operand == name)
        return formatv("operands[{0}]", i).str();
    refuse("unknown operand $" + name);
  };
  std::set<std::string> used;
  os << "  return "
     << expression(record.getValueAsDag("scalar"), "", {}, scalar, used)
     << ";\n}\n";
  if (hasGradientTrait(record))
    emitGradient(os);
}

void ElementwiseOp::emitGradient(raw_ostream &os) const {
  const ListInit *rules = record.getValueAsListInit("gradient");
  if (rules->size() != operands.size())
    refuse(Twine(rules->size()) + " gradients for " + Twine(operands.size()) +
           " operands");
  SmallVector<std::string> others(results);
  others.push_back("dy");
  SmallVector<std::string> bodies;
  std::string reads;
  for (auto [i, rule] : enumerate(*rules)) {
    auto value = [&](StringRef name) -> std::string {
      if (name == "dy")
        return "resultGradients[0]";
      return formatv("ctx.read({0}())", accessor(name)).str();
    };
    std::set<std::string> used;
    bodies.push_back(expression(rule, "", others, value, used));
    used.erase("dy");
    if (used.empty())
      continue;
    reads += formatv("  if (wanted.test({0}))\n    reads.append({{", i);
    for (const std::string &name : used)
      reads += accessor(name) + "(), ";
    reads += "});\n";
  }
  os << formatv(R"(
void {0}::getGradientReads(const llvm::SmallBitVector &wanted,
                           SmallVectorImpl<Value> &reads) {{
{1}}

LogicalResult {0}::buildGradient(coppice::train::GradientContext &ctx,
                                 ArrayRef<Value> resultGradients,
                                 const llvm::SmallBitVector &wanted,
                                 SmallVectorImpl<Value> &operandGradients) {{
  TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(getType()));
)",
                cppClass(), reads);
  for (auto [i, body] : enumerate(bodies))
    os << formatv("  if (wanted.test({0}))\n    operandGradients[{0}] = "
                  "e.fitTo({1}, getOperation()->getOperand({0}).getType());\n",
                  i, body);
  os << "  return success();\n}\n";
}

static void emitElementwiseDefs(raw_ostream &os, const RecordKeeper &records) {
  for (const Record *record :
       records.getAllDerivedDefinitions("NN_ElementwiseOp"))
    ElementwiseOp(*record).emit(os);
}

//===----------------------------------------------------------------------===//
// Gradient checks
//===----------------------------------------------------------------------===//

static void emitGradcheck(raw_ostream &os, const RecordKeeper &records) {
  os << "// Finite-difference checks of every nn op with a gradient; written "
        "by coppice-tblgen.\n";
  for (const Record *record : records.getAllDerivedDefinitions("NN_Op")) {
    bool differentiable = hasGradientTrait(*record);
    std::vector<const Record *> cases =
        record->getValueAsListOfDefs("gradCases");
    if (differentiable && cases.empty())
      PrintFatalError(record->getLoc(),
                      record->getName() + " has a gradient but no GradCase");
    if (!differentiable)
      continue;
    StringRef mnemonic = record->getValueAsString("opName");
    for (auto [i, gradCase] : enumerate(cases)) {
      StringRef output = gradCase->getValueAsString("output");
      unsigned results = output.count("tensor<");
      os << formatv("\nfunc.func @{0}_{1}({2}) -> ({3})\n"
                    "    attributes {{gradcheck.low = {4} : f64, "
                    "gradcheck.high = {5} : f64} {{\n",
                    mnemonic, i, gradCase->getValueAsString("inputs"), output,
                    gradCase->getValueAsString("low"),
                    gradCase->getValueAsString("high"));
      StringRef prologue = record->getValueAsString("gradPrologue");
      if (!prologue.empty())
        os << "  " << prologue << "\n";
      os << "  %r" << (results > 1 ? ":" + Twine(results) : Twine()) << " = "
         << gradCase->getValueAsString("body") << "\n  return ";
      for (unsigned r = 0; r < results; ++r)
        os << (r ? ", " : "") << "%r"
           << (results > 1 ? "#" + Twine(r) : Twine());
      os << " : " << output << "\n}\n";
    }
  }
}

static bool run(raw_ostream &os, const RecordKeeper &records) {
  switch (action) {
  case Action::ElementwiseDefs:
    emitElementwiseDefs(os, records);
    return false;
  case Action::Gradcheck:
    emitGradcheck(os, records);
    return false;
  }
  return true;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Coppice's TableGen backends\n");
  return TableGenMain(argv[0], run);
}
