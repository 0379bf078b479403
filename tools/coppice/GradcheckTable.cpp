//===- GradcheckTable.cpp - The table of gradcheck --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice/GradcheckTable.h"

#include "lib/Support/Count.h"
#include "lib/Support/JSONNumber.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::runtime;
using namespace coppice::tool;

/// Returns the larger of two errors; NaN is the largest.
static double worse(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

void GradcheckTable::print() const {
  // The names come last, because they may be long.
  outs() << "elements"
         << (hasDifferences ? "  checked  kinks  max error  f32 error" : "")
         << (hasReference ? "  reference" : "") << "  parameter\n";
  double worst = 0, worstReference = 0, worstApproximate = 0;
  int64_t unchecked = 0, approximate = 0;
  for (const GradcheckRow &row : rows) {
    const GradientReport &r = row.report;
    outs() << formatv("{0,8}", r.elements);
    if (hasDifferences)
      outs() << formatv("{0,9}{1,7}{2,11:e2}{3,11:e2}", r.checked, r.kinks,
                        r.maxError, *row.f32Error);
    double &worstOfKind = r.approximate ? worstApproximate : worst;
    worstOfKind = worse(worstOfKind, r.maxError);
    approximate += r.approximate;
    unchecked += r.checked == 0;
    if (row.reference) {
      outs() << formatv("{0,11:e2}", *row.reference);
      worstReference = worse(worstReference, *row.reference);
    }
    outs() << "  " << r.name << (r.approximate ? " (approximate)" : "") << "\n";
  }
  outs() << countOf(rows.size(), "parameter");
  if (hasDifferences && approximate < static_cast<int64_t>(rows.size()))
    outs() << formatv(", worst error against finite differences {0:e2}", worst);
  if (approximate)
    outs() << formatv(", {0} of them approximate", approximate);
  if (hasDifferences && approximate)
    outs() << formatv(": off by {0:e2}", worstApproximate);
  if (hasReference)
    outs() << formatv(", worst against the reference {0:e2}", worstReference);
  if (hasDifferences && unchecked)
    outs() << formatv(", {0} of them without finite differences", unchecked);
  outs() << "\n";
  outs().flush();
}

Error GradcheckTable::judge() const {
  for (const GradcheckRow &row : rows) {
    // A gradient that a reference checks needs no finite differences.
    if (row.f32Error && row.report.checked == 0 && row.report.elements &&
        !row.reference)
      return userError(
          "'" + row.report.name + "'",
          "no element of its gradient was checked: every step crosses "
          "a kink or is not finite",
          "raise --samples, or give another batch");
    // An approximate gradient must be finite, and the table says that it
    // differs.
    if (!(row.report.maxError <= tolerance) &&
        !(row.report.approximate && std::isfinite(row.report.maxError)))
      return userError("'" + row.report.name + "'",
                       formatv("the gradient differs from finite differences "
                               "by {0:e2}",
                               row.report.maxError)
                           .str());
    if (row.f32Error && !std::isfinite(*row.f32Error))
      return userError("'" + row.report.name + "'",
                       "its gradient in f32 is not finite");
    if (row.reference && !(*row.reference <= tolerance))
      return userError(
          "'" + row.report.name + "'",
          formatv("the gradient differs from the reference by {0:e2}",
                  *row.reference)
              .str());
  }
  return Error::success();
}

void GradcheckTable::printVerdict(bool passes) const {
  int64_t checked = 0;
  for (const GradcheckRow &row : rows)
    checked += row.report.checked;
  outs() << "batch " << batch << ": ";
  if (hasDifferences)
    outs() << countOf(checked, "gradient") << " checked";
  if (hasReference)
    outs() << (hasDifferences ? ", " : "") << countOf(rows.size(), "parameter")
           << " compared with the reference";
  outs() << formatv(", tolerance {0:e1}: {1}\n", tolerance,
                    passes ? "pass" : "fail");
}

Error GradcheckTable::writeJson(StringRef path) const {
  return writeFile(path, [&](raw_ostream &os) {
    json::OStream stream(os, 1);
    stream.array([&] {
      for (const GradcheckRow &row : rows)
        stream.object([&] {
          stream.attribute("parameter", row.report.name);
          stream.attribute("elements", row.report.elements);
          stream.attribute("checked", row.report.checked);
          stream.attribute("kinks", row.report.kinks);
          stream.attribute("max_error", jsonNumber(row.report.maxError));
          if (row.f32Error)
            stream.attribute("f32_error", jsonNumber(*row.f32Error));
          stream.attribute("approximate", row.report.approximate);
          if (row.reference)
            stream.attribute("reference_error", jsonNumber(*row.reference));
        });
    });
    os << "\n";
    return Error::success();
  });
}
