//===- JSON.cpp - A memory report as JSON -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"

#include <algorithm>

using namespace coppice;
namespace json = llvm::json;

std::vector<int64_t> EntryReport::getLiveBytes() const {
  std::vector<int64_t> live(steps.size());
  for (const BufferReport &buffer : buffers)
    for (int64_t step = buffer.first; step <= buffer.last; ++step)
      live[step] += buffer.bytes;
  return live;
}

int64_t EntryReport::getPeakBytes() const {
  std::vector<int64_t> live = getLiveBytes();
  return live.empty() ? 0 : *std::max_element(live.begin(), live.end());
}

int64_t EntryReport::getBackwardStep() const {
  // Masks may be computed early and the loss late, so choose the step that best
  // separates forward from backward buffers.
  int64_t score = 0, best = 0, begin = int64_t(steps.size());
  for (size_t step = steps.size(); step-- > 0;) {
    llvm::StringRef kind = steps[step].second;
    score += kind == "activation" ? -1 : kind == "loss" ? 0 : 1;
    if (score > best) {
      best = score;
      begin = int64_t(step);
    }
  }
  return begin;
}

int64_t MemoryReport::getSavedBytes() const {
  int64_t bytes = 0;
  for (const SavedReport &tensor : saved)
    bytes += tensor.bytes;
  return bytes;
}

int64_t MemoryReport::getArenaBytes() const {
  int64_t bytes = 0;
  for (const EntryReport &entry : entries)
    bytes = std::max(bytes, entry.arenaBytes);
  return bytes;
}

int64_t MemoryReport::getLowerBoundBytes() const {
  int64_t bytes = 0;
  for (const EntryReport &entry : entries)
    bytes = std::max(bytes, entry.lowerBoundBytes);
  return bytes;
}

static json::Value toJSON(const EntryReport &entry) {
  json::Array steps, buffers;
  for (const auto &[name, kind] : entry.steps)
    steps.push_back(name);
  for (const BufferReport &buffer : entry.buffers)
    buffers.push_back(json::Object{{"name", buffer.name},
                                   {"kind", buffer.kind},
                                   {"bytes", buffer.bytes},
                                   {"offset", buffer.offset},
                                   {"first", buffer.first},
                                   {"last", buffer.last}});
  return json::Object{{"name", entry.name},
                      {"arena_bytes", entry.arenaBytes},
                      {"lower_bound_bytes", entry.lowerBoundBytes},
                      {"predicted_bytes", entry.predictedBytes},
                      {"live_bytes", entry.getPeakBytes()},
                      {"steps", std::move(steps)},
                      {"buffers", std::move(buffers)}};
}

json::Value coppice::toJSON(const MemoryReport &report) {
  json::Array entries, layers, saved, remarks;
  for (const EntryReport &entry : report.entries)
    entries.push_back(::toJSON(entry));
  for (const LayerReport &layer : report.layers)
    layers.push_back(json::Object{{"name", layer.name},
                                  {"op", layer.op},
                                  {"shape", layer.shape},
                                  {"macs", layer.macs},
                                  {"parameter_bytes", layer.parameterBytes},
                                  {"output_bytes", layer.outputBytes}});
  for (const SavedReport &tensor : report.saved)
    saved.push_back(
        json::Object{{"name", tensor.name}, {"bytes", tensor.bytes}});
  for (const RemarkReport &remark : report.remarks)
    remarks.push_back(json::Object{{"name", remark.name},
                                   {"function", remark.function},
                                   {"place", remark.place},
                                   {"reason", remark.reason}});
  json::Object savedObject{{"bytes", report.getSavedBytes()},
                           {"layers", std::move(saved)}};
  if (report.publishedBits)
    savedObject["published_model_kib"] =
        double(*report.publishedBits) / 8 / 1024;
  return json::Object{{"model", report.model},
                      {"arena_bytes", report.getArenaBytes()},
                      {"lower_bound_bytes", report.getLowerBoundBytes()},
                      {"state_bytes", report.stateBytes},
                      {"flash_bytes", report.flashBytes},
                      {"entries", std::move(entries)},
                      {"layers", std::move(layers)},
                      {"remarks", std::move(remarks)},
                      {"saved", std::move(savedObject)}};
}
