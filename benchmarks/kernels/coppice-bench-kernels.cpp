//===- coppice-bench-kernels.cpp - Speed of single kernels ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
// Compiles single nn ops of shapes that occur in small networks, by the
// compiler's own phases, and runs each of them on one thread. Prints a table:
// microseconds, GFLOP/s (a multiply-add is two operations), and the ratio to
// the same op in scalar loops that LLVM optimises. Both results must agree up
// to rounding.
//
// coppice-bench-kernels [part of a name]
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "coppice/JIT.h"
#include "coppice/Pipelines.h"
#include "lib/Conversion/NNToLinalg/Passes.h"
#include "lib/Kernels/Bufferize.h"
#include "lib/Target/LLVM/Passes.h"
#include "lib/Target/Record/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>
#include <cmath>

using namespace mlir;
using namespace coppice;

namespace {
/// One op: the types of its operands and of its result, and its text, in which
/// operands are %0, %1, ...
struct Kernel {
  std::string name;
  SmallVector<std::string> operands;
  std::string result, op;
  double macs;
};
} // namespace

static std::string typeOf(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

/// Adds the three convolutions of a training step for one layer. `groups` is 1
/// or the number of channels.
static void addConv(std::vector<Kernel> &kernels, StringRef name, int64_t n,
                    int64_t size, int64_t c, int64_t f, int64_t k, int64_t s,
                    int64_t pad, int64_t groups = 1) {
  // 'same' padding: an odd amount puts the larger half at the high end.
  int64_t out = llvm::divideCeil(size, s);
  int64_t high = std::max<int64_t>(0, (out - 1) * s + k - size - pad);
  auto attribute = [](int64_t a, int64_t b) {
    return std::to_string(a) + ", " + std::to_string(b);
  };
  std::string attributes = "{groups = " + std::to_string(groups) +
                           " : i64, pads = array<i64: " + attribute(pad, pad) +
                           ", " + attribute(high, high) +
                           ">, strides = array<i64: " + attribute(s, s) + ">}";
  std::string x = typeOf({n, size, size, c}), w = typeOf({k, k, c / groups, f}),
              y = typeOf({n, out, out, f});
  double macs = double(n) * out * out * f * k * k * (c / groups);
  auto add = [&](StringRef kind, StringRef op, StringRef a, StringRef b,
                 StringRef result) {
    kernels.push_back({(name + " " + kind).str(),
                       {a.str(), b.str()},
                       result.str(),
                       (op + " %0, %1 " + attributes + " : (" + a + ", " + b +
                        ") -> " + result)
                           .str(),
                       macs});
  };
  add("forward", "nn.conv2d", x, w, y);
  add("input grad", "nn.conv2d_input_grad", y, w, x);
  add("weight grad", "nn.conv2d_weight_grad", x, y, w);
}

static void addMatMul(std::vector<Kernel> &kernels, StringRef name, int64_t m,
                      int64_t n, int64_t k) {
  auto add = [&](StringRef kind, std::string a, std::string b, StringRef unit,
                 std::string result) {
    kernels.push_back({(name + " " + kind).str(),
                       {a, b},
                       result,
                       "nn.matmul %0, %1 " + unit.str() + " : (" + a + ", " +
                           b + ") -> " + result,
                       double(m) * n * k});
  };
  add("forward", typeOf({m, k}), typeOf({n, k}), "{transpose_rhs}",
      typeOf({m, n}));
  add("input grad", typeOf({m, n}), typeOf({n, k}), "", typeOf({m, k}));
  add("weight grad", typeOf({m, n}), typeOf({m, k}), "{transpose_lhs}",
      typeOf({n, k}));
}

static std::vector<Kernel> allKernels() {
  std::vector<Kernel> kernels;
  addConv(kernels, "32x32 3->16 3x3", 1, 32, 3, 16, 3, 1, 1);
  addConv(kernels, "32x32 16->16 3x3", 1, 32, 16, 16, 3, 1, 1);
  addConv(kernels, "32x32 16->32 3x3/2", 1, 32, 16, 32, 3, 2, 0);
  addConv(kernels, "32x32 16->32 1x1/2", 1, 32, 16, 32, 1, 2, 0);
  addConv(kernels, "16x16 32->32 3x3", 1, 16, 32, 32, 3, 1, 1);
  addConv(kernels, "16x16 32->64 3x3/2", 1, 16, 32, 64, 3, 2, 0);
  addConv(kernels, "8x8 64->64 3x3", 1, 8, 64, 64, 3, 1, 1);
  addConv(kernels, "48x48 8->16 1x1", 1, 48, 8, 16, 1, 1, 0);
  addConv(kernels, "24x24 32->32 1x1", 1, 24, 32, 32, 1, 1, 0);
  addConv(kernels, "6x6 128->128 1x1", 1, 6, 128, 128, 1, 1, 0);
  addConv(kernels, "3x3 256->256 1x1", 1, 3, 256, 256, 1, 1, 0);
  addConv(kernels, "48x48 8 depthwise 3x3", 1, 48, 8, 8, 3, 1, 1, 8);
  addConv(kernels, "24x24 32 depthwise 3x3", 1, 24, 32, 32, 3, 1, 1, 32);
  addConv(kernels, "6x6 128 depthwise 3x3", 1, 6, 128, 128, 3, 1, 1, 128);
  addConv(kernels, "28x28 1->6 5x5, 32 images", 32, 28, 1, 6, 5, 1, 2);
  addConv(kernels, "14x14 6->16 5x5, 32 images", 32, 14, 6, 16, 5, 1, 2);
  addMatMul(kernels, "1 x 64->10", 1, 10, 64);
  addMatMul(kernels, "32 x 400->120", 32, 120, 400);
  return kernels;
}

/// Returns the seconds of the best call; nullopt after an error was printed.
/// `result` gets the result's buffer.
static std::optional<double> measure(const Kernel &kernel, MLIRContext &context,
                                     bool tiled, std::vector<float> &result) {
  std::string text = "func.func @kernel(";
  for (auto [i, type] : llvm::enumerate(kernel.operands))
    text += "%" + std::to_string(i) + ": " + type + ", ";
  text += "%out: " + kernel.result + " {bufferization.writable = true}) -> " +
          kernel.result + " {\n  %r = " + kernel.op +
          "\n  %d = bufferization.materialize_in_destination %r in %out : (" +
          kernel.result + ", " + kernel.result + ") -> " + kernel.result +
          "\n  return %d : " + kernel.result + "\n}\n";
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return std::nullopt;
  PassManager pm(&context, ModuleOp::getOperationName());
  pm.addPass(createTargetAttach());
  if (tiled) {
    buildKernelsPipeline(pm);
  } else {
    pm.addPass(createConvertNNToLinalg());
    pm.addPass(createCanonicalizerPass());
    buildBufferizePipeline(pm);
  }
  if (failed(parsePassPipeline("plan-memory", pm)))
    return std::nullopt;
  target::buildLLVMPipeline(pm);
  if (failed(pm.run(*module)))
    return std::nullopt;
  llvm::Expected<std::unique_ptr<JIT>> jit = JIT::create(*module);
  if (!jit) {
    llvm::errs() << "error: " << llvm::toString(jit.takeError()) << "\n";
    return std::nullopt;
  }

  // Every buffer is as large as the largest, and aligned: operands, result,
  // state, arena.
  constexpr size_t bytes = 1 << 23;
  unsigned count = kernel.operands.size() + 3;
  std::vector<std::unique_ptr<char[]>> storage;
  SmallVector<void *> arguments;
  for (unsigned i = 0; i < count; ++i) {
    storage.emplace_back(new char[bytes + 64]);
    auto address = reinterpret_cast<uintptr_t>(storage.back().get());
    auto *values = reinterpret_cast<float *>((address + 63) / 64 * 64);
    for (size_t j = 0; j < bytes / sizeof(float); ++j)
      values[j] = static_cast<float>(j % 17) * 0.01f;
    arguments.push_back(values);
  }
  using Clock = std::chrono::steady_clock;
  double best = INFINITY, total = 0;
  for (int round = 0; round < 1000 && total < 0.1; ++round) {
    auto start = Clock::now();
    if (llvm::Error error = (*jit)->run("kernel", arguments)) {
      llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
      return std::nullopt;
    }
    double seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  auto *values = static_cast<float *>(arguments[kernel.operands.size()]);
  result.assign(values, values + bytes / sizeof(float));
  return best;
}

/// Whether two orders of summation agree up to rounding.
static bool agree(const std::vector<float> &a, const std::vector<float> &b) {
  float scale = 0, difference = 0;
  for (auto [x, y] : llvm::zip_equal(a, b)) {
    scale = std::max(scale, std::fabs(x));
    difference = std::max(difference, std::fabs(x - y));
  }
  return difference <= 1e-5f * scale;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  StringRef filter = argc > 1 ? argv[1] : "";
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  MLIRContext context(registry);
  llvm::outs() << "kernel                                      us   GFLOP/s   "
                  "times scalar loops\n";
  for (const Kernel &kernel : allKernels()) {
    if (!StringRef(kernel.name).contains(filter))
      continue;
    std::vector<float> result, expected;
    std::optional<double> tiled =
        measure(kernel, context, /*tiled=*/true, result);
    std::optional<double> scalar =
        measure(kernel, context, /*tiled=*/false, expected);
    if (!tiled || !scalar) {
      llvm::errs() << "error: '" << kernel.name << "' doesn't compile\n";
      return 1;
    }
    if (!agree(result, expected)) {
      llvm::errs() << "error: '" << kernel.name
                   << "' differs from scalar loops\n";
      return 1;
    }
    llvm::outs() << llvm::format(
        "%-38s %8.1f  %8.1f  %8.1f\n", kernel.name.c_str(), *tiled * 1e6,
        2 * kernel.macs / *tiled * 1e-9, *scalar / *tiled);
    llvm::outs().flush();
  }
  return 0;
}
