#!/usr/bin/env python3
"""clang-tidy over every source file of a configured build that is not known to be clean.

Usage: scripts/tidy.py [BUILD_FOLDER]     (default: build; its compile_commands.json is read)

A file is known to be clean when the same preprocessed text passed the same checks before, as ccache knows what
was compiled; the marks are empty files in the user's cache folder. So a second run, in any clone, looks only at
what changed, headers included. Prints what clang-tidy found and exits 1 when it found something.
"""

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
TIDY = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")


def preprocessed(entry):
    """What the compiler would see, comments included (they may hold NOLINT)."""
    words = [word for word in shlex.split(entry["command"]) if Path(word).name != "ccache"]
    command = words[: words.index("-o")] + ["-E", "-C", entry["file"]]
    return subprocess.run(command, cwd=entry["directory"], capture_output=True, check=True).stdout


def mark_of(entry):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout)
    digest.update(preprocessed(entry).replace(os.fsencode(ROOT), b""))
    return MARKS / digest.hexdigest()


def check(entry, build):
    """What clang-tidy has to say of one file; empty when it is clean."""
    mark = mark_of(entry)
    if mark.exists():
        return ""
    command = [TIDY, "--quiet", "--extra-arg=-Wno-unknown-warning-option", "-p", build, entry["file"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        mark.touch()
        return ""
    return done.stdout + done.stderr


def main(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    MARKS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        complaints = [text for text in pool.map(lambda entry: check(entry, build), entries) if text]
    print("\n".join(complaints) or f"clang-tidy: {len(entries)} files are clean")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()))
