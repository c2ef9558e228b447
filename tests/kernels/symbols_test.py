"""The object of an instruction set defines no function that another object could be linked with.

An inline function of a shared header that such an object defines would be kept in its version by the linker and
run on machines without its instructions. Usage: symbols_test.py NM OBJECT...
"""

import pathlib
import re
import subprocess
import sys

TABLE = {"isa_sse2": "kSse2Table", "isa_avx2": "kAvx2Table", "isa_avx512bw": "kAvx512bwTable",
         "pack_avx2": "kAvx2PackTable"}
GLOBAL_CODE = "TWiu"


def leaked_functions(nm, path, isa):
    listing = subprocess.run([nm, "-C", "--defined-only", path], check=True, capture_output=True, text=True)
    symbols = [re.fullmatch(r"[0-9a-fA-F]*\s+(\S) (.*)", line).groups() for line in listing.stdout.splitlines()]
    own = "xsimd_" + isa.removeprefix("isa_") + "::"
    leaked = [name for kind, name in symbols if kind in GLOBAL_CODE and own not in name]
    if not any(name.endswith("::" + TABLE[isa]) for _, name in symbols):
        leaked.append(f"no {TABLE[isa]} defined: is this the right object?")
    return leaked


def main():
    nm, *objects = sys.argv[1:]
    checked = failed = 0
    for path in objects:
        isa = pathlib.Path(path).name.split(".")[0]
        if isa not in TABLE:
            continue
        checked += 1
        for name in leaked_functions(nm, path, isa):
            failed += 1
            print(f"{path}: {name}")
    print(f"{checked} objects looked at, {failed} functions escape them")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
