"""Prints every pass that reports an error and that no test expects to fail.

passes-that-fail.py SOURCE TESTS: a pass is a `Pass<"flag"` of a .td file below
SOURCE, and its code the .cpp files that name its generated base class. A greedy
rewrite that does not converge is no error of the input. A test expects the pass
to fail where a RUN line has its flag, and `not` or --verify-diagnostics.
"""
import pathlib
import re
import sys

source, tests = map(pathlib.Path, sys.argv[1:])
ERROR = re.compile(r"\bemit(Op)?Error\(|signalPassFailure\(\)")
# `if (failed(rewriteGreedily(...))) signalPassFailure();`, or rewriteOps
GREEDY = re.compile(r"rewrite(?:Greedily|Ops)\([^;]*?\)\)\)\s*\{?\s*(return )?"
                    r"signalPassFailure\(\);")


def expected_failures():
    flags = set()
    for path in tests.rglob("*"):
        if path.suffix not in (".mlir", ".test") or not path.is_file():
            continue
        text = re.sub(r"\\\n(// )?RUN:", "", path.read_text(errors="replace"))
        defined = dict(re.findall(r"DEFINE: %\{(\w+)\} *= *(.*)", text))
        for line in re.findall(r"RUN:(.*)", text):
            line = re.sub(r"%\{(\w+)\}", lambda m: defined.get(m[1], ""), line)
            if re.search(r"\bnot\b|--verify-diagnostics", line):
                flags.update(re.findall(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", line))
    return flags


expected = expected_failures()
for table in sorted(source.rglob("*.td")):
    for name, flag in re.findall(r'def (\w+)\s*: \w*Pass<"([a-z0-9-]+)"',
                                 table.read_text()):
        for code in sorted(table.parent.glob("*.cpp")):
            text = code.read_text()
            if not re.search(rf"\b{name}Base\b", text):
                continue
            if ERROR.search(GREEDY.sub("", text)) and flag not in expected:
                print(f"--{flag} of {code.relative_to(source)} can fail, and no "
                      "test expects it")
