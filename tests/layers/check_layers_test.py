#!/usr/bin/env python3
"""The layer check must fail on what the table forbids: it is run on made-up trees."""

import tempfile
import unittest
from pathlib import Path

from check_layers import check_tree

TABLE = """# map

| module | responsibility | may include | alone uses |
|---|---|---|---|
| base | errors | | |
| io | bytes | base | Boost.Iostreams |
| engine | runs | base io | threads |
| ops | verbs | base io engine | |
| cli | program | all | Boost.Program_options |

| module | another table |
|---|---|
| base | not a layer |
"""


class LayerCheck(unittest.TestCase):
    def offences(self, files, table=TABLE):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {"src/README.md": table, **files}.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return check_tree(root)

    def assert_clean(self, files):
        self.assertEqual(self.offences(files), [])

    def assert_offence(self, files, expected, table=TABLE):
        self.assertEqual(self.offences(files, table), [expected])

    def test_what_the_rows_allow_is_clean(self):
        self.assert_clean({
            "include/weightsieve/io/source.hpp": '#pragma once\n#include <vector>\n#include "weightsieve/base/error.hpp"\n',
            "src/io/source.cpp": '#include <sys/stat.h>\n#include <fmt/format.h>\n#include "io/window.hpp"\n'
                                 "#include <boost/iostreams/device/mapped_file.hpp>\n#include <mutex>\n",
            "src/engine/run.cpp": '#include <thread>\n#include "weightsieve/io/source.hpp"\n',
            "src/cli/main.cpp": '#include <boost/program_options.hpp>\n#include "weightsieve/engine/run.hpp"\n',
        })

    def test_a_module_above(self):
        self.assert_offence({"src/io/a.cpp": '\n// why\n#include "weightsieve/engine/run.hpp"\n'},
                            "src/io/a.cpp:3: weightsieve/engine/run.hpp is not in the row of io")

    def test_angle_brackets_and_spaces_hide_nothing(self):
        self.assert_offence({"src/base/a.cpp": "  #  include   <weightsieve/io/source.hpp>\n"},
                            "src/base/a.cpp:1: weightsieve/io/source.hpp is not in the row of base")

    def test_a_private_header_of_another_module(self):
        self.assert_offence({"src/engine/a.cpp": '#include "io/window.hpp"\n'},
                            "src/engine/a.cpp:1: io/window.hpp is a private header of io")

    def test_a_path_around_the_rule(self):
        self.assert_offence(
            {"src/engine/a.cpp": '#include "../io/window.hpp"\n'},
            "src/engine/a.cpp:1: ../io/window.hpp is a path through the tree; name it from include/ or src/")

    def test_a_library_that_another_module_owns(self):
        self.assert_offence(
            {"src/engine/a.cpp": "#include <boost/iostreams/device/mapped_file.hpp>\n"},
            "src/engine/a.cpp:1: boost/iostreams/device/mapped_file.hpp belongs to Boost.Iostreams, which engine may not use")

    def test_threads_outside_the_engine(self):
        self.assert_offence({"src/ops/a.cpp": "#include <thread>\n"},
                            "src/ops/a.cpp:1: thread belongs to threads, which ops may not use")

    def test_a_library_that_nobody_owns(self):
        self.assert_offence({"src/cli/a.cpp": "#include <zstd.h>\n"},
                            "src/cli/a.cpp:1: zstd.h belongs to zstd, which cli may not use")

    def test_intrinsics_outside_the_kernels(self):
        self.assert_offence({"src/io/a.cpp": "#include <immintrin.h>\n"},
                            "src/io/a.cpp:1: immintrin.h belongs to xsimd, which io may not use")

    def test_a_third_party_type_in_a_public_header(self):
        self.assert_offence(
            {"include/weightsieve/base/a.hpp": "#include <fmt/format.h>\n"},
            "include/weightsieve/base/a.hpp:1: fmt/format.h is neither a public header nor one of the standard library")

    def test_a_private_header_in_a_public_one(self):
        self.assert_offence(
            {"include/weightsieve/io/a.hpp": '#include "io/window.hpp"\n'},
            "include/weightsieve/io/a.hpp:1: io/window.hpp is neither a public header nor one of the standard library")

    def test_the_umbrella_inside_the_library(self):
        self.assert_offence({"src/ops/a.cpp": '#include "weightsieve/weightsieve.hpp"\n'},
                            "src/ops/a.cpp:1: weightsieve/weightsieve.hpp is for users of the library")

    def test_a_module_without_a_row(self):
        self.assert_offence({"src/magic/a.cpp": ""}, "src/README.md: module magic has no row")

    def test_a_verb_that_the_umbrella_forgot(self):
        self.assert_offence(
            {"include/weightsieve/ops/prune.hpp": "#pragma once\n",
             "include/weightsieve/weightsieve.hpp": '#include "weightsieve/ops/profile.hpp"\n'},
            "include/weightsieve/weightsieve.hpp: does not include weightsieve/ops/prune.hpp")

    def test_a_table_that_contradicts_itself(self):
        self.assert_offence({}, "src/README.md: threads stands in two rows, engine and ops",
                            TABLE.replace("| base io engine | |", "| base io engine | threads |"))
        self.assert_offence({}, "src/README.md: row io: no module is called bass",
                            TABLE.replace("| bytes | base |", "| bytes | bass |"))

    def test_a_missing_table(self):
        self.assert_offence({}, "src/README.md: no layer table found", "# map\n")


if __name__ == "__main__":
    unittest.main()
