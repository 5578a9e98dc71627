"""Reflection of the sample org: one request whatever is asked, and what comes of requests that fail.

Keys are compared with the relationships that the service itself lists. Source: wire spec, metadata §2, §7.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.automap import automap_base

import datacloud_dbapi
from datacloud_emulator import Emulator
from datacloud_emulator.faults import Fault

NO_RETRY = {"max_attempts": 1}


def make_engine(emulator: Emulator, **params: Any) -> sa.engine.Engine:
    return sa.create_engine(emulator.url, connect_args={"http_transport": emulator.http_transport, **params})


def inspected(engine: sa.engine.Engine) -> int:
    inspector = sa.inspect(engine)
    names = inspector.get_table_names() + inspector.get_view_names()
    for name in names:
        inspector.get_columns(name)
        inspector.get_pk_constraint(name)
        inspector.get_foreign_keys(name)
        inspector.get_indexes(name)
        inspector.get_table_comment(name)
        assert inspector.has_table(name)
    return len(names)


def reflected(engine: sa.engine.Engine) -> int:
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    return len(metadata.tables)


def one_by_one(engine: sa.engine.Engine) -> int:
    metadata = sa.MetaData()
    for name in sa.inspect(engine).get_table_names():
        sa.Table(name, metadata, autoload_with=engine)
    return len(metadata.tables)


def automapped(engine: sa.engine.Engine) -> int:
    base: Any = automap_base()
    base.prepare(autoload_with=engine)
    return len(base.metadata.tables)


def many(engine: sa.engine.Engine) -> int:
    inspector = sa.inspect(engine)
    questions = ["columns", "pk_constraint", "foreign_keys", "indexes", "table_comment", "table_options"]
    questions += ["unique_constraints", "check_constraints"]
    kind = sa.engine.reflection.ObjectKind.ANY
    return min(len(getattr(inspector, f"get_multi_{question}")(kind=kind)) for question in questions)


new_in_2 = pytest.mark.skipif(sa.__version__ < "2", reason="SQLAlchemy 1.4 asks table by table")
WAYS = [inspected, reflected, one_by_one, automapped, pytest.param(many, marks=new_in_2)]


@pytest.mark.parametrize("way", WAYS)
def test_one_request_whatever_is_asked(
    engine: sa.engine.Engine, emulator: Emulator, way: Callable[[sa.engine.Engine], int]
) -> None:
    engine.connect().close()
    emulator.requests.clear()
    assert way(engine) >= 20
    assert [request.operation for request in emulator.requests] == ["metadata"]
    # And none, while the answer is kept.
    assert way(engine) >= 20
    assert len(emulator.requests) == 1


def listed_links(connection: datacloud_dbapi.Connection, emulator: Emulator) -> set[tuple[str, ...]]:
    """The relationships of the org, read off the wire without the driver."""
    answers: list[bytes] = []

    class Recorder(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = emulator.http_transport.handle_request(request)
            answers.append(response.read())
            return response

    with datacloud_dbapi.connect(**emulator.connect_params(), http_transport=Recorder()) as recorded:
        recorded.metadata.tables()
    [entities] = [found["metadata"] for found in map(json.loads, answers) if "metadata" in found]
    ends = ("fromEntity", "fromEntityAttribute", "toEntity", "toEntityAttribute")
    return {
        tuple(link[end] for end in ends)
        for entity in entities
        for link in entity.get("relationships", [])
        if "fromEntityAttribute" in link
    }


def test_keys_are_the_relationships_the_service_lists(
    engine: sa.engine.Engine, connection: datacloud_dbapi.Connection, emulator: Emulator
) -> None:
    inspector = sa.inspect(engine)
    found = [
        (name, key["constrained_columns"][0], key["referred_table"], key["referred_columns"][0])
        for name in inspector.get_table_names()
        for key in inspector.get_foreign_keys(name)
    ]
    assert len(found) > 10
    assert len(set(found)) == len(found)
    assert set(found) == listed_links(connection, emulator)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, sa.exc.DatabaseError),
        (404, sa.exc.DatabaseError),
        (429, sa.exc.OperationalError),
        (500, sa.exc.DatabaseError),
    ],
)
def test_a_refused_request_is_sqlalchemys_error(
    engine: sa.engine.Engine, emulator: Emulator, status: int, error: type[Exception]
) -> None:
    made = make_engine(emulator, **NO_RETRY)
    made.connect().close()
    emulator.faults.add(Fault("metadata", status=status, times=None))
    try:
        with pytest.raises(error) as caught:
            sa.MetaData().reflect(made)
    finally:
        emulator.faults.clear()
    original: Any = getattr(caught.value, "orig", None)
    assert isinstance(original, datacloud_dbapi.Error)
    assert original.http_status == status
    # A refusal is not kept.
    assert reflected(made) > 20
    made.dispose()


def test_a_dead_token_in_the_middle_is_replaced(engine: sa.engine.Engine, emulator: Emulator) -> None:
    engine.connect().close()
    emulator.faults.add(Fault("metadata", expire_token=True))
    try:
        assert reflected(engine) > 20
        assert len(emulator.faults.struck) == 1
    finally:
        emulator.faults.clear()


def test_each_data_space_has_an_engine_of_its_own() -> None:
    with Emulator(dataspaces=("default", "sales")) as org:
        seen = {}
        for name in ("default", "sales"):
            made = sa.create_engine(
                sa.engine.make_url(org.url).set(database=name), connect_args={"http_transport": org.http_transport}
            )
            inspector = sa.inspect(made)
            assert inspector.get_schema_names() == [inspector.default_schema_name] == [name]
            seen[name] = set(inspector.get_table_names(schema=name))
            other = {"default": "sales", "sales": "default"}[name]
            with pytest.raises(sa.exc.NoSuchTableError, match=f"data space '{name}' only.*names '{other}'"):
                inspector.get_table_names(schema=other)
            made.dispose()
        assert seen["default"]


def test_insights_are_described_as_their_own_api_does(
    engine: sa.engine.Engine, connection: datacloud_dbapi.Connection
) -> None:
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    listed = connection.insights.list()
    assert [table.name for table in listed] == sa.inspect(engine).get_view_names()
    for insight in listed:
        table = metadata.tables[insight.name]
        told = ("role", "rollupable", "display_name")
        assert {column.name: [column.info[fact] for fact in told] for column in table.columns} == {
            field.name: [field.role, field.rollupable, field.label] for field in insight.fields
        }
        assert table.info["kind"] == "CalculatedInsight"
        assert {link["to_table"] for link in table.info["relationships"]} == {insight.name}
        assert {link["from_table"] for link in table.info["relationships"]} <= set(metadata.tables)
