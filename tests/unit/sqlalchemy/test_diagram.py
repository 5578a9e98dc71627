"""Diagrams of tables as Mermaid text. Source: Mermaid's grammar of `erDiagram`."""

from __future__ import annotations

import sqlalchemy as sa

from datacloud_sqlalchemy.diagram import er_diagram

DIAGRAM = """\
erDiagram
    Home__dlm {
        varchar Id__c PK, FK
    }
    Order__dlm {
        varchar Id__c PK "The \'id\'"
        varchar Person__c FK
        varchar _odd_name FK
    }
    "Per-son" {
        numeric Id__c PK
    }
    Home__dlm |o--o| "Per-son" : "Id__c"
    Order__dlm }o--o| "Per-son" : "Person__c"
    Order__dlm }o--o| Order__dlm : "odd name"
"""


def org() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("Per-son", metadata, sa.Column("Id__c", sa.NUMERIC(38, 18), primary_key=True))
    sa.Table("Alone__dlm", metadata, sa.Column("Id__c", sa.VARCHAR(), primary_key=True))
    sa.Table(
        "Order__dlm",
        metadata,
        sa.Column("Id__c", sa.VARCHAR(), primary_key=True, comment='The\n"id"'),
        sa.Column("Amount__c", sa.NUMERIC()),
        sa.Column("Person__c", sa.VARCHAR()),
        sa.Column("odd name", sa.VARCHAR()),
        # Made in another order than it is drawn.
        sa.ForeignKeyConstraint(["odd name"], ["Order__dlm.Id__c"]),
        sa.ForeignKeyConstraint(["Person__c"], ["Per-son.Id__c"], info={"cardinality": "NTOONE"}),
    )
    sa.Table(
        "Home__dlm",
        metadata,
        sa.Column("Id__c", sa.VARCHAR(), primary_key=True),
        sa.ForeignKeyConstraint(["Id__c"], ["Per-son.Id__c"], info={"cardinality": "ONETOONE"}),
    )
    return metadata


def test_keys_become_lines() -> None:
    assert er_diagram(org()) == DIAGRAM


def test_tables_without_keys_are_drawn_on_request() -> None:
    alone = "    Alone__dlm {\n        varchar Id__c PK\n    }\n"
    assert er_diagram(org(), unlinked=True) == DIAGRAM.replace("erDiagram\n", f"erDiagram\n{alone}")
