#!/usr/bin/env python3
"""clang-tidy over every source file of a configured build that is not known to be clean.

Usage: scripts/tidy.py [BUILD_FOLDER] [--since REVISION]
  BUILD_FOLDER  default: build; its compile_commands.json is read
  --since       only what changed since then: sources, and each header in one of the sources that include it, as
                the build found (it has to be done)

A file is known to be clean when the same preprocessed text passed the same checks before, as ccache knows what
was compiled; the marks are empty files in the user's cache folder. So a second run, in any clone, looks only at
what changed, headers included. Prints what clang-tidy found and exits 1 when it found something.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARKS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weightsieve/tidy"
# Options of g++ that clang does not know are none of a file's faults.
GCC_ONLY = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-unused-command-line-argument"]
TIDY = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")


def words_of(entry):
    return [word for word in shlex.split(entry["command"]) if Path(word).name != "ccache"]


def object_of(entry):
    words = words_of(entry)
    return words[words.index("-o") + 1]


def preprocessed(entry):
    """What the compiler would see, comments included (they may hold NOLINT)."""
    words = words_of(entry)
    command = words[: words.index("-o")] + ["-E", "-C", entry["file"]]
    return subprocess.run(command, cwd=entry["directory"], capture_output=True, check=True).stdout


def mark_of(text):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout)
    digest.update(text.replace(os.fsencode(ROOT), b""))
    return MARKS / digest.hexdigest()


def changed_since(revision):
    """The files that differ from `revision`."""
    command = ["git", "-C", str(ROOT), "diff", "--name-only", "-z", revision, "--"]
    names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    return {ROOT / name for name in names if name.endswith((".cpp", ".hpp"))}


def included_in(build):
    """By object file of the build: all that was read to compile it."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, check=True, text=True).stdout
    included = {}
    for line in listed.splitlines():
        if line.startswith(" "):
            files.add(Path(os.path.normpath(build / line.strip())))
        elif ": #deps" in line:
            files = included.setdefault(line.split(":")[0], set())
    return included


def choose(entries, build, changed):
    """The entries of changed sources, and of as few others as changed headers need to be seen."""
    included = included_in(build)
    read_by = {entry["file"]: included.get(object_of(entry), set()) for entry in entries}
    chosen = [entry for entry in entries if Path(entry["file"]) in changed]
    unseen = {path for path in changed if path.suffix == ".hpp"}.difference(*(read_by[entry["file"]] for entry in chosen))
    while unseen:
        entry = max(entries, key=lambda each: len(unseen & read_by[each["file"]]))
        seen = unseen & read_by[entry["file"]]
        if not seen:
            break  # of what was deleted, or is included by nothing
        chosen.append(entry)
        unseen -= seen
    return chosen


def check(entry, build):
    """What clang-tidy has to say of one file; empty when it is clean."""
    mark = mark_of(preprocessed(entry))
    if mark.exists():
        return ""
    command = [TIDY, "--quiet", *GCC_ONLY, "-p", build, entry["file"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        mark.touch()
        return ""
    return done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", default=ROOT / "build", type=Path)
    parser.add_argument("--since", metavar="REVISION")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    entries = json.loads((build / "compile_commands.json").read_text())
    if arguments.since:
        entries = choose(entries, build, changed_since(arguments.since))
    MARKS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        complaints = [text for text in pool.map(lambda entry: check(entry, build), entries) if text]
    print("\n".join(complaints) or f"clang-tidy: nothing to complain of in {len(entries)} files")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
