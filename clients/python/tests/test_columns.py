import unittest

import numpy as np

from vectorsearch import columns, messages, wire

POINTS = messages.points


class IdsTest(unittest.TestCase):
    def test_a_uint64_array_is_sent_as_it_lies(self):
        numbers = np.array([3, 2**64 - 1], dtype=np.uint64)
        self.assertIs(columns.Ids(numbers).numbers, numbers)

    def test_numbers_and_strings_arrive_as_protobuf_reads_them(self):
        for ids in ([0, 5, 2**64 - 1], ["a", "七人の侍"], []):
            data = b"".join(columns.Ids(ids).parts(3))
            column = POINTS.UpsertRequest.FromString(data).ids
            self.assertEqual(list(column.numbers) + list(column.strings), ids)

    def test_what_is_no_id_is_refused(self):
        for ids, fault in [([-1], ValueError), ([2**64], ValueError), ([1, "a"], TypeError), ([1.5], TypeError),
                           ([True], TypeError), (np.array([-1]), ValueError), (np.array([[1]]), ValueError)]:
            with self.assertRaises(fault):
                columns.Ids(ids)


class MatrixTest(unittest.TestCase):
    def test_a_contiguous_float32_array_is_not_copied(self):
        rows = np.ones((4, 3), dtype=np.float32)
        self.assertTrue(np.shares_memory(columns.matrix(rows), rows))
        parts = columns.matrix_parts(4, rows)
        self.assertTrue(any(isinstance(part, memoryview) and np.shares_memory(np.frombuffer(part, "<f4"), rows) for part in parts))

    def test_other_arrays_arrive_with_the_same_numbers(self):
        for vectors in ([1.5, -2], np.arange(6, dtype=np.float64).reshape(2, 3), np.arange(6, dtype=np.float32).reshape(2, 3).T):
            message = POINTS.UpsertRequest.FromString(b"".join(columns.matrix_parts(4, columns.matrix(vectors))))
            expected = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
            self.assertEqual((message.vectors.rows, message.vectors.dim), expected.shape)
            np.testing.assert_array_equal(np.frombuffer(message.vectors.data, "<f4").reshape(expected.shape), expected)

    def test_an_array_of_three_dimensions_is_refused(self):
        with self.assertRaisesRegex(ValueError, "3 dimensions"):
            columns.matrix(np.zeros((2, 2, 2)))


class ReplyTest(unittest.TestCase):
    def reply(self):
        return messages.queries.QueryReply(
            context=messages.common.ReplyContext(space_id="client:a@1", lsn=9), counts=[2, 0, 1],
            ids=messages.common.IdColumn(numbers=[5, 6, 2**63]), scores=[0.5, 0.25, -1],
            vectors=messages.common.Matrix(data=np.arange(6, dtype="<f4").tobytes(), type=1, dim=2, rows=3))

    def check(self, data):
        read = columns.read(data, messages.queries.QueryReply)
        np.testing.assert_array_equal(read.ids.values, np.array([5, 6, 2**63], dtype=np.uint64))
        np.testing.assert_array_equal(read.scores, np.array([0.5, 0.25, -1], dtype=np.float32))
        np.testing.assert_array_equal(read.vectors, np.arange(6, dtype=np.float32).reshape(3, 2))
        self.assertEqual(read.message.context.lsn, 9)
        self.assertEqual(list(read.message.counts), [2, 0, 1])
        return read

    def test_columns_are_views_of_the_received_bytes(self):
        data = self.reply().SerializeToString()
        received = np.frombuffer(data, dtype=np.uint8)
        read = self.check(data)
        for array in (read.ids.values, read.scores, read.vectors):
            self.assertTrue(np.shares_memory(array, received))

    def test_a_column_in_another_encoding_is_read_alike(self):
        whole = self.reply()
        scores = list(whole.scores)
        del whole.scores[:]
        unpacked = b"".join(wire.varint(4 << 3 | wire.FIXED32) + np.float32(score).tobytes() for score in scores)
        self.check(whole.SerializeToString() + unpacked)

        first, second = messages.queries.QueryReply(scores=scores[:2]), messages.queries.QueryReply(scores=scores[2:])
        self.check(whole.SerializeToString() + first.SerializeToString() + second.SerializeToString())

    def test_string_ids_and_an_empty_reply(self):
        reply = messages.queries.QueryReply(counts=[1], ids=messages.common.IdColumn(strings=["ß"]), scores=[1])
        self.assertEqual(columns.read(reply.SerializeToString(), messages.queries.QueryReply).ids.values, ["ß"])
        empty = columns.read(b"", messages.queries.QueryReply)
        self.assertEqual((len(empty.ids), len(empty.scores), empty.vectors), (0, 0, None))

    def test_a_damaged_reply_is_an_error(self):
        data = self.reply().SerializeToString()
        with self.assertRaises(ValueError):
            columns.read(data[:-3], messages.queries.QueryReply)


if __name__ == "__main__":
    unittest.main()
