# Two commands: `make demo` and `make check`. Everything else is CMake's; see
# CMakePresets.json for the debug and sanitizer builds.

PRESET ?= release
BUILD  := build/$(PRESET)
# Left empty, ninja uses every core.
JOBS   ?=
NINJA  := ninja -C $(BUILD) $(if $(JOBS),-j$(JOBS))

# Packages for the build on a bare Debian 12. LLVM 22 is in Debian's security
# archive; llvm-22-dev brings lit and FileCheck.
PACKAGES := clang-22 lld-22 libmlir-22-dev mlir-22-tools llvm-22-dev \
            llvm-22-tools libonnx-dev libprotobuf-dev protobuf-compiler cmake \
            ninja-build libzstd-dev zlib1g-dev
# Further packages for the tests: sanitizer runtime, ONNX's node tests, and the
# compiler that many users compile the libraries' headers with. Each package has
# a feature in test/lit.cfg.py, and without it the tests that require the feature
# are unsupported.
TEST_PACKAGES := libclang-rt-22-dev libonnx-testdata g++

.PHONY: build check demo deps deps-test docs format format-check format-tool help

build: $(BUILD)/build.ninja ## Build everything
	@$(NINJA)

# Configures once; afterwards ninja runs cmake.
$(BUILD)/build.ninja: | deps
	@cmake --preset $(PRESET)

demo: build ## Train a small network on generated glyphs
	@examples/glyphs/demo $(BUILD)

check: deps-test build ## Build, then run every test; ends with the counts
	@test/run-all $(BUILD)

deps: ## Install the Debian packages that the build lacks
	@cmake/install-packages $(PACKAGES)

deps-test: ## Install those that the tests lack; MINIMAL=1 leaves them out
	@$(if $(MINIMAL),true,cmake/install-packages $(TEST_PACKAGES))

docs: $(BUILD)/build.ninja ## Reference of dialects and passes, from TableGen
	@$(NINJA) docs
	@echo "Reference written to $(BUILD)/docs"

# The two targets below need it.
format-tool:
	@cmake/install-packages clang-format-22

SOURCES = $(shell git ls-files --cached --others --exclude-standard \
            '*.c' '*.cpp' '*.h')

format: format-tool ## Format the sources in place
	@clang-format-22 -i $(SOURCES)

format-check: format-tool ## Fail if a source file is not as clang-format leaves it
	@clang-format-22 --dry-run --Werror $(SOURCES)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' Makefile
