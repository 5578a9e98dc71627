"""The Arrow mode of Query API V2: a stream of its own in every batch. Source: wire spec, query §6, §15 row 6."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from .client import Face

OpenFace = Callable[..., Face]
ARROW = {"enable-arrow-stream": "true"}


def numbers(count: int) -> str:
    return f"SELECT n, md5(n::text) AS t FROM generate_series(1, {count}) AS t(n) ORDER BY n"


def table(body: dict[str, Any]) -> pa.Table:
    assert "data" not in body
    return pa.ipc.open_stream(base64.b64decode(body["arrowStream"], validate=True)).read_all()


def batches(face: Face, sql: str) -> list[dict[str, Any]]:
    answers = [face.query(sql, **ARROW).json()]
    while not answers[-1]["done"]:
        answers.append(face.get(f"/api/v2/query/{answers[-1]['nextBatchId']}", headers=ARROW).json())
    return answers


def test_every_batch_can_be_read_alone(open_face: OpenFace) -> None:
    answers = batches(open_face(page_rows=4), numbers(10))
    assert [table(answer)["n"].to_pylist() for answer in answers] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert [answer["rowCount"] for answer in answers] == [4, 4, 2]
    assert {answer["queryId"] for answer in answers} == {answers[0]["queryId"]}
    assert all(set(answer["metadata"]) == {"n", "t"} for answer in answers)


@pytest.mark.parametrize("page_bytes", [1, 3_000, 20_000, 1_000_000])
def test_a_batch_keeps_its_size_in_base64(open_face: OpenFace, page_bytes: int) -> None:
    face = open_face(page_bytes=page_bytes)
    count = 40 if page_bytes == 1 else 3000
    answers = batches(face, numbers(count))
    assert [n for answer in answers for n in table(answer)["n"].to_pylist()] == list(range(1, count + 1))
    first = face.query(numbers(count), **ARROW)
    assert len(first.content) <= page_bytes or first.json()["rowCount"] == 1


def test_the_header_counts_for_one_answer_only(open_face: OpenFace) -> None:
    face = open_face(page_rows=2)
    first = face.query(numbers(5), **ARROW).json()
    second = face.batch(first["nextBatchId"]).json()
    assert ([row[0] for row in second["data"]], "arrowStream" in second) == ([3, 4], False)
    third = face.get(f"/api/v2/query/{second['nextBatchId']}", headers=ARROW).json()
    assert table(third)["n"].to_pylist() == [5]
    assert "data" in face.query(numbers(1), **{"enable-arrow-stream": "false"}).json()


def test_no_rows(open_face: OpenFace) -> None:
    body = open_face().query(f"{numbers(5)} LIMIT 0", **ARROW).json()
    assert (table(body).num_rows, table(body).column_names, body["done"]) == (0, ["n", "t"], True)
    body = open_face(arrow_when_empty="null").query(f"{numbers(5)} LIMIT 0", **ARROW).json()
    assert (body["arrowStream"], body["rowCount"]) == (None, 0)
    body = open_face(arrow_when_empty="absent").query(f"{numbers(5)} LIMIT 0", **ARROW).json()
    assert not {"data", "arrowStream"} & set(body)


def test_an_empty_batch_in_between(open_face: OpenFace) -> None:
    answers = batches(open_face(page_rows=2, empty_intermediate_batch=True), numbers(3))
    assert [table(answer)["n"].to_pylist() for answer in answers] == [[1, 2], [], [3]]
