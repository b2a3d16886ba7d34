import datetime
import unittest

import numpy as np

from vectorsearch import GeoPoint, payload


class PayloadTest(unittest.TestCase):
    def test_every_kind_comes_back_as_it_went(self):
        seen = datetime.datetime(1985, 6, 1, 12, 30, 0, 123456, tzinfo=datetime.timezone.utc)
        fields = {"null": None, "yes": True, "least": -(2**63), "most": 2**63 - 1, "number": 4.0, "text": "乱", "raw": b"\x00\xff",
                  "list": [1, "a", [], [None]], "geo": GeoPoint(35.25, 138.75), "seen": seen, "early": seen.replace(year=1)}
        back = payload.read(payload.write(fields))
        self.assertEqual(back, fields)
        for name, value in fields.items():
            self.assertIs(type(back[name]), type(value), name)

    def test_numpy_scalars_keep_their_kind(self):
        back = payload.read(payload.write({"i": np.int64(2**53 + 1), "f": np.float32(0.5), "b": np.bool_(True)}))
        self.assertEqual(back, {"i": 2**53 + 1, "f": 0.5, "b": True})
        self.assertIs(type(back["i"]), int)

    def test_what_has_no_form_is_refused_by_name(self):
        for value in (object(), {"a": 1}, 2**63, datetime.datetime(2020, 1, 1)):
            with self.assertRaisesRegex((TypeError, ValueError), "'when'"):
                payload.write({"when": value})


if __name__ == "__main__":
    unittest.main()
