#!/usr/bin/env python3
"""Checks every #include of a source tree against the layer table of its src/README.md.

Usage: check_layers.py ROOT. Prints one line an offence and exits 1 when there is one.
"""

import re
import sys
from pathlib import Path

# What the last column of the table calls a library, and the includes that mean it is used.
LIBRARIES = {
    "Boost.Iostreams": r"boost/iostreams(/|\.hpp)",
    "Boost.Program_options": r"boost/program_options(/|\.hpp)",
    "OpenSSL": r"openssl/",
    "xsimd": r"xsimd/|(arm_neon|x86intrin|[a-z]*mmintrin|immintrin)\.h$",
    "threads": r"(thread|future|condition_variable|semaphore|barrier|latch|stop_token|execution|pthread\.h|omp\.h)$",
    "gnuplot-iostream": r"gnuplot-iostream\.h",
    "zstd": r"zstd(_errors)?\.h$",
    "xxHash": r"(xxhash|xxh3|xxh_x86dispatch)\.h$",
    "zlib": r"zlib\.h$",
    "MPI": r"mpi\.h",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
STANDARD_HEADER = re.compile(r"[a-z0-9_]+$")


class Row:
    def __init__(self, cells):
        self.module, _, allowed, alone = cells
        self.may_include = set(allowed.split())
        self.alone_uses = {name.strip() for name in alone.split(",") if name.strip()}


def read_table(readme):
    """The rows of the first table whose first column is headed `module`."""
    rows = {}
    inside = False
    for line in readme.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            if inside:
                break
        elif cells[0] == "module":
            inside = True
        elif inside and not cells[0].startswith("--"):
            rows[cells[0]] = Row(cells)
    return rows


def check_table(rows):
    owners = {}
    for row in rows.values():
        for name in row.may_include - rows.keys() - {"all"}:
            yield f"src/README.md: row {row.module}: no module is called {name}"
        for library in row.alone_uses:
            if library not in LIBRARIES:
                yield f"src/README.md: row {row.module}: check_layers.py does not know {library}"
            if library in owners:
                yield f"src/README.md: {library} stands in two rows, {owners[library]} and {row.module}"
            owners[library] = row.module


def module_included(target, rows):
    """The module that an include path names, or None; and whether it is one of its public headers."""
    parts = target.split("/")
    if parts[0] == "weightsieve" and len(parts) > 2:
        return parts[1], True
    if len(parts) > 1 and parts[0] in rows:
        return parts[0], False
    return None, False


def check_include(row, target, public_header, rows):
    """Why module `row` may not include `target`, or None."""
    module, public = module_included(target, rows)
    if target == "weightsieve/weightsieve.hpp":
        return "is for users of the library"
    if target.startswith("."):
        return "is a path through the tree; name it from include/ or src/"
    if module and not public and module != row.module:
        return f"is a private header of {module}"
    if module and module != row.module and not row.may_include & {module, "all"}:
        return f"is not in the row of {row.module}"
    for library, pattern in LIBRARIES.items():
        if re.match(pattern, target) and library not in row.alone_uses:
            return f"belongs to {library}, which {row.module} may not use"
    if public_header and not public and not STANDARD_HEADER.match(target):
        return "is neither a public header nor one of the standard library"
    return None


def check_file(root, path, row, rows):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        target = match.group(1) or match.group(2)
        reason = check_include(row, target, name.startswith("include/"), rows)
        if reason:
            line = text.count("\n", 0, match.start(match.lastindex)) + 1
            yield f"{name}:{line}: {target} {reason}"


def check_umbrella(root):
    umbrella = root / "include/weightsieve/weightsieve.hpp"
    text = umbrella.read_text(encoding="utf-8") if umbrella.exists() else ""
    for module in ("ops", "report"):
        for header in sorted((root / "include/weightsieve" / module).glob("*.hpp")):
            if f'"weightsieve/{module}/{header.name}"' not in text:
                yield f"include/weightsieve/weightsieve.hpp: does not include weightsieve/{module}/{header.name}"


def source_files(root):
    """Every source file with the name of its module: include/weightsieve/<m>/… and src/<m>/…"""
    for base in (root / "include/weightsieve", root / "src"):
        for path in sorted(base.glob("*/**/*")):
            if path.suffix in (".hpp", ".cpp", ".h", ".inc"):
                yield path.relative_to(base).parts[0], path


def check_tree(root):
    """Every offence against the layer table under `root`, one line each."""
    rows = read_table(root / "src/README.md")
    offences = [] if rows else ["src/README.md: no layer table found"]
    offences += check_table(rows)
    seen = set()
    for module, path in source_files(root):
        seen.add(module)
        if module in rows:
            offences += check_file(root, path, rows[module], rows)
    offences += [f"src/README.md: module {name} has no row" for name in sorted(seen - rows.keys())]
    offences += check_umbrella(root)
    return offences


if __name__ == "__main__":
    found = check_tree(Path(sys.argv[1]).resolve())
    print("\n".join(found) or "every include is in its module's row")
    sys.exit(1 if found else 0)
