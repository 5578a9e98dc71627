"""The blocking and the asyncio face offer the same names with the same parameters. Source: the project's style, §3."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

import datacloud_dbapi
from datacloud_dbapi import aio, engagement
from datacloud_dbapi.engagement import aio as engagement_aio

# What differs, and why.
ONLY_BLOCKING = {
    "fetch_record_batch": "a RecordBatchReader blocks; asyncio iterates over fetch_record_batches",
    "__arrow_c_stream__": "the protocol blocks",
    "__iter__": "async for",
    "__next__": "async for",
    "__enter__": "async with",
    "__exit__": "async with",
}
ONLY_ASYNC = {
    "fetch_record_batches": "see fetch_record_batch",
    "__aiter__": "async for",
    "__anext__": "async for",
    "__aenter__": "async with",
    "__aexit__": "async with",
}


def public(face: type) -> dict[str, object]:
    return {
        name: member
        for name, member in inspect.getmembers(face)
        if not name.startswith("_") or name in ONLY_BLOCKING or name in ONLY_ASYNC
    }


@pytest.mark.parametrize(
    ("blocking", "awaited"),
    [
        (datacloud_dbapi.Connection, aio.AsyncConnection),
        (datacloud_dbapi.Cursor, aio.AsyncCursor),
        (engagement.Engagement, engagement_aio.AsyncEngagement),
    ],
)
def test_the_faces_are_equal(blocking: type, awaited: type) -> None:
    ours, theirs = public(blocking), public(awaited)
    assert set(ours) - set(theirs) <= set(ONLY_BLOCKING)
    assert set(theirs) - set(ours) <= set(ONLY_ASYNC)
    for name in set(ours) & set(theirs):
        if inspect.isfunction(ours[name]):
            one, other = inspect.signature(ours[name]), inspect.signature(theirs[name])  # type: ignore[arg-type]  # functions both
            assert list(one.parameters.values()) == list(other.parameters.values()), name


@pytest.mark.parametrize(
    ("blocking", "awaited"),
    [(datacloud_dbapi.connect, aio.connect), (engagement.connect, engagement_aio.connect)],
    ids=["connection", "engagement"],
)
def test_connect_takes_the_same(blocking: Callable[..., object], awaited: Callable[..., object]) -> None:
    one, other = inspect.signature(blocking), inspect.signature(awaited)
    assert list(one.parameters.values()) == list(other.parameters.values())
