"""Two parts in one body, read back by another library. Source: wire spec, account-engagement §3; RFC 7578."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from werkzeug.formparser import parse_form_data

from datacloud_dbapi.engagement.multipart import FilePart, encode, read_file
from datacloud_dbapi.errors import ProgrammingError


@pytest.mark.parametrize(
    ("values", "name", "content"),
    [
        (b'{"name": "Plan"}', "plan.pdf", b"%PDF"),
        (None, "rows.csv", b"id\r\n1\r\n"),
        ('{"name": "Größe"}'.encode(), 'Größe "1".png', bytes(range(256)) * 3),
        (b"{}", "lines.txt", b"\r\n--\r\n--x--\r\n"),
    ],
    ids=["both", "file alone", "odd names", "like an end"],
)
def test_another_library_reads_the_parts(values: bytes | None, name: str, content: bytes) -> None:
    body, content_type = encode(values, FilePart(name, content, "text/csv"))
    environ = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type}
    _, form, files = parse_form_data({**environ, "REQUEST_METHOD": "POST"})
    assert form.get("input", "").encode() == (values or b"")
    with files["file"].stream as stream:
        assert stream.read() == content
    assert files["file"].filename == name
    assert files["file"].content_type == "text/csv"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("rows.csv", "text/csv"), ("rows.csv.gz", "application/octet-stream"), ("rows", "application/octet-stream")],
)
def test_a_file_is_read_by_its_path_or_open(tmp_path: Path, name: str, media_type: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"id\n1\n")
    expected = FilePart(name, b"id\n1\n", media_type)
    with path.open("rb") as opened:
        assert [read_file(path), read_file(str(path)), read_file(opened)] == [expected] * 3


@pytest.mark.parametrize(
    "given",
    [
        FilePart("a", b""),
        FilePart("a", bytes(50_000_001)),
        FilePart("a", b"x", "text/csv\r\nX: 1"),
        FilePart("a", "text"),  # type: ignore[arg-type]  # wrong on purpose, as the next two
        FilePart("a", b"x", None),  # type: ignore[arg-type]
        FilePart(None, b"x"),  # type: ignore[arg-type]
        "no/such/file",
        "no\0file",
        io.StringIO("text"),
        7,
    ],
    ids=["empty", "large", "media type", "a text", "no media type", "no name", "missing", "odd path", "text", "number"],
)
def test_what_is_no_file_to_send_is_refused(given: object) -> None:
    with pytest.raises(ProgrammingError):
        read_file(given)  # type: ignore[arg-type]  # some of them are wrong on purpose
