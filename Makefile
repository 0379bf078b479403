# Two commands: `make demo` and `make check`. Everything else is CMake's; see
# CMakePresets.json for the debug and sanitizer builds.

PRESET ?= release
BUILD  := build/$(PRESET)
# Left empty, ninja uses every core.
JOBS   ?=
NINJA  := ninja -C $(BUILD) $(if $(JOBS),-j$(JOBS))

# What a bare Debian 12 lacks. LLVM 22 is in Debian's security archive.
PACKAGES := clang-22 lld-22 libmlir-22-dev mlir-22-tools llvm-22-dev \
            llvm-22-tools libonnx-dev libonnx-testdata libprotobuf-dev \
            protobuf-compiler cmake ninja-build libzstd-dev zlib1g-dev

.PHONY: build check demo deps docs format format-check format-tool help

build: $(BUILD)/build.ninja ## Build everything
	@$(NINJA)

# Configured once; afterwards ninja runs cmake by itself.
$(BUILD)/build.ninja: | deps
	@cmake --preset $(PRESET)

demo: build ## Train a small network on generated glyphs
	@examples/glyphs/demo $(BUILD)

check: build ## Build, then run every test; ends with the counts
	@test/run-all $(BUILD)

deps: ## Install the Debian packages that are missing
	@cmake/install-packages $(PACKAGES)

docs: $(BUILD)/build.ninja ## Reference of dialects and passes, from TableGen
	@$(NINJA) docs
	@echo "Reference written to $(BUILD)/docs"

# Only these two targets need it.
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
