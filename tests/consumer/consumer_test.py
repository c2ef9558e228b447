#!/usr/bin/env python3
"""Installs the build into a scratch prefix and builds the example against it with find_package alone.

Usage: consumer_test.py BUILD_FOLDER CMAKE GENERATOR COMPILER. Everything it makes is in a temporary folder.
"""

import json
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, CMAKE, GENERATOR, COMPILER = sys.argv[1:5]
EXAMPLE = Path(__file__).resolve().parent / "example"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def write_checkpoint(path):
    header = json.dumps({"ones": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<4f", 1, 1, 1, 1))


class InstalledConsumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.scratch = Path(cls.folder.name)
        cls.prefix = cls.scratch / "prefix"
        steps = [
            (CMAKE, "--install", BUILD, "--prefix", cls.prefix),
            (CMAKE, "-G", GENERATOR, "-S", EXAMPLE, "-B", cls.scratch / "build",
             f"-DCMAKE_PREFIX_PATH={cls.prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DCMAKE_BUILD_TYPE=Release"),
            (CMAKE, "--build", cls.scratch / "build"),
        ]
        for step in steps:
            done = run(*step)
            if done.returncode != 0:
                raise AssertionError(f"{step}\n{done.stdout}{done.stderr}")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_example_profiles_a_checkpoint(self):
        write_checkpoint(self.scratch / "model.safetensors")
        done = run(self.scratch / "build/example", self.scratch / "model.safetensors")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ones: mean 1\n", ""))

    def test_the_example_reports_an_error(self):
        done = run(self.scratch / "build/example", self.scratch / "absent.safetensors")
        self.assertEqual((done.returncode, done.stdout), (6, ""))
        self.assertIn("absent.safetensors", done.stderr)

    def test_every_public_header_compiles_alone(self):
        headers = sorted((self.prefix / "include/weightsieve").rglob("*.hpp"))
        self.assertTrue(headers)
        for header in headers:
            with self.subTest(header=header.name):
                done = run(COMPILER, "-std=c++20", "-fsyntax-only", f"-I{self.prefix}/include",
                           "-include", header, "-x", "c++", "/dev/null")
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
