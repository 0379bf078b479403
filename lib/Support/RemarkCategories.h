//===- RemarkCategories.h - Categories of remarks ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_REMARKCATEGORIES_H
#define COPPICE_LIB_SUPPORT_REMARKCATEGORIES_H

#include "llvm/ADT/StringRef.h"

namespace coppice {

/// The category of a remark. `coppice --remarks=NAME` and `coppice-opt
/// --remarks-filter=NAME` show the remarks of one category.
enum class RemarkCategory {
  SlowPath,
  Fusion,
  Format,
  Layout,
  Order,
  Tile,
  Update
};

struct RemarkCategoryInfo {
  RemarkCategory category;
  llvm::StringLiteral name;
  llvm::StringLiteral help;
};

/// Every category, in the order of the enum.
inline constexpr RemarkCategoryInfo kRemarkCategories[] = {
    {RemarkCategory::SlowPath, "slow-path",
     "ops that take a slow path, and why"},
    {RemarkCategory::Fusion, "fusion", "ops that fuse"},
    {RemarkCategory::Format, "format", "formats that layers compute and store"},
    {RemarkCategory::Layout, "layout", "transposes that stay"},
    {RemarkCategory::Order, "order", "the order of kernels and its peak"},
    {RemarkCategory::Tile, "tile", "the tiles of a kernel's loops"},
    {RemarkCategory::Update, "update",
     "the part of a parameter that a step trains"},
};

inline llvm::StringRef stringify(RemarkCategory category) {
  return kRemarkCategories[static_cast<size_t>(category)].name;
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_REMARKCATEGORIES_H
