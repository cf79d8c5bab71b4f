"""Items of a DynamoDB table in a file, as the values that they were made of.

A pickle of them would remember each of their small objects until its end: ten times the time, and twice the memory.
"""

import marshal
from itertools import islice
from typing import Any, BinaryIO, Iterator

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_AT_ONCE = 1000
_LENGTH = 8


def dump(table: Table, file: BinaryIO) -> None:
    """Writes a table's items in the order that it has them in."""
    rest = _items(table)
    while chunk := [_plain(item) for item in islice(rest, _AT_ONCE)]:
        data = marshal.dumps(chunk)
        file.write(len(data).to_bytes(_LENGTH))
        file.write(data)
    file.write((0).to_bytes(_LENGTH))


def load(items: dict[Any, Any], file: BinaryIO) -> None:
    """Reads what `dump` wrote into the `items` of a table."""
    while length := int.from_bytes(file.read(_LENGTH)):
        for hash_key, range_key, attributes in marshal.loads(file.read(length)):
            item = _item(hash_key, range_key, attributes)
            if item.range_key is None:
                items[item.hash_key] = item
            else:
                items[item.hash_key][item.range_key] = item


def _items(table: Table) -> Iterator[Item]:
    if table.range_key_attr is None:
        yield from table.items.values()
    else:
        for partition in table.items.values():
            yield from partition.values()


def _plain(item: Item) -> tuple[Any, Any, dict[str, Any]]:
    range_key = None if item.range_key is None else _value(item.range_key)
    return _value(item.hash_key), range_key, {name: _value(value) for name, value in item.attrs.items()}


def _value(given: DynamoType | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(given, DynamoType):
        # What an update has put into a list or map.
        return given
    value = given.value
    if given.type == "L":
        value = [_value(member) for member in value]
    elif given.type == "M":
        value = {name: _value(member) for name, member in value.items()}
    return {given.type: value}


def _item(hash_key: dict[str, Any], range_key: dict[str, Any] | None, attributes: dict[str, Any]) -> Item:
    item = Item(DynamoType(hash_key), None if range_key is None else DynamoType(range_key), {})
    # Past the check of the size, which the item has passed once, and which looks at all attributes for each.
    dict.update(item.attrs, {name: DynamoType(value) for name, value in attributes.items()})
    return item
