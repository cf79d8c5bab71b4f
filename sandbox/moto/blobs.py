"""Files beside the state file for what is large and seldom changes: objects of S3, tables of many items.

The state is written again and again, and all requests wait for it. What is in a file already is not written again.
"""

import hashlib
import os
import tempfile
import weakref
from typing import Any, BinaryIO, Callable


class DamagedBlob(Exception):
    """A file is missing, or is not what was written."""


class Blobs:
    """Files in one folder, named by the digest of what is in them."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._written: "weakref.WeakKeyDictionary[Any, tuple[Any, str]]" = weakref.WeakKeyDictionary()
        self._used: set[str] = set()

    def begin(self) -> None:
        """Begins a state: files that are not asked for until `end` are not needed any more."""
        os.makedirs(self._folder, exist_ok=True)
        self._used = set()

    def end(self) -> None:
        for name in os.listdir(self._folder):
            if name not in self._used:
                os.remove(os.path.join(self._folder, name))

    def keep(self, thing: Any, version: Any, write: Callable[[BinaryIO], None]) -> str:
        """The name of a thing's file, which is written unless it was for this version of the thing."""
        known, name = self._written.get(thing, (None, ""))
        if name == "" or known != version:
            name = self._write(write)
            self._written[thing] = (version, name)
        self._used.add(name)
        return name

    def open(self, name: str) -> BinaryIO:
        """@raise DamagedBlob"""
        try:
            file = open(os.path.join(self._folder, name), "rb")
        except FileNotFoundError:
            raise DamagedBlob(f"{name} is missing") from None
        if hashlib.file_digest(file, "sha256").hexdigest() != name:
            raise DamagedBlob(f"{name} is incomplete or was changed")
        file.seek(0)
        return file

    def _write(self, write: Callable[[BinaryIO], None]) -> str:
        with tempfile.NamedTemporaryFile(mode="w+b", dir=self._folder, delete=False) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            name = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(file.name, os.path.join(self._folder, name))
        return name
