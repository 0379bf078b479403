"""Compiles a step to LLVM once as it is, and once for each place between two
passes of the train phase or between two phases, with the locations stripped
there. All must give the same code.

strip-between.py MODEL.mlir OPTIONS... [--expect=WORD]... : options are those of
--coppice-phase-train; each word must be in the IR behind some pass.
"""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

PHASES = ["graph", "quant", "train", "schedule", "kernels", "plan", "target"]


def run(args, text):
    done = subprocess.run(["coppice-opt"] + args, input=text, text=True,
                          capture_output=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done


def name_ops(text):
    """Every op of a function is called after its result, as importers do."""
    return re.sub(r"^( +%(\w+) = (?!.*loc\().*)$", r'\1 loc("\2")', text,
                  flags=re.M)


def main(path, arguments):
    options = [word for word in arguments if not word.startswith("--expect=")]
    with open(path) as file:
        model = name_ops(file.read())
    flags = ["--coppice-phase-" + phase for phase in PHASES]
    flags[PHASES.index("train")] += "=" + " ".join(options)
    dumped = run(flags + ["--dump-pass-pipeline", "-o", "/dev/null"], model)
    lines = dumped.stderr.split("\n")
    lines = [line for line in lines if line[:1] in (" ", ")", "b")]
    # Remarks, which quote the module, may follow.
    lines = lines[:lines.index(")") + 1]

    phase, starts, places = "", True, []
    for i, line in enumerate(lines[1:], 1):
        if not re.match(r" +[\w.-]", line):
            continue
        if starts or phase == "train":
            places.append(i)
        starts = "coppice-verify-phase" in line
        if starts:
            done = re.search(r"phase=(\w+)", line)[1]
            phase = PHASES[(PHASES.index(done) + 1) % len(PHASES)]
        elif i == 1:
            phase = PHASES[0]

    def compile(place):
        changed = list(lines)
        if place is not None:
            changed.insert(place, "strip-debuginfo,")
        # Names of values are printed from locations.
        changed[-1] = ",strip-debuginfo)"
        return run(["--pass-pipeline=" + "".join(changed)], model).stdout

    # The model must exercise what could read locations.
    shown = run(flags + ["--mlir-print-ir-after-all", "-o", "/dev/null"],
                model).stderr
    for word in arguments:
        if word.startswith("--expect=") and word[9:] not in shown:
            sys.exit("no pass has made " + word[9:])

    with ThreadPoolExecutor(2) as pool:
        code = list(pool.map(compile, [None] + places))
    for place, changed in zip(places, code[1:]):
        if changed != code[0]:
            sys.exit("locations decide something behind the place before "
                     + lines[place].strip())
    print("same code for", len(places), "places")


main(sys.argv[1], sys.argv[2:])
