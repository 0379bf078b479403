//===- HTML.cpp - A memory report as one page -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"
#include "lib/Report/Page.h"
#include "lib/Support/Count.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace coppice;

/// Escapes text for an element or a quoted attribute.
static std::string escape(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

/// Formats bytes: 444.0 KiB.
static std::string readable(int64_t bytes) {
  if (bytes < 1024)
    return std::to_string(bytes) + " B";
  if (bytes < 1024 * 1024)
    return llvm::formatv("{0:F1} KiB", bytes / 1024.0).str();
  return llvm::formatv("{0:F2} MiB", bytes / 1048576.0).str();
}

/// Shortens a name for a label. Converters join the names of all fused ops by
/// semicolons.
static std::string abbreviate(llvm::StringRef name, size_t most) {
  name = name.split(';').first;
  if (name.size() <= most)
    return name.str();
  name = name.take_back(most - 1);
  // Do not cut inside a character.
  while (!name.empty() && (name.front() & 0xC0) == 0x80)
    name = name.drop_front();
  return ("…" + name).str();
}

namespace {
/// Both drawings of an entry share the step axis.
class Chart {
public:
  Chart(const EntryReport &entry, llvm::raw_ostream &os)
      : entry(entry), os(os), live(entry.getLiveBytes()) {
    top = std::max<int64_t>({1, entry.arenaBytes, entry.lowerBoundBytes});
    for (int64_t bytes : live)
      top = std::max(top, bytes);
  }

  void drawCurve() {
    begin(180, "Memory over time");
    std::string line;
    llvm::raw_string_ostream path(line);
    for (size_t step = 0; step < live.size(); ++step) {
      double at = y(live[step]);
      path << llvm::formatv("{0}{1:F1} {2:F1}L{3:F1} {2:F1}", step ? "L" : "M",
                            x(step), at, x(step + 1));
    }
    if (!live.empty()) {
      os << llvm::formatv("<path class='area' d='{0}L{1:F1} {2:F1}L{3:F1} "
                          "{2:F1}Z'/>",
                          line, x(live.size()), y(0), x(0));
      os << "<path class='curve' d='" << line << "'/>\n";
    }
    drawBound();
    end();
  }

  void drawMap() {
    begin(380, "Arena map");
    for (const BufferReport &buffer : entry.buffers) {
      double width = x(buffer.last + 1) - x(buffer.first);
      double height = y(buffer.offset) - y(buffer.offset + buffer.bytes);
      std::string label =
          llvm::formatv("{0}\n{1}, {2} bytes at {3}\nlive from step {4} to {5}",
                        buffer.name, buffer.kind, groupDigits(buffer.bytes),
                        groupDigits(buffer.offset), buffer.first, buffer.last);
      os << llvm::formatv(
          "<rect class='buffer {0}' x='{1:F1}' y='{2:F1}' width='{3:F1}' "
          "height='{4:F1}' data-label='{5}'/>\n",
          buffer.kind, x(buffer.first), y(buffer.offset + buffer.bytes), width,
          std::max(height, 0.6), escape(label));
      // Print the name if it fits.
      double letters = (width - 8) / 6.0;
      if (height > 13 && letters >= 8) {
        std::string name =
            abbreviate(buffer.name, size_t(std::min(letters, 60.0)));
        os << llvm::formatv("<text class='name' x='{0:F1}' y='{1:F1}'>{2}"
                            "</text>\n",
                            x(buffer.first) + 4,
                            y(buffer.offset + buffer.bytes) + 11.5,
                            escape(name));
      }
    }
    drawBound();
    end();
  }

private:
  static constexpr double kLeft = 64, kWidth = 1000, kTop = 10, kBottom = 38;

  double x(size_t step) const {
    return kLeft + kWidth * double(step) / std::max<size_t>(1, live.size());
  }
  double y(int64_t bytes) const {
    return kTop + height * (1 - double(bytes) / (double(top) * 1.04));
  }

  void begin(double plotHeight, llvm::StringRef title) {
    height = plotHeight;
    os << llvm::formatv(
        "<svg viewBox='0 0 {0} {1}' data-steps='steps-{2}' data-left='{3}' "
        "data-width='{4}' role='img' aria-label='{5}'>\n",
        kLeft + kWidth + 12, kTop + height + kBottom, escape(entry.name), kLeft,
        kWidth, title);
    shadeBackward();
    // Draw up to six marks at round numbers: powers of two of bytes, or decimal
    // KiB.
    bool inBytes = top < 8192;
    double unit = std::pow(10, std::floor(std::log10(top / 2048.0)));
    while (top / 1024.0 / unit > 6)
      unit *= unit * 10 > top / 1024.0 ? 2 : 2.5;
    int64_t mark =
        inBytes ? int64_t(llvm::PowerOf2Ceil(std::max<int64_t>(1, top / 6)))
                : int64_t(unit * 1024);
    for (int64_t bytes = 0; bytes <= top; bytes += mark) {
      double at = y(bytes);
      os << llvm::formatv("<line class='grid' x1='{0}' x2='{1}' y1='{2:F1}' "
                          "y2='{2:F1}'/><text x='{3}' y='{4:F1}' "
                          "text-anchor='end'>{5} {6}</text>\n",
                          kLeft, kLeft + kWidth, at, kLeft - 6, at + 4,
                          inBytes ? bytes : bytes / 1024,
                          inBytes ? "B" : "KiB");
    }
    size_t stride = 1;
    while (live.size() / stride > 12)
      stride *= stride % 4 == 2 ? 5 : 2; // 1 2 10 20 100 ...
    for (size_t step = 0; step < live.size(); step += stride)
      os << llvm::formatv("<text x='{0:F1}' y='{1:F1}' "
                          "text-anchor='middle'>{2}</text>\n",
                          (x(step) + x(step + 1)) / 2, kTop + height + 15,
                          step);
    os << llvm::formatv("<text x='{0:F1}' y='{1:F1}' text-anchor='middle'>step"
                        "</text>\n",
                        kLeft + kWidth / 2, kTop + height + 31);
  }

  void shadeBackward() {
    int64_t begin = entry.getBackwardStep();
    if (begin >= int64_t(live.size()))
      return;
    os << llvm::formatv("<rect class='backward' x='{0:F1}' y='{1}' "
                        "width='{2:F1}' height='{3}'/><text x='{4:F1}' "
                        "y='{5}'>backward</text>\n",
                        x(begin), kTop, x(live.size()) - x(begin), height,
                        x(begin) + 6, kTop + 24);
  }

  void drawBound() {
    double at = y(entry.lowerBoundBytes);
    os << llvm::formatv(
        "<line class='bound' x1='{0}' x2='{1}' y1='{2:F1}' y2='{2:F1}'/>"
        "<text class='bound-label' x='{1}' y='{3:F1}' "
        "text-anchor='end'>lower bound {4}</text>\n",
        kLeft, kLeft + kWidth, at, at - 5, readable(entry.lowerBoundBytes));
  }

  void end() {
    os << llvm::formatv("<line class='cursor' y1='{0}' y2='{1}' "
                        "style='display:none;pointer-events:none'/></svg>\n",
                        kTop, kTop + height);
  }

  const EntryReport &entry;
  llvm::raw_ostream &os;
  std::vector<int64_t> live;
  int64_t top;
  double height = 0;
};
} // namespace

static void writeCard(llvm::raw_ostream &os, int64_t bytes,
                      llvm::StringRef what) {
  os << llvm::formatv("<div class='card'><b title='{0} bytes'>{1}</b><span>{2}"
                      "</span></div>\n",
                      groupDigits(bytes), readable(bytes), what);
}

static void writeEntry(llvm::raw_ostream &os, const EntryReport &entry) {
  int64_t waste = entry.arenaBytes - entry.lowerBoundBytes;
  os << llvm::formatv(
      "<h2><code>{0}</code></h2>\n<p class='note'>{1}, {2}. "
      "Arena {3} bytes, lower bound {4}{5}.</p>\n",
      escape(entry.name), countOf(entry.steps.size(), "step"),
      countOf(entry.buffers.size(), "buffer"), groupDigits(entry.arenaBytes),
      groupDigits(entry.lowerBoundBytes),
      waste <= 0 ? std::string(": the packing is optimal")
                 : llvm::formatv(
                       ", {0:F1}% above it",
                       100.0 * double(waste) /
                           std::max<double>(1, double(entry.lowerBoundBytes)))
                       .str());
  if (entry.steps.empty())
    return;
  llvm::json::Array steps;
  std::vector<int64_t> live = entry.getLiveBytes();
  for (auto [step, bytes] : llvm::zip_equal(entry.steps, live))
    steps.push_back(llvm::json::Array{step.first, bytes});
  // A name may contain "</script>", which JSON does not escape.
  std::string text = llvm::formatv("{0}", llvm::json::Value(std::move(steps)));
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos;)
    text.replace(at, 1, "\\u003c");
  os << "<script type='application/json' id='steps-" << escape(entry.name)
     << "'>" << text << "</script>\n";
  Chart chart(entry, os);
  os << "<div class='panel'><p>Bytes live at each step</p>\n";
  chart.drawCurve();
  os << "</div>\n<div class='panel'><p>Arena map: the place of each buffer "
        "and the steps at which it is live</p>\n";
  chart.drawMap();
  os << "<div class='legend'>";
  for (llvm::StringRef kind : {"activation", "saved", "gradient", "update"})
    if (llvm::any_of(entry.buffers, [&](const BufferReport &buffer) {
          return buffer.kind == kind;
        }))
      os << "<span><i style='background:var(--" << kind << ")'></i>" << kind
         << (kind == "saved" ? " for the backward pass" : "") << "</span>";
  os << "</div></div>\n";
}

static void writeBar(llvm::raw_ostream &os, int64_t value, int64_t most) {
  double share = most > 0 ? double(value) / double(most) : 0;
  os << llvm::formatv(
      "<td class='n bar' data-v='{0}'><i style='width:calc({1:F3}"
      " * (100% - 12px))'></i>{2}</td>",
      value, share, value ? groupDigits(value) : "");
}

static void writeLayers(llvm::raw_ostream &os, const MemoryReport &report) {
  LayerReport sum, most;
  for (const LayerReport &layer : report.layers) {
    sum.macs += layer.macs;
    sum.parameterBytes += layer.parameterBytes;
    sum.outputBytes += layer.outputBytes;
    most.macs = std::max(most.macs, layer.macs);
    most.parameterBytes = std::max(most.parameterBytes, layer.parameterBytes);
    most.outputBytes = std::max(most.outputBytes, layer.outputBytes);
  }
  os << "<h2>Layers</h2>\n<div class='panel scroll'><table><thead><tr>"
        "<th>name</th><th>op</th><th>result</th><th class='n'>MACs</th>"
        "<th class='n'>parameter bytes</th><th class='n'>output bytes</th>"
        "</tr></thead>\n<tbody>\n";
  for (const LayerReport &layer : report.layers) {
    os << llvm::formatv("<tr><td title='{0}'>{1}</td><td>{2}</td><td>{3}</td>",
                        escape(layer.name), escape(abbreviate(layer.name, 48)),
                        escape(layer.op), escape(layer.shape));
    writeBar(os, layer.macs, most.macs);
    writeBar(os, layer.parameterBytes, most.parameterBytes);
    writeBar(os, layer.outputBytes, most.outputBytes);
    os << "</tr>\n";
  }
  os << llvm::formatv("</tbody><tfoot><tr><td colspan='3'>{0}</td>"
                      "<td class='n'>{1}</td><td class='n'>{2}</td>"
                      "<td class='n'>{3}</td></tr></tfoot></table></div>\n",
                      countOf(report.layers.size(), "layer"),
                      groupDigits(sum.macs), groupDigits(sum.parameterBytes),
                      groupDigits(sum.outputBytes));
}

static void writeSaved(llvm::raw_ostream &os, const MemoryReport &report) {
  int64_t most = 0;
  for (const SavedReport &tensor : report.saved)
    most = std::max(most, tensor.bytes);
  os << "<h2>Saved for the backward pass</h2>\n<div class='panel "
        "scroll'><table>"
        "<thead><tr><th>tensor</th><th class='n'>bytes</th></tr></thead>\n"
        "<tbody>\n";
  for (const SavedReport &tensor : report.saved) {
    os << llvm::formatv("<tr><td title='{0}'>{1}</td>", escape(tensor.name),
                        escape(abbreviate(tensor.name, 72)));
    writeBar(os, tensor.bytes, most);
    os << "</tr>\n";
  }
  os << llvm::formatv("</tbody><tfoot><tr><td>{0}</td><td class='n'>{1}"
                      "</td></tr></tfoot></table></div>\n",
                      countOf(report.saved.size(), "tensor"),
                      groupDigits(report.getSavedBytes()));
}

static void writeRemarks(llvm::raw_ostream &os, const MemoryReport &report) {
  os << "<h2>Slow paths</h2>\n<div class='panel scroll'><table><thead><tr>"
        "<th>op</th><th>function</th><th>remark</th><th>reason</th></tr>"
        "</thead>\n<tbody>\n";
  for (const RemarkReport &remark : report.remarks)
    os << llvm::formatv(
        "<tr><td title='{0}'>{1}</td><td>{2}</td><td>{3}</td>"
        "<td>{4}</td></tr>\n",
        escape(remark.place), escape(abbreviate(remark.place, 48)),
        escape(remark.function), escape(remark.name), escape(remark.reason));
  os << "</tbody></table></div>\n";
}

std::string coppice::toHTML(const MemoryReport &report) {
  std::string page;
  llvm::raw_string_ostream os(page);
  std::string title = report.model.empty() ? "model" : escape(report.model);
  os << "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "\n<title>"
     << title << ": memory</title>\n<style>" << detail::kStyle
     << "</style></head>\n<body><main>\n<h1>" << title
     << "</h1>\n<p class='sub'>Memory report by Coppice";
  for (const auto &[name, value] : report.settings)
    os << "; " << escape(name) << " " << escape(value);
  os << "</p>\n<div class='cards'>\n";
  writeCard(os, report.getArenaBytes(), "arena, the largest entry point");
  writeCard(os, report.getLowerBoundBytes(), "proven lower bound");
  writeCard(os, report.stateBytes, "state: trained parameters and their slots");
  writeCard(os, report.flashBytes, "constants and initial values");
  os << "</div>\n";
  for (const EntryReport &entry : report.entries)
    writeEntry(os, entry);
  if (!report.layers.empty())
    writeLayers(os, report);
  if (!report.saved.empty())
    writeSaved(os, report);
  if (!report.remarks.empty())
    writeRemarks(os, report);
  os << "</main><div id='tip'></div>\n<script>" << detail::kScript
     << "</script></body></html>\n";
  return page;
}
