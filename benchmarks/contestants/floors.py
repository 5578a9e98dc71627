"""What no connector can go below: the same answers over the same TLS, read without asking whether they are right.

| way | what it does |
|---|---|
| download | takes every page, decompressed |
| rows | download, and msgspec told the types, ` UTC` mended over the whole text |
| arrow | download, and pyarrow reads the stream (V2: out of base64; hyper: out of the messages) |
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import httpx
import msgspec
import pyarrow as pa

from benchmarks.contestants.turns import Found, Turn, look, take_turns

SERVER: dict[str, Any] = json.loads(sys.argv[1])
_client = httpx.Client(
    verify=ssl.create_default_context(cafile=SERVER["ca_file"]), headers={"Accept-Encoding": "gzip"}, timeout=600
)


class Rows(msgspec.Struct):
    """The rows of a page, typed as the columns are."""

    data: list[tuple[int, Decimal, float, str, str | None, bool, date, datetime, Decimal, int]]


class Stream(msgspec.Struct):
    """The Arrow stream of a V2 page, in base64."""

    arrowStream: str  # noqa: N815 - the wire's name


_rows, _stream = msgspec.json.Decoder(Rows), msgspec.json.Decoder(Stream)
_NEXT = re.compile(rb'"nextBatchId":"([^"]+)"')


def _ask(method: str, url: str, body: object = None, **headers: str) -> httpx.Response:
    content = None if body is None else json.dumps(body)
    answer = _client.request(method, url, content=content, headers={"Content-Type": "application/json", **headers})
    answer.raise_for_status()
    return answer


def v2_pages(turn: Turn, arrow: bool = False) -> Iterator[bytes]:
    url, headers = SERVER["urls"][turn.door] + "/api/v2/query", {"enable-arrow-stream": "true"} if arrow else {}
    page = _ask("POST", url, {"sql": SERVER["statements"][str(turn.rows)]}, **headers).content
    yield page
    # The id stands after the rows, near the end.
    while found := _NEXT.search(page, max(0, len(page) - 3_000)):
        page = _ask("GET", f"{url}/{found[1].decode()}", **headers).content
        yield page


def query_sql_pieces(turn: Turn) -> Iterator[bytes]:
    """Asked for as the official v2 beta asks, for whom the pieces are then ready."""
    url = SERVER["urls"][turn.door] + "/services/data/v64.0/ssot/query-sql"
    first = _ask("POST", url, {"sql": SERVER["statements"][str(turn.rows)], "rowLimit": 1_000_000}).content
    yield first
    told = json.loads(first)
    seen, query_id = told["returnedRows"], told["status"]["queryId"]
    while seen < turn.rows:
        piece = _ask("GET", f"{url}/{query_id}/rows?offset={seen}&rowLimit=1000000&omitSchema=true").content
        yield piece
        seen += int(piece[piece.rindex(b":") + 1 : -1])


def v3_chunks(turn: Turn) -> Iterator[bytes]:
    url, headers = SERVER["urls"][turn.door] + "/api/v3/query", {"Accept": "application/vnd.apache.arrow.stream"}
    first = _ask("POST", url, {"sql": SERVER["statements"][str(turn.rows)]}, **headers)
    yield first.content
    status = json.loads(first.headers["x-hyperdb-status"])
    for number in range(1, status["chunkCount"]):
        yield _ask("GET", f"{url}/{status['queryId']}/chunks/{number}", **headers).content


def hyper_parts(turn: Turn) -> Iterator[bytes]:
    """The engine's messages as they come: the schema, then whole record batches."""
    import grpc

    from datacloud_emulator.engine import hyper_service_pb2 as pb

    given = SERVER["hyper"]
    param = pb.QueryParam(
        sql=SERVER["statements"][str(turn.rows)],
        databases=[pb.AttachedDatabase(path=given["hyper_database"], alias="default")],
        output_format=pb.OutputFormat.ARROW_IPC,
        transfer_mode=pb.TransferMode.SYNC,
    )
    options = [("grpc.max_receive_message_length", 64 * 2**20)]
    with grpc.insecure_channel(given["hyper_address"], options=options) as channel:
        call = channel.unary_stream(
            "/salesforce.hyperdb.grpc.v1.HyperService/ExecuteQuery",
            request_serializer=pb.QueryParam.SerializeToString,
            response_deserializer=pb.ExecuteQueryResponse.FromString,
        )
        for answer in call(param):
            if answer.HasField("query_result"):
                yield answer.query_result.binary_part.data


def read_rows(turn: Turn) -> Any:
    rows: list[Any] = []
    for page in v2_pages(turn):
        rows += _rows.decode(page.replace(b' UTC"', b'Z"')).data
    return rows


def read_v2_arrow(turn: Turn) -> Any:
    streams = (base64.b64decode(_stream.decode(page).arrowStream) for page in v2_pages(turn, arrow=True))
    return pa.concat_tables(pa.ipc.open_stream(stream).read_all() for stream in streams)


def read_v3_arrow(turn: Turn) -> Any:
    return pa.concat_tables(pa.ipc.open_stream(chunk).read_all() for chunk in v3_chunks(turn))


def read_hyper_arrow(turn: Turn) -> Any:
    return pa.ipc.open_stream(b"".join(hyper_parts(turn))).read_all()


def taken(pages: Iterator[bytes], turn: Turn) -> Found:
    """Downloaded, and looked at no further."""
    for _ in pages:
        pass
    return Found(turn.rows)


if __name__ == "__main__":
    take_turns(
        {
            "download rest-v2": lambda turn: taken(v2_pages(turn), turn),
            "download query-sql": lambda turn: taken(query_sql_pieces(turn), turn),
            "rows rest-v2": read_rows,
            "download rest-v2 arrow": lambda turn: taken(v2_pages(turn, arrow=True), turn),
            "arrow rest-v2": read_v2_arrow,
            "arrow direct-v3": read_v3_arrow,
            "arrow hyper": read_hyper_arrow,
        },
        look,
        {name: version(name) for name in ("httpx", "msgspec", "pyarrow", "grpcio")},
    )
