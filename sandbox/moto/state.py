"""Keeps moto's state in a file, so that a sandbox can be stopped and started again.

moto holds everything in ordinary Python objects below its BackendDicts, so the file is one pickle of those, followed
by the items of tables, which are too many for it.
The few kinds of objects that Python does not pickle by itself (locks, lambdas in defaultdicts, weak
dictionaries, private keys) are reduced here. A pickle belongs to the very versions that wrote it, so both are
in the header, and a file of another version is refused instead of guessed at.
"""

import copyreg
import hashlib
import io
import marshal
import os
import pickle
import platform
import sys
import threading
import types
import weakref
from collections import defaultdict
from importlib import import_module
from typing import Any, BinaryIO

import items
import moto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.dynamodb.models.table import Table

MAGIC = b"athena-spokes sandbox moto state 2\n"
VERSIONS = f"moto {moto.__version__} python {platform.python_version()}\n".encode()

# What every BackendDict has; anything beyond these is state (S3's table of bucket names, for one).
_CONSTANT_ATTRIBUTES = {"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"}

# Stands for a table's items; no service is called so.
_ITEMS = "items of a table"

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


class DamagedState(Exception):
    """The state file cannot be read: the message says why."""


def save(path: str) -> dict[str, Any]:
    """Replaces the state file atomically. Services whose objects cannot be kept are left out and named in the answer."""
    services = {b.service_name: _contents(b) for b in list(BackendDict._instances)}
    skipped: dict[str, str] = {}
    try:
        size = _replace(path, services)
    except Exception:
        # One exotic service must not cost the state of all others: find it, leave it out, say so.
        for name in list(services):
            try:
                _dump({name: services[name]}, io.BytesIO())
            except Exception as reason:
                skipped[name] = str(reason)
                del services[name]
        size = _replace(path, services)
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
            services = _load(file)
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


def _replace(path: str, services: dict) -> int:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w+b") as file:
        file.write(MAGIC + VERSIONS)
        at = file.tell()
        file.write(bytes(hashlib.sha256().digest_size))
        body = file.tell()
        _dump(services, file)
        size = file.tell() - body
        file.seek(body)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.seek(at)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return size


def _dump(services: dict, file: BinaryIO) -> None:
    """The pickle of everything but the items of DynamoDB's tables, then these, table by table."""
    pickler = _Pickler(file, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dump(services)
    for table in pickler.tables:
        items.dump(table, file)


def _load(file: BinaryIO) -> dict:
    unpickler = _Unpickler(file)
    services = unpickler.load()
    for table_items in unpickler.items:
        items.load(table_items, file)
    return services


class _Pickler(pickle.Pickler):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.tables: list[Table] = []
        self._met: dict[int, Table] = {}

    def persistent_id(self, obj: Any) -> Any:
        if id(obj) in self._met:
            self.tables.append(self._met[id(obj)])
            return _ITEMS
        return obj.service_name if isinstance(obj, BackendDict) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Table):
            # On the way to its attributes, of which the items are one.
            self._met[id(obj.items)] = obj
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
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.items: list[dict] = []

    def persistent_load(self, pid: Any) -> Any:
        if pid != _ITEMS:
            return get_backend(pid)
        # Tables come in the order in which they were written.
        self.items.append(defaultdict(dict))
        return self.items[-1]


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
