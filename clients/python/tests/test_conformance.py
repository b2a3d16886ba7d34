"""Runs clients/conformance/cases.json against the server at TEST_SERVER; clients/run.sh starts one."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import unittest
import uuid

import numpy as np

import vectorsearch

CASES = pathlib.Path(__file__).resolve().parents[2] / "conformance" / "cases.json"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def pattern(rows, dim, first):
    i = np.arange(first, first + rows, dtype=np.int64)[:, None]
    j = np.arange(dim, dtype=np.int64)[None, :]
    return (((7919 * i + 104729 * j + 31 * i * i * (j + 1)) % 2003 - 1001) / 1001).astype(np.float32)


def vectors_of(value):
    return pattern(**value["pattern"]) if isinstance(value, dict) else np.array(value, dtype=np.float32)


def ids_of(value, kind):
    if isinstance(value, dict):
        return np.arange(value["from"], value["from"] + value["count"], dtype=np.uint64)
    return [str(one) for one in value] if kind == "string" else [int(one) for one in value]


def payload_value(value):
    (kind, content), = value.items()
    return {
        "integer": int, "binary": bytes.fromhex, "list": lambda items: [payload_value(item) for item in items],
        "number": float, "geo": lambda place: vectorsearch.GeoPoint(*place),
        "datetime": lambda micros: EPOCH + datetime.timedelta(microseconds=int(micros)),
    }.get(kind, lambda same: same)(content)


def payloads_of(value):
    return None if value is None else [{name: payload_value(one) for name, one in payload.items()} for payload in value]


class Conformer:
    """Does the steps of one case and keeps what the collections' points need between them."""

    def __init__(self, test, client, prefix):
        self.test, self.client, self.prefix = test, client, prefix
        self.kinds, self.points, self.kept = {}, {}, {}

    def run(self, step):
        error = step.get("error")
        if error is None:
            self.check(step.get("expect", {}), getattr(self, step["do"])(step), step)
            return
        with self.test.assertRaises(vectorsearch.VectorSearchError) as caught:
            getattr(self, step["do"])(step)
        self.test.assertEqual(caught.exception.code.name, error["code"], caught.exception)
        for mention in error["mentions"]:
            self.test.assertIn(mention, str(caught.exception))

    def name(self, step):
        return self.prefix + step["collection"]

    def of(self, step):
        name = self.name(step)
        if step.get("fresh") or "space" in step:
            return self.client.points(name, space_id=step.get("space", ""))
        return self.points.setdefault(name, self.client.points(name))

    def ids(self, step):
        return ids_of(step["ids"], step.get("id_kind", self.kinds.get(self.name(step), "number")))

    def describe_all(self, collection):
        return {"dimension": collection.dimension, "metric": collection.metric, "id_kind": collection.id_kind,
                "space": collection.space_id, "points": collection.points}

    def create(self, step):
        self.kinds.setdefault(self.name(step), step["id_kind"])
        return self.describe_all(self.client.collections.create(
            self.name(step), dimension=step["dimension"], metric=step["metric"], id_kind=step["id_kind"],
            space_id=step["space"], hnsw=step.get("hnsw"), index=step.get("index", "hnsw"),
            model=step.get("model", ""), question=step.get("question", "")))

    def describe(self, step):
        return self.describe_all(self.client.collections.get(self.name(step)))

    def list(self, step):
        names = [collection.name for collection in self.client.collections.list()]
        return {"collections": [name[len(self.prefix):] for name in names if name.startswith(self.prefix)]}

    def drop(self, step):
        self.client.collections.delete(self.name(step))
        return {}

    def put_model(self, step):
        return {"digest": self.client.models.put(CASES.parent / "models" / step["file"]).digest}

    def encode(self, step):
        self.kept[step["keep"]], space = self.client.models.encode(self.name(step), [vectorsearch.history(step["items"])])
        return {"space": space}

    def rebuild(self, step):
        return self.client.generations.rebuild(self.name(step), model=step["model"], decision=step["decision"])._asdict()

    def generations(self, step):
        states = vectorsearch.messages.generations.Generation.State
        return {"generations": [[one.number, states.Name(one.state).replace("STATE_", "").lower()]
                                for one in self.client.generations.list(self.name(step))]}

    def promote(self, step):
        return {"generation": self.client.generations.promote(self.name(step), step["number"]).number}

    def rollback(self, step):
        return {"generation": self.client.generations.rollback(self.name(step)).number}

    def retire(self, step):
        return {"generation": self.client.generations.retire(self.name(step), step["number"]).number}

    def bridge(self, step):
        return {"enabled": self.client.generations.update_bridge(self.name(step), step["enabled"]).enabled}

    def upsert(self, step):
        if "histories_of" in step:
            ids = self.ids(step)
            return {"upserted": self.of(step).upsert(ids, features=[vectorsearch.history([str(one)]) for one in ids])}
        return {"upserted": self.of(step).upsert(self.ids(step), vectors_of(step["vectors"]), payloads=payloads_of(step.get("payloads")))}

    def get(self, step):
        found = self.of(step).get(self.ids(step), with_payload=step.get("with_payload", False),
                                  with_vectors=step.get("with_vectors", False), skip_missing=step.get("skip_missing", False))
        return {"ids": list(found.ids), "vectors": found.vectors, "payloads": found.payloads}

    def scroll(self, step):
        pages = self.of(step).scroll(with_payload=step.get("with_payload", False), with_vectors=step.get("with_vectors", False),
                                     page_size=step["page_size"], filter=step.get("filter"))
        points = [(page.ids[i], None if page.vectors is None else page.vectors[i], page.payloads and page.payloads[i])
                  for page in pages for i in range(len(page.ids))]
        ids, vectors, payloads = zip(*sorted(points, key=lambda point: point[0])) if points else ((), (), ())
        return {"ids": list(ids), "vectors": list(vectors), "payloads": list(payloads)}

    def which(self, step):
        return {"filter": step["filter"]} if "filter" in step else {"ids": self.ids(step)}

    def delete(self, step):
        return {"deleted": self.of(step).delete(**self.which(step))}

    def count(self, step):
        return {"points": self.of(step).count(filter=step.get("filter"))}

    def update_payload(self, step):
        change = {name: payloads_of([step[name]])[0] for name in ("set", "replace") if name in step}
        change.update({"remove": step["remove"]} if "remove" in step else {})
        return {"updated": self.of(step).update_payload(**self.which(step), **change)}

    def facet(self, step):
        return {"facet": self.of(step).facet(step["field"], limit=step.get("limit", 0), filter=step.get("filter"))}

    def alias(self, step):
        self.client.collections.set_aliases({self.prefix + step["alias"]: self.name(step)})
        return {}

    def unalias(self, step):
        self.client.collections.remove_alias(self.prefix + step["alias"])
        return {}

    def ingest(self, step):
        ids, vectors, size = self.ids(step), vectors_of(step["vectors"]), step["batch"]
        with self.of(step).ingest() as stream:
            for first in range(0, len(ids), size):
                stream.write(ids[first:first + size], vectors[first:first + size])
        return {"rows": stream.rows, "refused": len(stream.refused)}

    def parts(self, step):
        parts = {name: step[name] for name in ("filter", "score_threshold", "fusion", "limit", "ef", "exact", "target_recall",
                                               "with_payload", "with_vectors") if name in step}
        parts.update({name: tuple(step[name]) for name in ("group", "diversify") if name in step})
        if "examples" in step:
            parts["examples"] = [vectorsearch.examples(**one) for one in step["examples"]]
        if "prefetch" in step:
            parts["prefetch"] = [vectorsearch.prefetch(**{**one, "vectors": vectors_of(one["vectors"])} if "vectors" in one else one)
                                 for one in step["prefetch"]]
        parts.update({"ids": self.ids(step)} if "ids" in step else {})
        parts.update({"vectors": vectors_of(step["vectors"])} if "vectors" in step else {})
        parts.update({"vectors": self.kept[step["kept"]]} if "kept" in step else {})
        return parts

    def explain(self, step):
        explained = self.of(step).explain(**self.parts(step))
        return {"kind": explained["plan"]["kind"], "matches": int(explained["plan"]["matches"]), "recall": explained["recall"]}

    def estimate_recall(self, step):
        return {"recall": self.of(step).estimate_recall(limit=step["limit"]).recall}

    def query(self, step):
        result = self.of(step).query(**self.parts(step))
        return {"counts": list(result.counts), "space": result.space_id, "generation": result.generation,
                "bridged": result.bridge_recall is not None and 0 < result.bridge_recall <= 1, "ids": [[hit.id for hit in hits] for hits in result],
                "scores": [[hit.score for hit in hits] for hits in result], "groups": [[list(group) for group in groups] for groups in result.groups],
                "vectors": [[hit.vector for hit in hits] for hits in result]}

    def check(self, expected, actual, step):
        for name, value in expected.items():
            if name == "ids":
                kind = self.kinds.get(self.name(step), "number")
                value = [ids_of(row, kind) for row in value] if step["do"] == "query" else ids_of(value, kind)
            if name == "facet":
                value = [(payload_value(one), points) for one, points in value]
            if name == "payloads":
                value = payloads_of(value)
                for want, have in zip(value, actual[name]):
                    self.test.assertEqual({k: type(v) for k, v in have.items()}, {k: type(v) for k, v in want.items()})
            if name == "scores":
                self.test.assertEqual([len(row) for row in actual[name]], [len(row) for row in value])
                for want, have in zip(sum(value, []), sum(actual[name], [])):
                    self.test.assertLessEqual(abs(want - have), 1e-5 * max(1.0, abs(want)), (name, value, actual[name]))
            elif name == "vectors":
                np.testing.assert_array_equal(np.array(actual[name]), np.array(value, dtype=np.float32))
            else:
                self.test.assertEqual(actual[name], value, name)


class ConformanceTest(unittest.TestCase):
    """One test per case, added below."""


def _test_of(case):
    def test(self):
        with vectorsearch.Client(os.environ["TEST_SERVER"]) as client:
            conformer = Conformer(self, client, f"py-{uuid.uuid4().hex[:8]}-")
            for number, step in enumerate(case["steps"], 1):
                try:
                    conformer.run(step)
                except Exception as error:
                    raise AssertionError(f"step {number}, {step['do']}: {error}") from error

    return test


# Without a server these are not there at all; clients/run.sh says so when it cannot start one.
if "TEST_SERVER" in os.environ:
    for _number, _case in enumerate(json.loads(CASES.read_text(encoding="utf-8"))["cases"], 1):
        setattr(ConformanceTest, f"test_{_number:02d}_" + "_".join(_case["name"].replace(",", "").split()), _test_of(_case))


if __name__ == "__main__":
    unittest.main()
