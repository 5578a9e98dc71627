"""Tables become Hyper's CREATE TABLE, or a reason why not. Source: wire spec, hyper §1.7 and §4.2."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint, DropTable

from datacloud_sqlalchemy import DataCloudDialect
from datacloud_sqlalchemy.pg_catalog import stored_type

METADATA = sa.MetaData()
PARENT = sa.Table("Parent__dlm", METADATA, sa.Column("Id__c", sa.Integer, primary_key=True))


def written_out(statement: Any) -> str:
    return " ".join(str(statement.compile(dialect=DataCloudDialect())).split())


def test_keys_are_assumed_and_have_no_names() -> None:
    child = sa.Table(
        "child",
        METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("up", sa.Integer, sa.ForeignKey("Parent__dlm.Id__c", name="fk"), unique=True),
        sa.Column("note", sa.String(5), nullable=False, server_default="x"),
    )
    text = written_out(CreateTable(child))
    assert text.startswith(
        "CREATE TABLE child ( id INTEGER NOT NULL, up INTEGER, note VARCHAR(5) DEFAULT 'x' NOT NULL, "
        "ASSUMED PRIMARY KEY (id), "
    )
    assert 'ASSUMED FOREIGN KEY (up) REFERENCES "Parent__dlm" ("Id__c")' in text
    assert "ASSUMED UNIQUE (up)" in text
    assert "CONSTRAINT" not in text
    assert written_out(DropTable(child)) == "DROP TABLE child"


def test_a_key_of_a_table_to_itself_is_added_when_the_table_is_there() -> None:
    tree = sa.Table(
        "Tree",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("up", sa.Integer, sa.ForeignKey("Tree.id")),
    )
    made: Any = CreateTable(tree).compile(dialect=DataCloudDialect())
    assert "FOREIGN KEY" not in str(made)
    assert made.keys_to_itself == ('ALTER TABLE "Tree" ADD ASSUMED FOREIGN KEY (up) REFERENCES "Tree" (id)',)
    # The same by hand, as for any key of a table that is there already.
    key, unique = next(iter(tree.foreign_key_constraints)), sa.UniqueConstraint(tree.c.up)
    assert written_out(AddConstraint(key)) == made.keys_to_itself[0]
    assert written_out(AddConstraint(unique)) == 'ALTER TABLE "Tree" ADD ASSUMED UNIQUE (up)'
    with pytest.raises(sa.exc.CompileError, match="drops no key"):
        written_out(DropConstraint(unique))


REFUSED: dict[str, tuple[Any, str]] = {
    "check": ((sa.Column("a", sa.Integer), sa.CheckConstraint("a > 0")), "no CHECK"),
    "computed": ((sa.Column("a", sa.Integer, sa.Computed("1")),), "computes no columns"),
    "identity": ((sa.Column("a", sa.Integer, sa.Identity()),), "no identities"),
    "key action": ((sa.Column("a", sa.Integer, sa.ForeignKey(PARENT.c.Id__c, ondelete="CASCADE")),), "no ON DELETE"),
}


@pytest.mark.parametrize(("parts", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_hyper_lacks_is_refused(parts: Any, reason: str) -> None:
    made = sa.Table("self_made", sa.MetaData(), *parts)
    with pytest.raises(sa.exc.CompileError, match=reason):
        written_out(CreateTable(made))


def test_there_are_no_indexes() -> None:
    with pytest.raises(sa.exc.CompileError, match="no indexes"):
        written_out(CreateIndex(sa.Index("ix", PARENT.c.Id__c)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("numeric(10,2)", "NUMERIC(10, 2)"),
        ("character varying(20)", "VARCHAR(20)"),
        ("character varying", "VARCHAR"),
        ("character(3)", "CHAR(3)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp", "TIMESTAMP"),
        ("double precision", "DOUBLE PRECISION"),
        ("array(integer)", "INTEGER[]"),
        ("interval", "INTERVAL"),
        ("bytea", "BYTEA"),
    ],
)
def test_a_stored_type_is_read_back(text: str, expected: str) -> None:
    assert stored_type(text).compile(dialect=DataCloudDialect()) == expected


def test_a_stored_text_keeps_its_collation() -> None:
    assert stored_type("character varying(5)", "en_US").collation == "en_US"  # type: ignore[attr-defined]  # of text
    assert stored_type("text").collation is None  # type: ignore[attr-defined]  # of text


def test_a_stored_type_without_a_counterpart_has_none() -> None:
    assert isinstance(stored_type("tableau.tabgeography"), sa.types.NullType)
