"""ImportTable: objects of S3 become a table.

moto reads them in a thread of its own, beside whatever else is going on (also while the state is written, which cannot
keep a thread), all objects at once, with a parser in Python. Here they are read before ImportTable answers, some lines at
a time.
"""

import gzip
import json
from itertools import islice
from typing import Any, Iterator

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table_import import TableImport

_AT_ONCE = 1000


def install() -> None:
    TableImport.start = TableImport.run
    TableImport._process_s3_files = _process
    TableImport.__getstate__ = _state


def _process(self: TableImport, s3_backend: Any, bucket: Any) -> None:
    table = dynamodb_backends[self.account_id][self.region_name].create_table(
        name=self.table_name,
        billing_mode=self.billing_mode,
        throughput=self.throughput,
        schema=self.key_schema,
        global_indexes=self.global_indexes,
        indexes=None,
        attr=self.attrs,
        sse_specification=None,
        streams=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    prefix = self.s3_source.get("S3KeyPrefix")
    keys, *_ = s3_backend.list_objects(bucket, prefix=prefix, delimiter=None, marker=None, max_keys=None)
    for key in keys:
        for written in _written(key, self.compression_type):
            self.processed_count += 1
            try:
                table.put_item(item_attrs=written["Item"])
                self.imported_count += 1
            except Exception as fault:
                self.failure_message = str(fault)
                self.error_count += 1
        self.processed_bytes += key.size
    # Items that cannot be imported are counted, and do not make the import fail.
    self.status = "COMPLETED"


def _written(key: Any, compression: str | None) -> Iterator[Any]:
    """What the lines of an object say; None for a line that is not JSON."""
    with key.lock:
        stored = key._value_buffer
        stored.seek(0)
        content = gzip.GzipFile(fileobj=stored, mode="rb") if compression == "GZIP" else stored
        lines = (line for line in content if line.strip())
        while some := list(islice(lines, _AT_ONCE)):
            try:
                # The names in what is parsed together are the same objects, which halves what items cost beside their values.
                yield from json.loads(b"[" + b",".join(some) + b"]")
            except ValueError:
                yield from map(_parsed, some)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _state(self: TableImport) -> dict[str, Any]:
    """What an import says of itself, without what belongs to the thread that it is too."""
    return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}
