# Configuration of the lit tests. Tests that need something that this machine
# lacks are reported as unsupported; see `available_features`.
import os
import shutil
import subprocess
import tempfile

import lit.formats

config.name = "Coppice"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test", ".onnxtxt"]
config.excludes = ["CMakeLists.txt", "Inputs", "lit.cfg.py", "lit.site.cfg.py.in"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.coppice_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join([
    os.path.join(config.coppice_binary_dir, "bin"), config.llvm_tools_dir,
    os.environ["PATH"]])

# Real models and data: COPPICE_SHARED, or a folder `shared` beside the project.
shared = os.environ.get("COPPICE_SHARED") or os.path.join(
    config.coppice_source_dir, "..", "shared")
if os.path.isdir(os.path.join(shared, "models")):
    config.available_features.add("shared")
config.substitutions.append(("%shared", os.path.abspath(shared)))

def provide(feature, available, package):
    """Adds a feature that `make check` installs a package for, or names both."""
    if available:
        config.available_features.add(feature)
    else:
        lit_config.note("no feature '%s': tests that require it are unsupported; "
                        "`make check` installs %s" % (feature, package))


# ONNX's backend tests.
conformance = "/usr/share/libonnx-testdata/data"
provide("onnx-testdata", os.path.isdir(conformance), "libonnx-testdata")
config.substitutions.append(("%onnx_testdata", conformance))


def runs_sanitized():
    """Whether a program with the sanitizers of C tests links and runs."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = (os.path.join(folder, n) for n in ("main.c", "main"))
        with open(source, "w") as file:
            file.write("int main(void) { return 0; }\n")
        build = [config.c_compiler, "-fsanitize=address,undefined", source, "-o", program]
        try:
            return all(subprocess.run(command, capture_output=True).returncode == 0
                       for command in (build, [program]))
        except OSError:
            return False


provide("asan-runtime", runs_sanitized(), "libclang-rt-22-dev")

# A second compiler for code that users compile with theirs.
provide("gnu-compilers", all(map(shutil.which, ("gcc", "g++"))), "g++")

config.substitutions.append(("%source_dir", config.coppice_source_dir))
config.substitutions.append(("%binary_dir", config.coppice_binary_dir))
config.substitutions.append(("%cc", config.c_compiler))
