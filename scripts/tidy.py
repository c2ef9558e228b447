#!/usr/bin/env python3
"""clang-tidy over every source file of a configured build that is not known to be clean.

Usage: scripts/tidy.py [BUILD_FOLDER] [--since REVISION]
  BUILD_FOLDER  default: build; its compile_commands.json is read
  --since       only files that changed since then, or that include a header which did

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


def preprocessed(entry):
    """What the compiler would see, comments included (they may hold NOLINT)."""
    words = [word for word in shlex.split(entry["command"]) if Path(word).name != "ccache"]
    command = words[: words.index("-o")] + ["-E", "-C", entry["file"]]
    return subprocess.run(command, cwd=entry["directory"], capture_output=True, check=True).stdout


def mark_of(text):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout)
    digest.update(text.replace(os.fsencode(ROOT), b""))
    return MARKS / digest.hexdigest()


def changed_since(revision):
    """Names of the files that differ from `revision`, as line markers of preprocessed text end."""
    command = ["git", "-C", str(ROOT), "diff", "--name-only", "-z", revision, "--"]
    names = subprocess.run(command, capture_output=True, check=True).stdout.split(b"\0")
    return [b"/" + name + b'"' for name in names if name.endswith((b".cpp", b".hpp"))]


def check(entry, build, changed):
    """What clang-tidy has to say of one file; empty when it is clean, or includes nothing of `changed`."""
    text = preprocessed(entry)
    if changed is not None and not any(name in text for name in changed):
        return ""
    mark = mark_of(text)
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
    changed = changed_since(arguments.since) if arguments.since else None
    entries = json.loads((build / "compile_commands.json").read_text())
    MARKS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        complaints = [text for text in pool.map(lambda entry: check(entry, build, changed), entries) if text]
    print("\n".join(complaints) or f"clang-tidy: nothing to complain of in {len(entries)} files")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
