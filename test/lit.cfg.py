# Configuration of the lit tests. Tests that need something that this machine
# lacks are reported as unsupported; see `available_features`.
import os
import shutil

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

# ONNX's backend tests, from Debian's libonnx-testdata.
conformance = "/usr/share/libonnx-testdata/data"
if os.path.isdir(conformance):
    config.available_features.add("onnx-testdata")
config.substitutions.append(("%onnx_testdata", conformance))

config.substitutions.append(("%source_dir", config.coppice_source_dir))
config.substitutions.append(("%binary_dir", config.coppice_binary_dir))
config.substitutions.append(("%cc", config.c_compiler))
