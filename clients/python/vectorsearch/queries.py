"""The parts of a composed query as messages. A filter may be a dict in the JSON form of the protos (as curl sends it)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from google.protobuf import json_format

from . import columns, messages, payload as payloads_
from .columns import IdList, Ids
from .payload import GeoPoint

FilterLike = Union[Mapping[str, Any], Any]


def all_of(*conditions: Any) -> Any:
    """A filter: every condition holds."""
    return messages.filters.Filter(must=conditions)


def any_of(*conditions: Any) -> Any:
    """A filter: at least one condition holds."""
    return messages.filters.Filter(should=conditions)


def none_of(*conditions: Any) -> Any:
    """A filter: no condition holds."""
    return messages.filters.Filter(must_not=conditions)


def nested(filter: FilterLike) -> Any:
    """A condition: the filter lets the point through."""
    return messages.filters.Condition(filter=read_filter(filter))


def is_(field: str, *values: Any) -> Any:
    """A condition: the field has one of these values."""
    return messages.filters.Condition(match=messages.filters.Match(field=field, any_of=[value(one, field) for one in values]))


def has_words(field: str, *words: str) -> Any:
    """A condition: the text contains all of these words, whatever their case."""
    return messages.filters.Condition(words=messages.filters.MatchWords(field=field, words=words))


def between(field: str, least: Any = None, most: Any = None) -> Any:
    """A condition: the field lies within these bounds, both included."""
    bounds = {name: value(bound, field) for name, bound in (("gte", least), ("lte", most)) if bound is not None}
    return messages.filters.Condition(range=messages.filters.ValueRange(field=field, **bounds))


def near(field: str, center: GeoPoint, meters: float) -> Any:
    """A condition: the place lies within so many metres of another."""
    place = messages.common.GeoPoint(latitude=center.latitude, longitude=center.longitude)
    return messages.filters.Condition(geo_radius=messages.filters.GeoRadius(field=field, center=place, meters=meters))


def is_empty(field: str) -> Any:
    """A condition: the field is missing, null or an empty list."""
    return messages.filters.Condition(is_empty=messages.filters.IsEmpty(field=field))


def has_id(ids: IdList) -> Any:
    """A condition: the point is one of these."""
    return messages.filters.Condition(has_id=messages.filters.HasId(ids=id_column(ids)))


def examples(positive: Optional[IdList] = None, negative: Optional[IdList] = None, *, positive_vectors: Any = None,
             negative_vectors: Any = None) -> Any:
    """A query by example: like the positive ones, unlike the negative ones; none of their ids is an answer."""
    return messages.queries.Examples(
        positive=None if positive is None else id_column(positive), negative=None if negative is None else id_column(negative),
        positive_vectors=None if positive_vectors is None else matrix(positive_vectors),
        negative_vectors=None if negative_vectors is None else matrix(negative_vectors))


def prefetch(vectors: Any = None, *, ids: Optional[IdList] = None, features: Optional[Sequence[Any]] = None,
             examples: Optional[Sequence[Any]] = None, histories: Optional[Sequence[IdList]] = None, fusion: Optional[int] = None,
             prefetch: Sequence[Any] = (), limit: int = 0, ef: int = 0, exact: bool = False, target_recall: float = 0.0,
             filter: Optional[FilterLike] = None, score_threshold: Optional[float] = None, exclude_history: bool = False) -> Any:
    """A question whose answers are the candidates of another one; its parts mean what they mean in ``Points.query``."""
    message = messages.queries.Prefetch(
        limit=limit, options=options(ef, exact, target_recall), filter=read_filter(filter), score_threshold=score_threshold,
        prefetch=prefetch, exclude_history=exclude_history)
    if sum(by is not None for by in (vectors, ids, features, examples, histories, fusion)) != 1:
        raise ValueError("prefetch: give vectors, ids, features, examples, histories or fusion, one of them")
    if vectors is not None:
        message.vectors.CopyFrom(matrix(vectors))
    elif ids is not None:
        message.ids.CopyFrom(id_column(ids))
    else:
        form(message, features, examples, histories, fusion)
    return message


def form(message: Any, features: Optional[Sequence[Any]], examples: Optional[Sequence[Any]], histories: Optional[Sequence[IdList]],
         fusion: Optional[int]) -> None:
    """Puts the form of a query into a QueryRequest or Prefetch: one of the four that is given."""
    if features is not None:
        message.features.SetInParent()
        message.features.rows.extend(features)
    elif examples is not None:
        message.examples.SetInParent()
        message.examples.rows.extend(examples)
    elif histories is not None:
        message.histories.SetInParent()
        for ids in histories:
            message.histories.rows.add(ids=id_column(ids))
    else:
        message.fusion.k = fusion or 0
        message.fusion.SetInParent()


def options(ef: int, exact: bool, target_recall: float) -> Any:
    """SearchOptions."""
    return messages.queries.SearchOptions(ef=ef, exact=exact, target_recall=target_recall)


def grouping(group: Union[str, Tuple[str, int], None]) -> Any:
    """Grouping of a field name, or of a name and how many points a group has; None for None."""
    if group is None:
        return None
    field, size = (group, 0) if isinstance(group, str) else group
    return messages.queries.Grouping(field=field, size=size)


def diversity(diversify: Union[float, Tuple[float, int], None]) -> Any:
    """Diversity of its strength, or of strength and candidates; None for None."""
    if diversify is None:
        return None
    strength, candidates = diversify if isinstance(diversify, tuple) else (diversify, 0)
    return messages.queries.Diversity(diversity=strength, candidates=candidates)


def read_filter(filter: Optional[FilterLike]) -> Any:
    """A Filter message of one, or of a dict in the protos' JSON form. ValueError says what is wrong with it."""
    if not isinstance(filter, Mapping):
        return filter
    try:
        return json_format.ParseDict(filter, messages.filters.Filter())
    except json_format.ParseError as error:
        raise ValueError(f"filter: {error}") from error


def value(content: Any, field: str) -> Any:
    """A Value message of what a payload may hold."""
    return payloads_.write({field: content}).fields[field]


def id_column(ids: IdList) -> Any:
    """An IdColumn message."""
    column = Ids(ids)
    if column.numbers is None:
        return messages.common.IdColumn(strings=column.strings)
    return messages.common.IdColumn(numbers=column.numbers.tolist())


def matrix(vectors: Any) -> Any:
    """A Matrix message. The bytes are copied, which ``Points.query`` and ``Points.upsert`` avoid for their own matrix."""
    rows = columns.matrix(vectors)
    return messages.common.Matrix(data=rows.tobytes(), type=messages.common.ELEMENT_TYPE_FLOAT32, dim=rows.shape[1], rows=rows.shape[0])


def facets(reply: Any) -> List[Tuple[Any, int]]:
    """Values with their numbers of points."""
    return [(payloads_.read_value(count.value), count.points) for count in reply.counts]


def groups(reply: Any) -> List[List[Tuple[Any, int]]]:
    """For each query its groups: the value that they share, and how many answers they have."""
    found, at = [], 0
    for count in reply.group_counts:
        found.append([(payloads_.read_value(group.value), group.hits) for group in reply.groups[at:at + count]])
        at += count
    return found


def explained(reply: Any) -> Dict[str, Any]:
    """An explanation as a dict: plan, cost, phases in seconds, recall (None where there is none)."""
    plan = json_format.MessageToDict(reply.plan, preserving_proto_field_name=True)
    return {
        "plan": plan, "distances": reply.cost.distances, "hops": reply.cost.hops,
        "phases": {phase.name: phase.time.seconds + phase.time.nanos / 1e9 for phase in reply.phases},
        "recall": reply.recall if reply.HasField("recall") else None,
    }
