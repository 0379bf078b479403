//===- Attributes.cpp - A target's record in the IR -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace coppice;

static constexpr llvm::StringLiteral kDevice = "CPU";

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static DataLayoutEntryInterface entry(MLIRContext *context, StringRef key,
                                      Attribute value) {
  return DataLayoutEntryAttr::get(StringAttr::get(context, key), value);
}

/// Makes an entry of an unsigned number, the type of upstream's device
/// properties.
static DataLayoutEntryInterface number(MLIRContext *context, StringRef key,
                                       uint64_t value, unsigned bits) {
  return entry(
      context, key,
      IntegerAttr::get(IntegerType::get(context, bits, IntegerType::Unsigned),
                       APInt(bits, value)));
}

static Attribute describeMemories(MLIRContext *context,
                                  ArrayRef<MemoryRecord> memories) {
  SmallVector<DataLayoutEntryInterface> entries;
  for (const MemoryRecord &memory : memories) {
    SmallVector<DataLayoutEntryInterface> properties{
        number(context, "alignment", memory.alignment, 64)};
    if (memory.bytes)
      properties.push_back(number(context, "bytes", *memory.bytes, 64));
    entries.push_back(
        entry(context, memory.name, MapAttr::get(context, properties)));
  }
  return MapAttr::get(context, entries);
}

void TargetRecord::attach(ModuleOp module) const {
  MLIRContext *context = module.getContext();
  auto text = [&](StringRef value) { return StringAttr::get(context, value); };
  SmallVector<StringRef> featureList(features.begin(), features.end());
  auto llvmTarget = LLVM::TargetAttr::get(
      context, text(triple), text(cpu),
      LLVM::TargetFeaturesAttr::get(context, featureList));
  SmallVector<DataLayoutEntryInterface> device{
      entry(context, "name", text(name)),
      entry(context, "target", llvmTarget),
      number(context, "max_vector_op_width", vectorBits, 32),
      number(context, "vector_registers", vectorRegisters, 32),
      number(context, "multiply_add_latency", multiplyAddLatency, 32),
      number(context, "L1_cache_size_in_bytes", firstCacheBytes, 64),
      number(context, "L2_cache_size_in_bytes", secondCacheBytes, 64),
      entry(context, "memories", describeMemories(context, memories))};
  module->setAttr(
      DLTIDialect::kTargetSystemDescAttrName,
      TargetSystemSpecAttr::get(
          context,
          entry(context, kDevice, TargetDeviceSpecAttr::get(context, device))));
  Builder builder(context);
  DataLayoutEntryInterface index = DataLayoutEntryAttr::get(
      builder.getIndexType(), builder.getI64IntegerAttr(indexBits));
  module->setAttr(DLTIDialect::kDataLayoutAttrName,
                  DataLayoutSpecAttr::get(context, index));
  module->setAttr(LLVM::LLVMDialect::getTargetTripleAttrName(), text(triple));
  module->setAttr(LLVM::LLVMDialect::getDataLayoutAttrName(),
                  text(llvm::Triple(triple).computeDataLayout()));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Reads the entries of a device or a map, and reports errors at `op`.
class Reader {
public:
  Reader(Operation *op, DLTIQueryInterface entries)
      : op(op), entries(entries) {}

  /// Reads an entry; leaves `value` unchanged if it is missing.
  template <typename Number> LogicalResult read(StringRef key, Number &value) {
    FailureOr<Attribute> found = query(key);
    if (failed(found))
      return success();
    auto number = dyn_cast<IntegerAttr>(*found);
    if (!number || number.getValue().isZero() ||
        number.getValue().getActiveBits() > sizeof(Number) * 8)
      return op->emitError("target: '")
             << key << "' is not a positive number of fitting width";
    value = static_cast<Number>(number.getValue().getZExtValue());
    return success();
  }

  FailureOr<Attribute> query(StringRef key) {
    return entries.query(StringAttr::get(op->getContext(), key));
  }

private:
  Operation *op;
  DLTIQueryInterface entries;
};
} // namespace

static LogicalResult readMemories(Operation *op, MapAttr map,
                                  std::vector<MemoryRecord> &memories) {
  for (DataLayoutEntryInterface item : map.getEntries()) {
    auto name = dyn_cast<StringAttr>(item.getKey());
    auto properties = dyn_cast<MapAttr>(item.getValue());
    if (!name || !properties)
      return op->emitError("target: a memory is not a name and a map");
    MemoryRecord memory{name.str(), std::nullopt, 1};
    Reader reader(op, properties);
    uint64_t bytes = 0;
    if (failed(reader.read("alignment", memory.alignment)) ||
        failed(reader.read("bytes", bytes)))
      return failure();
    if (bytes)
      memory.bytes = bytes;
    memories.push_back(std::move(memory));
  }
  return success();
}

FailureOr<TargetRecord> TargetRecord::get(Operation *op) {
  TargetRecord record;
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  if (!module)
    return record;
  auto system = module->getAttrOfType<TargetSystemSpecAttr>(
      DLTIDialect::kTargetSystemDescAttrName);
  std::optional<TargetDeviceSpecInterface> device;
  if (system)
    device = system.getDeviceSpecForDeviceID(
        StringAttr::get(op->getContext(), kDevice));
  if (!device)
    return record;
  Reader reader(module, cast<DLTIQueryInterface>(*device));
  if (FailureOr<Attribute> name = reader.query("name"); succeeded(name))
    if (auto text = dyn_cast<StringAttr>(*name))
      record.name = text.str();
  if (FailureOr<Attribute> found = reader.query("target"); succeeded(found)) {
    auto target = dyn_cast<LLVM::TargetAttr>(*found);
    if (!target)
      return module.emitError("target: 'target' is not an #llvm.target");
    record.triple = target.getTriple().str();
    record.cpu = target.getChip().str();
    if (target.getFeatures())
      for (StringAttr feature : target.getFeatures().getFeatures())
        record.features.push_back(feature.str());
  }
  if (FailureOr<Attribute> found = reader.query("memories"); succeeded(found)) {
    auto map = dyn_cast<MapAttr>(*found);
    if (!map)
      return module.emitError("target: 'memories' is not a map");
    if (failed(readMemories(module, map, record.memories)))
      return failure();
  }
  if (failed(reader.read("max_vector_op_width", record.vectorBits)) ||
      failed(reader.read("vector_registers", record.vectorRegisters)) ||
      failed(reader.read("multiply_add_latency", record.multiplyAddLatency)) ||
      failed(reader.read("L1_cache_size_in_bytes", record.firstCacheBytes)) ||
      failed(reader.read("L2_cache_size_in_bytes", record.secondCacheBytes)))
    return failure();
  record.indexBits = static_cast<unsigned>(
      DataLayout(module).getTypeSizeInBits(IndexType::get(op->getContext())));
  return record;
}
