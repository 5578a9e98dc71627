"""Result parts found in their messages, as protobuf itself writes and reads them. Source: wire spec, hyper §2.1."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError

from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_dbapi.transports.hyper_parts import part_in_response, read_part

ARROW = pb.QueryResult(binary_part=pb.Part(data=b"\xff" * 300), result_part_row_count=2**63)
RESULTS = [
    ARROW,
    pb.QueryResult(string_part=pb.Part(data=b'{"columns": []}')),
    pb.QueryResult(binary_part=pb.Part(), result_part_row_count=1),
    pb.QueryResult(string_part=pb.Part(data=b"x" * 127)),
    pb.QueryResult(),
]


def by_protobuf(message: bytes) -> tuple[bytes, int]:
    read = pb.QueryResult.FromString(message)
    part = read.binary_part if read.HasField("binary_part") else read.string_part
    return part.data, read.result_part_row_count


@pytest.mark.parametrize("result", RESULTS)
def test_a_part_is_what_protobuf_reads_and_a_view_of_its_message(result: pb.QueryResult) -> None:
    message = result.SerializeToString()
    part = read_part(message)
    assert (bytes(part.data), part.rows) == by_protobuf(message)
    assert not part.data or part.data.obj is message
    inside = part_in_response(pb.ExecuteQueryResponse(query_result=result).SerializeToString())
    assert inside == part


def test_what_is_unknown_is_passed_over() -> None:
    """A number, eight bytes, some bytes and four bytes under numbers of fields that nobody has named."""
    unknown = b"\xa0\x01\x96\x01" + b"\xa9\x01" + b"8 bytes!" + b"\xb2\x01\x03abc" + b"\xbd\x01four"
    message = unknown + ARROW.SerializeToString() + unknown
    part = read_part(message)
    assert (bytes(part.data), part.rows) == by_protobuf(message) == (b"\xff" * 300, 2**63)


def test_another_answer_has_no_part() -> None:
    info = pb.QueryInfo(query_status=pb.QueryStatus(query_id="q", row_count=3))
    assert part_in_response(pb.ExecuteQueryResponse(query_info=info).SerializeToString()) is None


def test_what_protobuf_refuses_is_refused() -> None:
    message = ARROW.SerializeToString()
    for broken in [message[:length] for length in range(len(message))] + [b"\x00\x01", b"\x0f", b"\x80" * 11]:
        try:
            expected = by_protobuf(broken)
        except DecodeError:
            with pytest.raises(ValueError, match=r"\w"):
                read_part(broken)
        else:
            part = read_part(broken)
            assert (bytes(part.data), part.rows) == expected
