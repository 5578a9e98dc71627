"""Puts an answer's body together: unpacked, whole, and within bounds. Pure, for both runners.

httpx would unpack too, but takes a cut gzip stream for a whole one, and unpacks a bomb before anyone can look.
Source: wire spec, faults S17–S19.
"""

from __future__ import annotations

import io
import zlib
from functools import cache
from importlib import import_module
from typing import Any

from datacloud_dbapi.errors import ConnectionLostError, OperationalError

# 16 tells zlib to expect a gzip header, the rest is the largest window.
GZIP = 16 + zlib.MAX_WBITS
# What zlib unpacks at once it holds twice for a moment; 64 kB of a bomb would be 64 MB.
PIECE = 2**20
# Room for a body of JSON is doubled from the one to the other, the size of a whole page. Where it grows by the eighth
# part at a time, as io.BytesIO grows by itself, the allocator keeps what is left behind: thirty megabytes more at the
# peak. An Arrow body is larger than that and comes alone; for it that would only take time.
LEAST_ROOM, MOST_ROOM = 2**20, 2**23


@cache
def gzip_reader() -> Any:
    """isal's zlib where that is installed, which unpacks two to three times as fast; else Python's own.

    choice: isal lets pass bits of a gzip header that are reserved. What it gives is held against the checksum all the
    same. It loads with the first packed answer.
    """
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return zlib


class Body:
    """Collects the raw chunks of one answer; `limit` bounds its unpacked size in bytes. `json` says what it holds."""

    def __init__(self, content_encoding: str, limit: int, request: str, *, json: bool = False) -> None:
        encoding = content_encoding.strip().lower()
        if encoding not in {"", "identity", "gzip"}:
            raise OperationalError(f"The answer is packed as {encoding!r}, which was not asked for", request=request)
        self._zlib = gzip_reader() if encoding == "gzip" else zlib
        self._unpacker = self._zlib.decompressobj(GZIP) if encoding == "gzip" else None
        self._limit = limit
        self._request = request
        # It grows in place and gives its bytes without copying them: a list of chunks to join would be held twice.
        self._unpacked = io.BytesIO()
        self._room = LEAST_ROOM if json else MOST_ROOM
        self._fed = False

    def feed(self, raw: bytes) -> None:
        """Take a raw chunk. Raises OperationalError past the limit, ConnectionLostError for what is no gzip."""
        if self._unpacker is None:
            self._keep(raw)
            return
        try:
            while raw:
                self._fed = True
                # One byte past the limit is enough to know, however much more would come out.
                self._keep(self._unpacker.decompress(raw, min(PIECE, self._limit - self._unpacked.tell() + 1)))
                raw = self._unpacker.unconsumed_tail
                if self._unpacker.eof and self._unpacker.unused_data:
                    # A gzip body may be several streams, one after another.
                    raw, self._unpacker = self._unpacker.unused_data, self._zlib.decompressobj(GZIP)
        except self._zlib.error as error:
            raise ConnectionLostError(f"The answer does not unpack: {error}", request=self._request) from None

    def whole(self) -> bytes:
        """The body. Raises ConnectionLostError when its gzip stream was cut."""
        if self._unpacker is not None and self._fed and not self._unpacker.eof:
            raise ConnectionLostError("The answer was cut: its gzip stream does not end", request=self._request)
        # The room that is left over is no part of it.
        self._unpacked.truncate()
        return self._unpacked.getvalue()

    def _keep(self, chunk: bytes) -> None:
        size = self._unpacked.tell()
        if size + len(chunk) > self._limit:
            raise OperationalError(
                f"The answer is larger than max_response_bytes ({self._limit:,})",
                request=self._request,
                hint="raise max_response_bytes, or ask for less at once",
            )
        if self._room < size + len(chunk) <= MOST_ROOM:
            while self._room < size + len(chunk):
                self._room *= 2
            self._unpacked.seek(self._room - 1)
            self._unpacked.write(b"\0")
            self._unpacked.seek(size)
        self._unpacked.write(chunk)
