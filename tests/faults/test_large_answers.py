"""An answer that unpacks to more than may be taken: it ends in an error before memory does.

Memory is measured in a process of its own, where nothing else needs any. Source: wire spec, faults S17.
"""

from __future__ import annotations

import gzip
import json
import struct
import subprocess
import sys
import zlib

import pytest

from datacloud_dbapi.flow.body import Body
from datacloud_emulator import Emulator
from datacloud_emulator.faults import Fault
from tests.faults.line import held
from tests.faults.world import FACES

pytestmark = pytest.mark.sockets

MB = 1_000_000
MIB = 2**20

READER = """
import asyncio, json, sys, tracemalloc
import datacloud_dbapi
from datacloud_dbapi import aio

face, logins = json.load(sys.stdin)

def blocking(login):
    with datacloud_dbapi.connect(**login) as connection:
        connection.cursor().execute("SELECT 1")

async def awaiting(login):
    async with await aio.connect(**login) as connection:
        await connection.cursor().execute("SELECT 1")

errors = []
tracemalloc.start()
for login in logins:
    try:
        blocking(login) if face == "blocking" else asyncio.run(awaiting(login))
    except datacloud_dbapi.Error as error:
        errors.append([type(error).__name__, error.message])
print(json.dumps([tracemalloc.get_traced_memory()[1], errors]))
"""


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """About 310 kB that unpack to 320 MB, in one stream."""
    part, times = bytes(16 * MB), 20
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    # After a full flush a part refers to nothing before it, so that it may stand there again.
    packed = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(part, checksum)
    head = b"\x1f\x8b\x08" + bytes(7)
    return head + packed * times + b"\x03\x00" + struct.pack("<II", checksum, len(part) * times)


OPERATIONS = {"rest-v2": "query", "rest-v1": "query-v1", "query-sql": "query-sql", "direct-v3": "v3-query"}


@held("S17")
@pytest.mark.parametrize(
    ("face", "limit", "transports"),
    [*((face, 40 * MIB, list(OPERATIONS)) for face in FACES), ("blocking", 256 * MIB, ["rest-v2"])],
    ids=[*FACES, "as large as by default"],
)
def test_a_gzip_bomb(served: Emulator, bomb: bytes, face: str, limit: int, transports: list[str]) -> None:
    assert 290_000 < len(bomb) < 350_000
    served.faults.clear()
    served.requests.clear()
    for transport in transports:
        packed = {"Content-Encoding": "gzip"}
        served.faults.add(Fault(OPERATIONS[transport], status=200, body=bomb, headers=packed))
    logins = [{**served.connect_params(transport=name), "max_response_bytes": limit} for name in transports]
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps([face, logins]),
        capture_output=True,
        text=True,
        check=True,
    )
    peak, errors = json.loads(done.stdout)
    assert errors == [["OperationalError", f"The answer is larger than max_response_bytes ({limit:,})"]] * len(logins)
    assert peak < limit + 32 * MIB
    sent = [record.operation for record in served.requests if record.operation in OPERATIONS.values()]
    assert sent == [OPERATIONS[transport] for transport in transports]


def test_the_bomb_is_one(bomb: bytes) -> None:
    """It is good gzip: nothing but its size is wrong with it."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    size, packed = 0, bomb
    while packed:
        size += len(unpacker.decompress(packed, MB))
        packed = unpacker.unconsumed_tail
    assert (unpacker.eof, size) == (True, 320 * MB)


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 3 * MIB])
@pytest.mark.parametrize("fed", [1, 7, 65536])
@pytest.mark.parametrize("line", [b"0", b"a line, and\n"], ids=["one byte", "a line"])
def test_unpacking_in_pieces_loses_nothing(size: int, fed: int, line: bytes) -> None:
    text = (line * (size // len(line) + 1))[:size]
    packed = gzip.compress(text)
    body = Body("gzip", size, "GET /")
    for start in range(0, len(packed), fed):
        body.feed(packed[start : start + fed])
    assert body.whole() == text
