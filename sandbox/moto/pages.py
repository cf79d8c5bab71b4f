"""Scan and Query in time that grows with what they answer.

For every page of 1 MB moto sorts the table anew, walks it from its beginning, and writes the answer by looking each
attribute up in the model of the API: to read a table through takes time that grows with the square of its size. Here the
order of a table is kept until somebody writes to it, and moto's own Scan and Query see what comes after the page before.
"""

import base64
import functools
import json
import threading
import weakref
from bisect import bisect_left, bisect_right
from typing import Any, Callable

from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import JSONSerializer
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DDBType, DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoResult
from moto.utilities.utils import md5_hash

Segments = tuple[None, None] | tuple[int, int]

_EVERYTHING: Segments = (None, None)


def install() -> None:
    Table.scan = _scan(Table.scan)
    Table.query = _query(Table.query)
    Table.put_item = _writing(Table.put_item)
    Table.delete_item = _writing(Table.delete_item)
    DynamoDBBackend.update_item = _updating(DynamoDBBackend.update_item)
    DynamoResult.execute_result = _execute_result


class _Order:
    """Items in the order of some of their attributes."""

    def __init__(self, items: list[Item], attributes: tuple[str, ...]) -> None:
        keyed = [(_key(item.attrs, attributes), item) for item in items]
        keyed.sort(key=lambda pair: pair[0])
        self.keys = [key for key, _ in keyed]
        self.items = [item for _, item in keyed]

    def partition(self, value: tuple[str, Any]) -> tuple[int, int]:
        """Where the items begin and end whose first attribute has the value."""
        first = lambda key: key[0]  # noqa: E731
        return bisect_left(self.keys, value, key=first), bisect_right(self.keys, value, key=first)


def _key(attributes: dict[str, DynamoType], names: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    return tuple(_sortable(attributes[name]) for name in names)


def _sortable(value: DynamoType) -> tuple[str, Any]:
    # Keys are of these types only; moto stores others in the key of an index too, and they have no order.
    has_order = value.type in (DDBType.STRING, DDBType.NUMBER, DDBType.BINARY)
    return value.type, value.cast_value if has_order else str(value.value)


class _Orders:
    """The orders that a table was read in since it was last written to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes = 0
        self._known: dict[Any, _Order] = {}

    @property
    def writes(self) -> int:
        return self._writes

    def forget(self) -> None:
        with self._lock:
            self._writes += 1
            self._known.clear()

    def get(self, name: Any, make: Callable[[], _Order]) -> _Order:
        with self._lock:
            found, writes = self._known.get(name), self._writes
        if found is None:
            found = make()
            with self._lock:
                # What was written while it was made may not be in it.
                if writes == self._writes:
                    self._known[name] = found
        return found


# Not in the table itself: it would be in the state file and in the table's backups.
_orders: "weakref.WeakKeyDictionary[Table, _Orders]" = weakref.WeakKeyDictionary()
_orders_lock = threading.Lock()


def _orders_of(table: Table) -> _Orders:
    with _orders_lock:
        return _orders.setdefault(table, _Orders())


def writes(table: Table) -> int:
    """How often a table was written to since this process began: the same number, the same items."""
    return _orders_of(table).writes


def _order(table: Table, index_name: str | None, names: tuple[str, ...], segments: Segments = _EVERYTHING) -> _Order:
    def make() -> _Order:
        needed = set(names)
        if index_name is not None:
            needed |= {key["AttributeName"] for key in table.get_index(index_name).schema}
        return _Order([item for item in _items(table, segments) if needed <= item.attrs.keys()], names)

    return _orders_of(table).get((index_name, names, segments), make)


def _items(table: Table, segments: Segments) -> list[Item]:
    # Lists, since another request may write while this one reads.
    if table.range_key_attr is None:
        return [item for item in list(table.items.values()) if _is_within(item.hash_key, segments)]
    partitions = [partition for key, partition in list(table.items.items()) if _is_within(key, segments)]
    return [item for partition in partitions for item in list(partition.values())]


def _is_within(hash_key: DynamoType, segments: Segments) -> bool:
    """What Item.is_within_segment says, which cannot be asked about binary keys."""
    segment, total = segments
    if total is None:
        return True
    value = hash_key.value if isinstance(hash_key.value, bytes) else hash_key.value.encode("utf8")
    return md5_hash(value).digest()[0] % total == segment


class _Seen:
    """A table as moto sees it for one page."""

    def __init__(self, table: Table, start: dict[str, Any] | None) -> None:
        self._table = table
        self._start = start

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def _start_key(self, names: tuple[str, ...]) -> tuple[tuple[str, Any], ...] | None:
        if self._start is None:
            return None
        types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in self._table.attr}
        if any(list(self._start.get(name) or []) != [types.get(name)] for name in names):
            raise MockValidationException("The provided starting key is invalid")
        return _key({name: DynamoType(self._start[name]) for name in names}, names)


class _Scanned(_Seen):
    def __init__(self, table: Table, start: dict[str, Any] | None, segments: Segments) -> None:
        super().__init__(table, start)
        self._segments = segments
        self._index: str | None = None

    def all_items(self) -> Any:
        return self._rest(tuple(self._table.table_key_attrs))

    def has_idx_items(self, index_name: str) -> list[Item]:
        self._index = index_name
        return []

    def sorted_items(self, hash_attributes: list[str], range_attributes: list[str | None], _items: Any) -> Any:
        return self._rest(tuple(self._table._generate_attr_to_sort_by(hash_attributes, range_attributes)))

    def _rest(self, names: tuple[str, ...]) -> Any:
        start = self._start_key(names)
        order = _order(self._table, self._index, names, self._segments)
        first = 0 if start is None else bisect_right(order.keys, start)
        return (order.items[i] for i in range(first, len(order.items)))


class _Queried(_Seen):
    """With a partition's items in place of all; those before the page's start are left out."""

    def __init__(self, table: Table, start: dict[str, Any] | None, hash_key: DynamoType, forward: bool) -> None:
        super().__init__(table, start)
        self._hash_key = hash_key
        self._forward = forward

    def all_items(self) -> list[Item]:
        names = tuple(self._table.table_key_attrs)
        start = self._start_key(names)
        order = _order(self._table, None, names)
        first, end = order.partition(_sortable(self._hash_key))
        if start is not None and self._forward:
            first = max(first, bisect_right(order.keys, start))
        elif start is not None:
            end = min(end, bisect_left(order.keys, start))
        return order.items[first:end]


class _QueriedIndex(_Seen):
    """With the items in place of all that have one value in the index's first key."""

    def __init__(self, table: Table, index_name: str, condition: tuple[str, DynamoType]) -> None:
        super().__init__(table, None)
        self._index = index_name
        self._condition = condition

    def all_items(self) -> list[Item]:
        name, value = self._condition
        order = _order(self._table, self._index, (name,))
        first, end = order.partition(_sortable(value))
        return order.items[first:end]


def _scan(moto_scan: Any) -> Any:
    @functools.wraps(moto_scan)
    def scan(
        self: Table,
        filters: dict[str, Any],
        limit: int,
        exclusive_start_key: dict[str, Any] | None,
        *arguments: Any,
        segments: Segments = _EVERYTHING,
        **named: Any,
    ) -> Any:
        seen = _Scanned(self, exclusive_start_key, segments)
        return moto_scan(seen, filters, limit, None, *arguments, **named)

    return scan


def _query(moto_query: Any) -> Any:
    @functools.wraps(moto_query)
    def query(
        self: Table,
        hash_key: DynamoType | None,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: int,
        exclusive_start_key: dict[str, Any] | None,
        scan_index_forward: bool,
        projection_expressions: Any,
        index_name: str | None = None,
        *arguments: Any,
        hash_key_conditions: Any = None,
        **named: Any,
    ) -> Any:
        start = exclusive_start_key
        seen: Any = self
        if index_name is None and hash_key is not None:
            seen = _Queried(self, start, hash_key, scan_index_forward is not False)
            start = None
        elif hash_key_conditions and any(index.name == index_name for index in self.all_indexes()):
            seen = _QueriedIndex(self, index_name, hash_key_conditions[0])
        return moto_query(
            seen,
            hash_key,
            range_comparison,
            range_objs,
            limit,
            start,
            scan_index_forward,
            projection_expressions,
            index_name,
            *arguments,
            hash_key_conditions=hash_key_conditions,
            **named,
        )

    return query


def _writing(method: Any) -> Any:
    @functools.wraps(method)
    def write(self: Table, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        finally:
            _orders_of(self).forget()

    return write


def _updating(method: Any) -> Any:
    """An update changes an item in its place, and with it the order of an index."""

    @functools.wraps(method)
    def update(self: DynamoDBBackend, table_name: str, *arguments: Any, **named: Any) -> Any:
        table = self.get_table(table_name)
        try:
            return method(self, table_name, *arguments, **named)
        finally:
            _orders_of(table).forget()

    return update


def _execute_result(self: DynamoResult, context: ActionContext) -> Any:
    """Items are in the form of the wire already; only they are many."""
    result = self.result
    if not (isinstance(result, dict) and "Items" in result and context.serializer_class is JSONSerializer):
        return ActionResult.execute_result(self, context)
    status, headers, _ = ActionResult({}).execute_result(context)
    return status, headers, json.dumps(result, default=lambda value: base64.b64encode(value).decode())
