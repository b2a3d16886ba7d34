"""Runs what docs/api.md shows in Python, in the order in which it stands; needs the server at TEST_SERVER."""

from __future__ import annotations

import os
import pathlib
import re
import unittest
import uuid

import vectorsearch as vs

_ROOT = pathlib.Path(__file__).resolve().parents[3]
_MODEL = _ROOT / "clients" / "conformance" / "models" / "first.vsmodel"


@unittest.skipUnless("TEST_SERVER" in os.environ, "needs a server; clients/run.sh starts one")
class DocumentedExamplesTest(unittest.TestCase):
    def test_every_example_runs(self):
        document = (_ROOT / "docs" / "api.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
        self.assertGreater(len(blocks), 8)
        # The tests of one server share it, so each name of the document gets an end of its own.
        end = uuid.uuid4().hex[:8]
        names: dict = {}
        for block in blocks:
            block = block.replace("127.0.0.1:6410", os.environ["TEST_SERVER"]).replace("films.vsmodel", str(_MODEL))
            exec(re.sub(r'"(films|rated|current)"', rf'"\1-{end}"', block), names)

        names["films"].upsert([1, 2], [[1, 0], [0, 1]], payloads=[{"genre": "drama"}, {"genre": "noir"}])
        names["vectors"] = [[1, 0]]
        parts = re.findall(r'^\| [^|]+ \| `".*` \| `(.*)` \|$', document, re.MULTILINE)
        self.assertEqual(len(parts), 10)
        for part in parts:
            query = part if part.startswith("films.") else f"films.query(ids=[1], {part})"
            with self.subTest(query):
                if "features" in query or "histories" in query:
                    with self.assertRaises(vs.FailedPrecondition):  # the collection has no model
                        eval(query, names)
                else:
                    self.assertEqual(len(eval(query, names)), 2 if "[1, 2])" in query else 1)
        names["client"].close()


if __name__ == "__main__":
    unittest.main()
