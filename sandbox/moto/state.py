"""Keeps moto's state in a file, so that a sandbox can be stopped and started again.

moto holds everything in ordinary Python objects below its BackendDicts, so the file is one pickle of those, followed
by the items of tables, which are too many for it. What is large is in files beside it (blobs).
The few kinds of objects that Python does not pickle by itself (locks, lambdas in defaultdicts, weak
dictionaries, private keys) are reduced here. A pickle belongs to the very versions that wrote it, so both are
in the header, and a file of another version is refused instead of guessed at.
"""

import copyreg
import functools
import hashlib
import io
import marshal
import os
import pickle
import platform
import shutil
import sys
import tempfile
import threading
import types
import weakref
from collections import defaultdict
from importlib import import_module
from typing import Any, BinaryIO

import items
import moto
import pages
from blobs import Blobs
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeKey

MAGIC = b"athena-spokes sandbox moto state 2\n"
VERSIONS = f"moto {moto.__version__} python {platform.python_version()}\n".encode()

# What every BackendDict has; anything beyond these is state (S3's table of bucket names, for one).
_CONSTANT_ATTRIBUTES = {"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"}

# Stands for a table's items; no service is called so.
_ITEMS = "items of a table"
_CONTENT = "content of an object"

# From these on an object (bytes) and a table (items) has a file of its own.
_LARGE_OBJECT = 1_000_000
_LARGE_TABLE = 5_000

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


class DamagedState(Exception):
    """The state file cannot be read: the message says why."""


def save(path: str) -> dict[str, Any]:
    """Replaces the state file atomically. Services whose objects cannot be kept are left out and named in the answer."""
    services = {b.service_name: _contents(b) for b in list(BackendDict._instances)}
    skipped: dict[str, str] = {}
    blobs = _blobs_of(path)
    blobs.begin()
    try:
        size = _replace(path, services, blobs)
    except Exception:
        # One exotic service must not cost the state of all others: find it, leave it out, say so.
        for name in list(services):
            try:
                _dump({name: services[name]}, io.BytesIO(), blobs)
            except Exception as reason:
                skipped[name] = str(reason)
                del services[name]
        blobs.begin()
        size = _replace(path, services, blobs)
    blobs.end()
    return {"bytes": size, "skipped": skipped}


def load(path: str) -> None:
    """Puts the state of the file into moto's (still empty) backends; a missing file is an empty state."""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            raise DamagedState("it is not a state file of this sandbox")
        versions = file.readline()
        if versions != VERSIONS:
            written_by = versions.strip().decode(errors="replace")
            raise DamagedState(f"it was written by {written_by}, this is {VERSIONS.decode().strip()}")
        digest = file.read(hashlib.sha256().digest_size)
        body = file.tell()
        if hashlib.file_digest(file, "sha256").digest() != digest:
            raise DamagedState("it is incomplete or was changed")
        file.seek(body)
        try:
            services = _load(file, _blobs_of(path))
        except Exception as reason:
            raise DamagedState(f"{type(reason).__name__}: {reason}") from reason
    for name, (accounts, attributes) in services.items():
        backends = get_backend(name)
        backends.__dict__.update(attributes)
        for account_id, account in accounts.items():
            backends[account_id] = account
        if backends not in BackendDict._instances:
            BackendDict._instances.append(backends)


def _contents(backends: BackendDict) -> tuple[dict, dict]:
    attributes = {k: v for k, v in backends.__dict__.items() if k not in _CONSTANT_ATTRIBUTES}
    return dict(backends), attributes


@functools.cache
def _blobs_of(path: str) -> Blobs:
    return Blobs(f"{path}.blobs")


def _replace(path: str, services: dict, blobs: Blobs) -> int:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w+b") as file:
        file.write(MAGIC + VERSIONS)
        at = file.tell()
        file.write(bytes(hashlib.sha256().digest_size))
        body = file.tell()
        _dump(services, file, blobs)
        size = file.tell() - body
        file.seek(body)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.seek(at)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return size


def _dump(services: dict, file: BinaryIO, blobs: Blobs) -> None:
    """The pickle of everything but the items of DynamoDB's tables, then these, table by table."""
    pickler = _Pickler(file, blobs)
    pickler.dump(services)
    for table in pickler.tables:
        items.dump(table, file)


def _load(file: BinaryIO, blobs: Blobs) -> dict:
    unpickler = _Unpickler(file, blobs)
    services = unpickler.load()
    for table_items in unpickler.items:
        items.load(table_items, file)
    return services


class _Pickler(pickle.Pickler):
    def __init__(self, file: BinaryIO, blobs: Blobs) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._blobs = blobs
        self.tables: list[Table] = []
        self._met: dict[int, Table] = {}

    def persistent_id(self, obj: Any) -> Any:
        if id(obj) in self._met:
            table = self._met[id(obj)]
            if _count(table) >= _LARGE_TABLE:
                return _ITEMS, self._blobs.keep(table, pages.writes(table), lambda file: items.dump(table, file))
            self.tables.append(table)
            return _ITEMS
        if isinstance(obj, _Content):
            key = obj.key
            # moto gives an object its content once, and makes another object for another content.
            return _CONTENT, self._blobs.keep(key, key._value_buffer, lambda file: _copy_content(key, file))
        return obj.service_name if isinstance(obj, BackendDict) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Table):
            # On the way to its attributes, of which the items are one.
            self._met[id(obj.items)] = obj
        if isinstance(obj, FakeKey) and obj.contentsize >= _LARGE_OBJECT and not obj.disposed:
            attributes = {name: value for name, value in obj.__dict__.items() if name not in ("_value_buffer", "lock")}
            return copyreg.__newobj__, (type(obj),), (attributes, _Content(obj)), None, None, _fill_key  # type: ignore[attr-defined]
        if isinstance(obj, _LOCK):
            return threading.Lock, ()
        if isinstance(obj, _RLOCK):
            return threading.RLock, ()
        if isinstance(obj, threading.Condition):
            return threading.Condition, ()
        if isinstance(obj, weakref.WeakValueDictionary):
            return weakref.WeakValueDictionary, (), None, None, iter(list(obj.items()))
        if isinstance(obj, dict) and type(obj).__module__.startswith("moto."):
            # pickle fills a dict through its __setitem__, which moto's own dicts redefine (S3's appends a version).
            content = (dict(dict.items(obj)), dict(obj.__dict__))
            return copyreg.__newobj__, (type(obj),), content, None, None, _fill  # type: ignore[attr-defined]
        if isinstance(obj, types.ModuleType):
            return import_module, (obj.__name__,)
        if isinstance(obj, types.FunctionType) and _importable(obj) is not obj:
            cells = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            code = marshal.dumps(obj.__code__)
            return _function, (code, obj.__module__, obj.__name__, obj.__defaults__, cells)
        if isinstance(obj, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            return _private_key, (
                obj.private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            )
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, blobs: Blobs) -> None:
        super().__init__(file)
        self._blobs = blobs
        self.items: list[dict] = []

    def persistent_load(self, pid: Any) -> Any:
        if isinstance(pid, tuple):
            what, name = pid
            file = self._blobs.open(name)
            if what == _CONTENT:
                return file
            with file:
                items.load(loaded := defaultdict(dict), file)
            return loaded
        if pid != _ITEMS:
            return get_backend(pid)
        # Tables come in the order in which they were written.
        self.items.append(defaultdict(dict))
        return self.items[-1]


class _Content:
    """The content of an object of S3."""

    def __init__(self, key: FakeKey) -> None:
        self.key = key


def _copy_content(key: FakeKey, file: BinaryIO) -> None:
    with key.lock:
        key._value_buffer.seek(0)
        shutil.copyfileobj(key._value_buffer, file)


def _fill_key(target: FakeKey, state: tuple[dict, BinaryIO]) -> None:
    attributes, content = state
    target.__dict__.update(attributes)
    target._value_buffer = tempfile.SpooledTemporaryFile(max_size=target._max_buffer_size)
    with content:
        shutil.copyfileobj(content, target._value_buffer)
    target.lock = threading.Lock()


def _count(table: Table) -> int:
    if table.range_key_attr is None:
        return len(table.items)
    return sum(len(partition) for partition in table.items.values())


def _fill(target: dict, content: tuple[dict, dict]) -> None:
    items, attributes = content
    dict.update(target, items)
    target.__dict__.update(attributes)


def _importable(function: types.FunctionType) -> Any:
    found: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        found = getattr(found, part, None)
    return found


def _function(code: bytes, module: str, name: str, defaults: Any, cells: tuple) -> types.FunctionType:
    closure = tuple(types.CellType(value) for value in cells)
    return types.FunctionType(marshal.loads(code), vars(import_module(module)), name, defaults, closure)


def _private_key(der: bytes) -> Any:
    return serialization.load_der_private_key(der, password=None)
