"""A data space small enough to write down, and a connection that hands it out and counts how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.services.metadata import Field, Index, KeyField, Relationship, Table

TO_PERSON = Relationship("Order__dlm", "Person__dlm", "PersonId__c", "Id__c", "NTOONE")
LINKS = (
    TO_PERSON,
    TO_PERSON,  # an object lists a relationship as often as the service likes
    Relationship("Email__dlm", "Order__dlm", "OrderId__c", "Id__c", "NTOONE"),  # towards this object
    Relationship("Order__dlm", "Hidden__dlm", "PersonId__c", "Id__c", "NTOONE"),  # not visible to this user
    Relationship("Order__dlm", "Person__dlm", "PersonId__c", "Nickname__c", "NTOONE"),  # no such column
    Relationship("Order__dlm", "Person__dlm", "PersonId__c", "Id__c", "ONETON"),  # towards many
    Relationship("Order__dlm", "Spend__cio"),  # an insight's, without columns
)
TABLES = (
    Table(
        "Order__dlm",
        "Sales Order",
        "DataModelObject",
        "Engagement",
        fields=(
            Field("Amount__c", "Amount", "NUMBER"),
            Field("CreatedAt__c", "Created at", "DATE_TIME"),
            Field("Id__c", "Id", "STRING", key_qualifier="KQ_Id__c"),
            Field("PersonId__c", "Person", "STRING"),
            Field("Tags__c", "Tags", "ARRAY"),
        ),
        primary_key=(KeyField("Id__c", "Id", 1), KeyField("PersonId__c", "Person", 2)),
        relationships=LINKS,
        indexes=(Index(("CreatedAt__c", "Id__c")),),
    ),
    Table(
        "Person__dlm",
        "Person",
        "DataModelObject",
        "Profile",
        fields=(Field("Id__c", "Id", "STRING", business_type="TEXT"),),
        relationships=(
            TO_PERSON,  # the other end lists it, too
            replace(TO_PERSON, cardinality=None),  # and once more, less precisely
            Relationship("RAW__dll", "person__DLM", "flag__c", "ID__c", "ONETOONE"),  # this end alone lists it
        ),
        reference_model="Individual",
    ),
    Table("Raw__dll", "Raw", "DataLakeObject", fields=(Field("Flag__c", "Flag", "BOOLEAN"),)),
    Table(
        "Spend__cio",
        "Spend",
        "CalculatedInsight",
        fields=(
            Field("PersonId__c", "Person", "STRING", role="dimension"),
            Field("Total__c", "Total", "NUMBER", role="measure", rollupable=True),
        ),
        relationships=(Relationship("Order__dlm", "Spend__cio"),),
    ),
    # Names that would be patterns, or end a literal, if they got into SQL or a LIKE.
    Table("Odd_'\"%__dlm", "Odd", "DataModelObject"),
    Table("twin__dlm", "Twin", "DataModelObject", "lower"),
    Table("TWIN__dlm", "Twin", "DataModelObject", "upper"),
)


class FakeConnection:
    """A driver connection as far as the dialect uses one."""

    dataspace = "default"

    def __init__(self, tables: Sequence[Table] = TABLES) -> None:
        self.requests = 0
        self.tables = list(tables)
        self.usable = True
        self.failure: Exception | None = None
        self.refusal: Exception | None = None
        self.metadata = SimpleNamespace(tables=self._ask)

    def _ask(self) -> list[Table]:
        self.requests += 1
        if self.refusal is not None:
            raise self.refusal
        return self.tables

    def check_usable(self) -> None:
        if not self.usable:
            raise InterfaceError("The connection is closed")

    def ping(self) -> None:
        self.check_usable()
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        pass

    def engine(self) -> Any:
        """An engine whose every connection is this one."""
        return sa.create_engine("datacloud://@/", creator=lambda: self)

    def through_sqlalchemy(self) -> Any:
        """What a dialect method gets: SQLAlchemy's connection, whose `connection` holds the driver's."""
        return SimpleNamespace(connection=SimpleNamespace(dbapi_connection=self))


class FakeClock:
    """Monotonic seconds that move by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
