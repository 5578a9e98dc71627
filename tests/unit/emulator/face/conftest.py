"""A small org on disk, loaded once; each test opens its own face on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datacloud_emulator.engine.hyperd import Engine
from datacloud_emulator.store import Store

from . import people as people_files
from .client import Face
from .people import People

FILES = {
    "ssot__Individual__dlm.csv": (
        "ssot__Id__c,KQ_Id__c,ssot__LastName__c,ssot__BirthDate__c\nP-1,,Ana,1990-02-03\nP-2,,Bo,\n"
    ),
    "ssot__SalesOrder__dlm.csv": (
        "ssot__Id__c,ssot__SoldToCustomerId__c,ssot__GrandTotalAmount__c,ssot__CreatedDate__c,Paid__c\n"
        "O-1,P-1,12.50,2026-01-04T08:30:00Z,true\nO-2,P-1,3.00,2026-01-05T08:30:00.123456Z,false\n"
        "O-3,P-2,1.25,,true\n"
    ),
    "Orders_Home__dll.csv": "Id__c,Amount__c\n1,5\n",
    "Segment_SM_1__dlm.csv": "Id__c\nP-1\n",
    "emea/Only_Emea__dlm.csv": "Id__c\nE-1\n",
    "catalog.toml": """
[objects.ssot__Individual__dlm]
label = "Person"
category = "Profile"
primary_key = ["ssot__Id__c"]
reference_model = "Individual"
indexes = [["ssot__LastName__c"]]
columns.ssot__Id__c = { label = "Individual Id", key_qualifier = "KQ_Id__c" }
columns.ssot__LastName__c = { label = "Last Name" }
[objects.ssot__SalesOrder__dlm]
category = "Engagement"
primary_key = ["ssot__Id__c", "ssot__SoldToCustomerId__c"]
[objects.Orders_Home__dll]
label = "Orders_Home"
category = "Engagement"
[objects.Segment_SM_1__dlm]
category = "Segment_Membership"
[[relationships]]
from = "ssot__SalesOrder__dlm.ssot__SoldToCustomerId__c"
to = "ssot__Individual__dlm.ssot__Id__c"
[insights.Spend__cio]
label = "Spend"
sql = '''SELECT ssot__SoldToCustomerId__c AS CustomerId__c, SUM(ssot__GrandTotalAmount__c) AS Total__c
         FROM ssot__SalesOrder__dlm GROUP BY 1'''
dimensions = ["CustomerId__c"]
partition_by = "CustomerId__c"
measures.Total__c = { label = "Total spend", rollupable = true }
""",
}


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def store(data_folder: Path) -> Iterator[Store]:
    with Engine() as engine, Store(engine, data_folder, ("default", "emea")) as opened:
        yield opened


@pytest.fixture
def face(store: Store) -> Face:
    """The org as documented."""
    return Face(store)


@pytest.fixture
def open_face(store: Store) -> Callable[..., Face]:
    """An org with quirks, other page sizes …; the keywords are `Face`'s."""

    def opened(**settings: object) -> Face:
        return Face(store, **settings)  # type: ignore[arg-type]  # checked where the keywords are read

    return opened


@pytest.fixture(scope="session")
def people_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    for name, text in people_files.FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def people_store(people_folder: Path) -> Iterator[Store]:
    with Engine() as engine, Store(engine, people_folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def people(people_store: Store) -> People:
    """The org of people as documented; its APIs only read, so that one serves all tests."""
    return People(people_store)


@pytest.fixture
def open_people(people_store: Store) -> Callable[..., People]:
    """The org of people with quirks."""

    def opened(**quirks: object) -> People:
        return People(people_store, **quirks)

    return opened
