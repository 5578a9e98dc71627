"""A packed body put together by each library that may unpack it. Source: wire spec, faults S17-S19."""

from __future__ import annotations

import gzip
import importlib.util
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from datacloud_dbapi.errors import ConnectionLostError, OperationalError
from datacloud_dbapi.flow import body
from datacloud_dbapi.flow.body import Body, gzip_reader

TEXT = b"a line, and another one; " * 200
PACKED = gzip.compress(TEXT)


@pytest.fixture(
    params=[
        "zlib",
        pytest.param(
            "isal.isal_zlib",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("isal") is None, reason="isal is an extra, with wheels for most platforms only"
            ),
        ),
    ]
)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    found = importlib.import_module(request.param)
    monkeypatch.setattr(body, "gzip_reader", lambda: found)
    return found


def unpacked(packed: bytes, piece: int, limit: int = 2**20) -> bytes:
    read = Body("gzip", limit, "GET /")
    for start in range(0, len(packed), piece):
        read.feed(packed[start : start + piece])
    return read.whole()


@pytest.mark.parametrize("piece", [1, 64, 100_000])
def test_one_stream_or_several_however_they_are_cut_up(library: Any, piece: int) -> None:
    assert unpacked(PACKED, piece) == TEXT
    assert unpacked(PACKED + gzip.compress(b"two"), piece) == TEXT + b"two"


def test_a_piece_of_nothing_is_no_piece(library: Any) -> None:
    """A transport may hand one out, also of an answer that has no body at all, whatever its head says."""
    empty, whole = Body("gzip", 2**20, "GET /"), Body("gzip", 2**20, "GET /")
    empty.feed(b"")
    for piece in (b"", PACKED[:100], b"", PACKED[100:], b""):
        whole.feed(piece)
    assert (empty.whole(), whole.whole()) == (b"", TEXT)


def damaged() -> Iterator[bytes]:
    """Cut at each byte, with each byte after the header changed, with something behind it."""
    yield from (PACKED[:length] for length in range(1, len(PACKED)))
    yield from (PACKED[:at] + bytes([PACKED[at] ^ 0x10]) + PACKED[at + 1 :] for at in range(10, len(PACKED)))
    yield from (PACKED + rest for rest in (b"\0", b"garbage!", PACKED[:5]))
    yield from (b"no gzip at all", b"\x1f\x8b")


@pytest.mark.fault("S18")
def test_what_is_damaged_is_an_error(library: Any) -> None:
    for packed in damaged():
        for piece in (7, 100_000):
            with pytest.raises(ConnectionLostError):
                unpacked(packed, piece)


def test_a_body_may_fill_its_limit_and_no_more(library: Any) -> None:
    assert unpacked(PACKED, 64, len(TEXT)) == TEXT
    with pytest.raises(OperationalError, match="max_response_bytes"):
        unpacked(PACKED, 64, len(TEXT) - 1)


def test_without_isal_it_is_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)  # what Python itself does for a module that must not be found
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    assert gzip_reader.__wrapped__() is zlib


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32, 63, 64, 65, 500])
@pytest.mark.parametrize("piece", [1, 16, 23, 500])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_is_what_came_whatever_room_it_was_given(
    encoding: str, piece: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room is doubled from 16 bytes to 64; what lies beyond, or was not used, is no part of the body."""
    monkeypatch.setattr(body, "LEAST_ROOM", 16)
    monkeypatch.setattr(body, "MOST_ROOM", 64)
    monkeypatch.setattr(body, "PIECE", 10)
    text = bytes(number % 251 + 1 for number in range(size))
    sent = gzip.compress(text) if encoding else text
    for json in (True, False):
        read = Body(encoding, 500, "GET /", json=json)
        for start in range(0, len(sent), piece):
            read.feed(sent[start : start + piece])
        assert read.whole() == text
