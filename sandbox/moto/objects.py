"""Large objects of S3, piece by piece.

moto has the whole body of a PUT in memory, twice over, and for each read, also of a few bytes, the whole object. Here
what is large goes from the connection into the object's file, and from there into the answer.
"""

import os
import shutil
import tempfile
from typing import Any, Iterator

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

# From these bytes on an object is large: moto has it in a file then.
_LARGE = 5 * 1024 * 1024
_PIECE = 1024 * 1024

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def install() -> None:
    S3Response.setup_class = _setting_up(S3Response.setup_class)
    S3Response.get_object = _reading(S3Response.get_object)
    FakeKey.value = property(FakeKey.value.fget, _writing(FakeKey.value.fset))


class Content:
    """Bytes of a file, where moto expects bytes: with a length, a part, all of them piece by piece.

    They are those of now, whatever becomes of the object: it may be deleted while an answer is on its way.
    """

    def __init__(self, descriptor: int, first: int, length: int) -> None:
        """@param descriptor of a file, of which this makes its own"""
        self._file = os.dup(descriptor)
        self._first = first
        self._length = length

    @classmethod
    def of(cls, file: Any) -> "Content":
        file.flush()
        return cls(file.fileno(), 0, os.fstat(file.fileno()).st_size)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> "Content":
        first, end, _ = part.indices(self._length)
        return Content(self._file, self._first + first, max(0, end - first))

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, self._length, _PIECE):
            yield os.pread(self._file, min(_PIECE, self._length - at), self._first + at)

    def __del__(self) -> None:
        os.close(self._file)


def _setting_up(moto_setup_class: Any) -> Any:
    def setup_class(self: S3Response, request: Any, *arguments: Any, **named: Any) -> None:
        if _is_taken_piece_by_piece(request):
            # Forms are looked for now: moto does so later, where the body has been taken already.
            _ = request.form
            with tempfile.TemporaryFile() as file:
                shutil.copyfileobj(request.stream, file, _PIECE)
                request._cached_data = Content.of(file)
        moto_setup_class(self, request, *arguments, **named)

    return setup_class


def _is_taken_piece_by_piece(request: Any) -> bool:
    """Whether nothing looks into the body of a request before it is an object's content."""
    if request.method != "PUT" or (request.content_length or 0) < _LARGE or request.mimetype in _FORMS:
        return False
    # Chunks, which have signatures or checksums beside their bytes, and a checksum to be made of the body.
    chunked = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    algorithm = request.headers.get("x-amz-sdk-checksum-algorithm")
    return not chunked and (algorithm is None or f"x-amz-checksum-{algorithm.lower()}" in request.headers)


class _Read:
    """An object as moto sees it for one answer."""

    def __init__(self, key: FakeKey) -> None:
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    @property
    def value(self) -> Content:
        with self._key.lock:
            return Content.of(self._key._value_buffer)


def _reading(moto_get_object: Any) -> Any:
    def get_object(self: S3Response) -> Any:
        key, not_modified = self._get_key()
        if key.contentsize >= _LARGE:
            self._get_key = lambda: (_Read(key), not_modified)
        return moto_get_object(self)

    return get_object


def _writing(moto_set_value: Any) -> Any:
    def set_value(self: FakeKey, value: Any) -> None:
        if not isinstance(value, Content):
            moto_set_value(self, value)
            return
        self._value_buffer.seek(0)
        self._value_buffer.truncate()
        for piece in value:
            self._value_buffer.write(piece)
        self.contentsize = len(value)

    return set_value
