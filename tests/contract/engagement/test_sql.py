"""SQL over Account Engagement: what comes out is what SQLite says of the same rows, and what goes in is what was said.

The rows to compare with are the emulator's store's, in tables of Python's own sqlite3.
Source: wire spec, account-engagement §21.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pandas
import pytest
import sqlalchemy as sa

pytest.importorskip("shillelagh", reason="the extra engagement-sql is not installed")

from shillelagh.adapters.registry import registry
from shillelagh.backends.apsw import db

from datacloud_dbapi.engagement import sql
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.errors import DuplicateError, NotFoundError
from datacloud_dbapi.errors import (
    DataError,
    Error,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from datacloud_emulator import Emulator
from datacloud_emulator.faults import Fault
from tests.contract.engagement.faces import unit_params

SQLITE_TYPES = {"Integer": "INTEGER", "Boolean": "BOOLEAN", "DateTime": "TIMESTAMP", "Float": "REAL"}
OPTIONS = ("writable", "allow_sending", "include_deleted", "max_row_reads")
PROSPECTS, CAMPAIGNS = '"engagement://prospects"', '"engagement://campaigns"'


class Recording(httpx.BaseTransport):
    """The emulator's door, and what was asked of Account Engagement through it."""

    def __init__(self, door: httpx.BaseTransport) -> None:
        self._door = door
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if "/api/v5/" in path:
            query = "&".join(f"{name}={value}" for name, value in request.url.params.multi_items())
            self.asked.append(f"{request.method} {path.removeprefix('/api/v5/objects/')}?{query}".rstrip("?"))
        return self._door.handle_request(request)


class Desk:
    """Connections to one emulator, and what they asked it for."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.door = Recording(emulator.http_transport)
        self.params = {**unit_params(emulator), "http_transport": self.door}

    def connect(self, **options: Any) -> db.APSWConnection:
        return db.connect(":memory:", ["engagementapi"], {"engagementapi": {**self.params, **options}})

    def rows(self, statement: str, *parameters: Any, **options: Any) -> list[tuple[Any, ...]]:
        return list(self.connect(**options).execute(statement, parameters).fetchall())

    def asked(self) -> list[str]:
        """What was asked since the last time, but for the custom fields, of which each client asks once."""
        found = [one for one in self.door.asked if "fields=apiFieldId,type" not in one]
        self.door.asked.clear()
        return found

    @contextmanager
    def engine(self, **options: Any) -> Iterator[sa.Engine]:
        made = sa.create_engine(
            "shillelagh://", adapters=["engagementapi"], adapter_kwargs={"engagementapi": {**self.params, **options}}
        )
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def desk(emulator: Emulator) -> Iterator[Desk]:
    if "engagementapi" not in registry.loaders:
        registry.add("engagementapi", sql.EngagementAdapter)
    yield Desk(emulator)
    sql.close_clients()


@pytest.fixture(autouse=True)
def _afresh(desk: Desk) -> None:
    desk.asked()


@pytest.fixture(scope="module")
def truth(emulator: Emulator) -> Iterator[sqlite3.Connection]:
    """The live rows of the store in tables of the same names."""
    made = sqlite3.connect(":memory:")
    for table in ("prospects", "campaigns", "opportunities", "visits"):
        described = catalogue().tables[table]
        fields = [one for one in described.fields.values() if one.query and one.type not in ("Array", "Object")]
        columns = ", ".join(f'"{one.name}" {SQLITE_TYPES.get(one.type, "TEXT")}' for one in fields)
        made.execute(f'CREATE TABLE "engagement://{table}" ({columns})')
        for row in emulator.engagement.rows(described.name, deleted="false"):
            values = [held(row[one.name]) for one in fields]
            made.execute(f'INSERT INTO "engagement://{table}" VALUES ({", ".join("?" * len(values))})', values)
    yield made
    made.close()


def held(value: Any) -> Any:
    """A value as the sqlite3 of Python holds it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat()
    return value if value is None or isinstance(value, (bool, int, str)) else float(value)


SELECTS = {
    "all": f"SELECT id, email, score, isStarred, updatedAt FROM {PROSPECTS}",
    "promised": f"SELECT id, email, score FROM {PROSPECTS} WHERE updatedAt > '2025-03-01T00:00:00+00:00' "
    "ORDER BY id LIMIT 100",
    "greatest": f"SELECT max(id), min(id), max(score), sum(score), count(*), avg(score) FROM {PROSPECTS}",
    "order": f"SELECT id, score FROM {PROSPECTS} ORDER BY score DESC, id LIMIT 7 OFFSET 2",
    "order of nulls": f"SELECT id, lastActivityAt FROM {PROSPECTS} ORDER BY lastActivityAt, id LIMIT 5",
    "order of decimals": 'SELECT id, value FROM "engagement://opportunities" ORDER BY value DESC, id',
    "offset": f"SELECT id FROM {PROSPECTS} WHERE id > 10 ORDER BY id LIMIT 3 OFFSET 4",
    "between": f"SELECT id FROM {PROSPECTS} WHERE id BETWEEN 10 AND 20.5 ORDER BY id DESC",
    "fraction": f"SELECT id FROM {PROSPECTS} WHERE id < 5.5 AND id >= -3.5 ORDER BY id",
    "no such number": f"SELECT id FROM {PROSPECTS} WHERE id = 5.5",
    "number as text": f"SELECT id FROM {PROSPECTS} WHERE id = '7'",
    "half a second": f"SELECT id FROM {PROSPECTS} WHERE createdAt > '2024-04-14T00:13:55.500000+00:00' ORDER BY id",
    "four fields": f"SELECT id FROM {PROSPECTS} WHERE id > 5 AND userId IS NOT NULL AND createdAt > "
    "'2024-01-01T00:00:00+00:00' AND updatedAt > '2024-06-01T00:00:00+00:00' AND email LIKE '%1%' ORDER BY id",
    "null": f"SELECT id FROM {PROSPECTS} WHERE userId IS NULL ORDER BY id",
    "equal to null": f"SELECT id FROM {PROSPECTS} WHERE id = NULL",
    "or": f"SELECT id FROM {PROSPECTS} WHERE id = 3 OR email = 'prospect5@example.test' OR score > 240 ORDER BY id",
    "in": f"SELECT id FROM {PROSPECTS} WHERE id IN (4, 9, 2, 4) ORDER BY id DESC",
    "many in": f"SELECT id FROM {PROSPECTS} WHERE id IN ({', '.join(map(str, range(5, 60, 2)))}) ORDER BY id",
    "not in": 'SELECT id FROM "engagement://campaigns" WHERE cost NOT IN (0, 11979.5, 1, 2) ORDER BY id',
    "like": f"SELECT id, email FROM {PROSPECTS} WHERE email LIKE 'PROSPECT1_@%' ORDER BY id",
    "no case": f"SELECT id FROM {PROSPECTS} WHERE email = 'PROSPECT5@EXAMPLE.TEST' COLLATE NOCASE",
    "case": f"SELECT id FROM {PROSPECTS} WHERE email = 'PROSPECT5@EXAMPLE.TEST'",
    "empty text": f"SELECT id FROM {PROSPECTS} WHERE email = ''",
    "function": f"SELECT id FROM {PROSPECTS} WHERE upper(firstName) = 'JO' ORDER BY id LIMIT 3",
    "no boolean": f"SELECT count(*) FROM {PROSPECTS} WHERE optedOut = 2",
    "boolean": f"SELECT id FROM {PROSPECTS} WHERE optedOut = 1 AND isStarred = false ORDER BY id",
    "group": f"SELECT campaignId, count(*), max(score) FROM {PROSPECTS} GROUP BY campaignId ORDER BY 2 DESC, 1",
    "distinct": f"SELECT DISTINCT grade FROM {PROSPECTS} ORDER BY grade",
    "join": f"SELECT p.id, c.name FROM {PROSPECTS} p JOIN {CAMPAIGNS} c ON c.id = p.campaignId "
    "WHERE p.score > 100 AND c.cost > 12000 ORDER BY c.cost DESC, p.id",
    "left join": f'SELECT c.id, o.id FROM {CAMPAIGNS} c LEFT JOIN "engagement://opportunities" o '
    "ON o.campaignId = c.id AND o.value > 50000 ORDER BY c.id, o.id",
    "three tables": f'SELECT v.id, p.email, c.name FROM "engagement://visits" v JOIN {PROSPECTS} p '
    f"ON p.id = v.prospectId JOIN {CAMPAIGNS} c ON c.id = p.campaignId WHERE v.id < 150 ORDER BY v.id",
    "unequal join": f"SELECT a.id, b.id FROM {CAMPAIGNS} a JOIN {CAMPAIGNS} b ON a.id < b.id ORDER BY 1, 2",
    "below": f"SELECT id FROM {PROSPECTS} WHERE campaignId IN (SELECT id FROM {CAMPAIGNS} WHERE cost > 20000) "
    "ORDER BY id",
    "union": f"SELECT id FROM {CAMPAIGNS} WHERE id < 3 UNION ALL SELECT id FROM {PROSPECTS} WHERE id < 3",
}


@pytest.mark.parametrize("statement", SELECTS.values(), ids=SELECTS)
def test_a_statement_answers_what_sqlite_says_of_the_same_rows(
    desk: Desk, truth: sqlite3.Connection, statement: str
) -> None:
    found = [tuple(map(held, row)) for row in desk.rows(statement)]
    assert found == truth.execute(statement).fetchall()


def test_values_come_as_pythons_own(desk: Desk, emulator: Emulator) -> None:
    [row] = desk.rows(f"SELECT id, email, isStarred, updatedAt, Partner_Level__c FROM {PROSPECTS} WHERE id = 1")
    true = emulator.engagement.rows("Prospect")[0]
    assert row == (1, true["email"], true["isStarred"], true["updatedAt"], true["Partner_Level__c"])
    assert row[3].tzinfo is not None
    assert isinstance(row[2], bool)


def test_what_can_be_pushed_is_pushed_and_only_used_columns_are_asked_for(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    connection = desk.connect()
    statement = f"SELECT id, email, score FROM {PROSPECTS} WHERE updatedAt > ? AND id < 200 ORDER BY id LIMIT 100"
    since = dt.datetime(2025, 3, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    caplog.set_level(logging.DEBUG, "datacloud_dbapi.engagement.sql")
    assert sql.explain(connection, statement, (since,)) == [
        (
            "GET prospects fields=id,email,score,updatedAt filters=updatedAt:gt,id:lt orderBy=id ASC limit=pushed "
            "checked here=updatedAt:gt"
        )
    ]
    assert desk.asked() == []
    assert len(connection.execute(statement, (since,)).fetchall()) == 100
    assert desk.asked() == [
        (
            "GET prospects?fields=id,email,score,updatedAt&updatedAtAfter=2025-03-01T00:00:00+00:00&idLessThan=200"
            "&orderBy=id ASC&limit=100"
        )
    ]
    assert caplog.messages == [
        "GET prospects fields=id,email,score,updatedAt filters=updatedAtAfter,idLessThan orderBy=id ASC limit=100"
    ]


PUSHED = {
    "a count asks for ids": (f"SELECT count(*) FROM {PROSPECTS}", "fields=id&"),
    "another zone": (
        f"SELECT id FROM {PROSPECTS} WHERE updatedAt <= '2025-03-01T00:00:00-05:00'",
        "updatedAtBeforeOrEqualTo=2025-03-01T05:00:00+00:00",
    ),
    "descending": (f"SELECT id FROM {PROSPECTS} ORDER BY updatedAt DESC LIMIT 3", "orderBy=updatedAt DESC&limit=3"),
    "the bin": (f"SELECT id FROM {PROSPECTS} WHERE isDeleted = 1", "deleted=true"),
    "null": (f"SELECT id FROM {PROSPECTS} WHERE userId IS NULL", "userIdIsNull=true"),
    "text": (f"SELECT id FROM {PROSPECTS} WHERE email = 'prospect5@example.test'", "email=prospect5@example.test"),
}


@pytest.mark.parametrize(("statement", "part"), PUSHED.values(), ids=PUSHED)
def test_pushed(desk: Desk, statement: str, part: str) -> None:
    desk.rows(statement)
    [asked] = desk.asked()
    assert part in asked


def test_no_more_than_three_fields_are_sent(desk: Desk) -> None:
    desk.rows(SELECTS["four fields"])
    [asked] = desk.asked()
    assert [name for name in ("idGreater", "userIdIs", "createdAtAfter", "updatedAtAfter") if name in asked] == [
        *("idGreater", "userIdIs", "createdAtAfter")
    ]


def test_a_join_does_not_ask_for_each_row(desk: Desk) -> None:
    found = desk.rows(f"SELECT count(*) FROM {PROSPECTS} a JOIN {PROSPECTS} b ON b.id = a.id")
    assert found == [(288,)]
    # The rows of one side, 8 look-ups for the other and then all of it.
    assert len(desk.asked()) == 1 + 8 + 1


def test_a_large_table_is_looked_up_row_by_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datacloud_dbapi.engagement.sql.table.PAGE", 10)
    ids = ", ".join(map(str, range(1, 13)))
    assert len(desk.rows(f"SELECT id FROM {PROSPECTS} WHERE id IN ({ids})")) == 12
    asked = desk.asked()
    assert [one for one in asked if "&id=" in one] == [
        one for number in range(1, 13) for one in asked if f"id={number}&" in one
    ]
    # 9 pages of 10 rows, and the one that is seen to be too much.
    assert len(asked) - 12 == 10


def test_pandas_reads_a_statement(desk: Desk, emulator: Emulator) -> None:
    since = dt.datetime(2025, 3, 1, tzinfo=dt.timezone.utc)
    statement = sa.text(f"SELECT id, score, updatedAt FROM {PROSPECTS} WHERE updatedAt > :since ORDER BY id")
    with desk.engine() as engine, engine.connect() as connection:
        frame = pandas.read_sql(statement, connection, params={"since": since}, index_col="id")
    live = [row for row in emulator.engagement.rows("Prospect", deleted="false") if row["updatedAt"] > since]
    assert frame["score"].to_dict() == {row["id"]: row["score"] for row in live}
    assert frame["updatedAt"].to_dict() == {row["id"]: row["updatedAt"] for row in live}


def test_a_core_join_of_two_objects(desk: Desk, emulator: Emulator) -> None:
    prospects = sa.table("engagement://prospects", sa.column("id"), sa.column("email"), sa.column("campaignId"))
    campaigns = sa.table("engagement://campaigns", sa.column("id"), sa.column("name"))
    joined = prospects.join(campaigns, campaigns.c.id == prospects.c.campaignId)
    statement = (
        sa.select(prospects.c.email, campaigns.c.name)
        .select_from(joined)
        .where(prospects.c.id < 20, campaigns.c.name.like("W%"))
        .order_by(prospects.c.id)
    )
    names = {row["id"]: row["name"] for row in emulator.engagement.rows("Campaign", deleted="false")}
    live = [row for row in emulator.engagement.rows("Prospect", deleted="false") if row["id"] < 20]
    with desk.engine() as engine, engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(statement)]
    wanted = [(row["email"], names.get(row["campaignId"], "")) for row in live]
    assert found == [pair for pair in wanted if pair[1].startswith("W")]
    assert found


def test_sqlalchemy_reflects_the_columns_of_select_all(desk: Desk) -> None:
    with desk.engine() as engine:
        inspector = sa.inspect(engine)
        columns = {one["name"]: str(one["type"]) for one in inspector.get_columns("engagement://landing_pages")}
        assert inspector.has_table("engagement://landing_pages")
        assert not inspector.has_table("engagement://landing_sides")
        with engine.connect() as connection:
            shown = connection.execute(sa.text('SELECT * FROM "engagement://landing_pages"')).keys()
    assert list(columns) == list(shown)
    assert "content" not in columns
    assert (columns["id"], columns["createdAt"], columns["isDeleted"]) == ("INTEGER", "TIMESTAMP", "BOOLEAN")


def test_a_column_of_reads_takes_one_read_a_row_up_to_a_bound(desk: Desk, emulator: Emulator) -> None:
    statement = 'SELECT id, content FROM "engagement://landing_pages" ORDER BY id'
    pages = emulator.engagement.rows("LandingPage", deleted="false")
    assert desk.rows(statement) == [(page["id"], page["content"]) for page in pages]
    assert len(desk.asked()) == 1 + len(pages)
    with pytest.raises(OperationalError, match="more than 2 rows") as refused:
        desk.rows(statement, max_row_reads=2)
    assert "max_row_reads" in str(refused.value.hint)
    assert len(desk.asked()) == 1 + 2


def test_custom_fields_are_columns(desk: Desk, emulator: Emulator) -> None:
    connection = desk.connect()
    statement = f"SELECT Partner_Level__c, Interests__c FROM {PROSPECTS} WHERE id = 1"
    true = emulator.engagement.rows("Prospect")[0]
    [(level, interests)] = connection.execute(statement).fetchall()
    assert (level, json.loads(interests)) == (true["Partner_Level__c"], true["Interests__c"])
    [(filled,)] = connection.execute(f"SELECT count(Partner_Level__c) FROM {PROSPECTS}").fetchall()
    live = emulator.engagement.rows("Prospect", deleted="false")
    assert filled == sum(row.get("Partner_Level__c") is not None for row in live)


def test_the_bin_is_another_table_unless_it_is_included(desk: Desk, emulator: Emulator) -> None:
    binned = [row["id"] for row in emulator.engagement.rows("Prospect", deleted="true")]
    alive = [row["id"] for row in emulator.engagement.rows("Prospect", deleted="false")]
    ids = f"SELECT id FROM {PROSPECTS}"
    assert binned
    assert [row for (row,) in desk.rows(f"{ids} WHERE isDeleted = true")] == binned
    assert [row for (row,) in desk.rows(f"{ids} WHERE isDeleted = 0")] == alive
    assert sorted(row for (row,) in desk.rows(ids, include_deleted=True)) == sorted(binned + alive)
    assert [row for (row,) in desk.rows(f"{ids} WHERE isDeleted", include_deleted=True)] == binned


@pytest.mark.parametrize("table", [name for name, one in catalogue().tables.items()])
def test_every_object_is_a_table(desk: Desk, emulator: Emulator, table: str) -> None:
    described = catalogue().tables[table]
    found = desk.rows(f'SELECT * FROM "engagement://{table}" ORDER BY id LIMIT 3')
    rows = emulator.engagement.rows(described.name, deleted="false")
    assert [row[0] for row in found] == [row["id"] for row in rows[:3]]
    assert len(desk.asked()) == 1


def test_nobody_is_asked_for_what_cannot_be(desk: Desk) -> None:
    with pytest.raises(ProgrammingError, match="prospekts") as unknown:
        desk.rows('SELECT * FROM "engagement://prospekts"')
    assert unknown.value.hint == "did you mean 'prospects'?"
    with pytest.raises(DataError, match="moments"):
        desk.rows(f"SELECT id FROM {PROSPECTS} WHERE updatedAt > 'soon'")
    with pytest.raises(NotSupportedError, match="LifecycleStageProspect has no query"):
        desk.rows('SELECT * FROM "engagement://LifecycleStageProspect"')
    assert desk.asked() == []


REFUSED = {
    "INSERT": (f"INSERT INTO {PROSPECTS} (email) VALUES ('a@example.test')", {}, "read-only"),
    "UPDATE": (f"UPDATE {PROSPECTS} SET score = 1 WHERE id = 1", {}, "read-only"),
    "DELETE": (f"DELETE FROM {PROSPECTS} WHERE id = 1", {}, "read-only"),
    "no INSERT": (
        'INSERT INTO "engagement://visits" (visitorId) VALUES (1)',
        {"writable": True},
        "Visit has no create",
    ),
    "no UPDATE": ('UPDATE "engagement://emails" SET name = 1', {"writable": True}, "Email has no update"),
    "no DELETE": ('DELETE FROM "engagement://campaigns"', {"writable": True}, "Campaign has no create, update or"),
    "sends": ('INSERT INTO "engagement://emails" (name) VALUES (1)', {"writable": True}, "sends messages"),
    "row id": (f"INSERT INTO {PROSPECTS} (rowid, email) VALUES (7, 'a')", {"writable": True}, "gives the id"),
    "id": (f"INSERT INTO {PROSPECTS} (id, email) VALUES (7, 'a')", {"writable": True}, "id"),
    "only read": (f"INSERT INTO {PROSPECTS} (email, grade) VALUES ('a@b.test', 'A')", {"writable": True}, "grade"),
}


@pytest.mark.parametrize(("statement", "options", "words"), REFUSED.values(), ids=REFUSED)
def test_a_change_is_refused_before_anything_is_sent(
    desk: Desk, statement: str, options: Mapping[str, bool], words: str
) -> None:
    with pytest.raises((NotSupportedError, ProgrammingError), match=words):
        desk.rows(statement, **options)
    assert desk.asked() == []


def test_insert_update_and_delete_are_create_update_and_delete(desk: Desk, emulator: Emulator) -> None:
    connection = desk.connect(writable=True)

    def row(number: int) -> dict[str, Any] | None:
        return next((one for one in emulator.engagement.rows("Prospect", deleted="false") if one["id"] == number), None)

    connection.execute(
        f"INSERT INTO {PROSPECTS} (email, score, optedOut, zip) VALUES (?, 5, true, 1234)", ("new@example.test",)
    )
    [(number,)] = connection.execute("SELECT last_insert_rowid()").fetchall()
    made = row(number)
    assert made is not None
    assert (made["email"], made["score"], made["optedOut"], made["zip"]) == ("new@example.test", 5, True, "1234")
    desk.asked()

    connection.execute(f"UPDATE {PROSPECTS} SET score = score + 1, firstName = NULL WHERE id = {number}")
    made = row(number)
    assert made is not None
    assert (made["score"], made["firstName"], made["email"]) == (6, None, "new@example.test")
    assert [one.partition("?")[0] for one in desk.asked()] == ["GET prospects", f"PATCH prospects/{number}"]

    connection.execute(f"UPDATE {PROSPECTS} SET score = 6 WHERE id = {number}")
    assert not [one for one in desk.asked() if one.startswith("PATCH")], "there is nothing to change"

    connection.execute(f"DELETE FROM {PROSPECTS} WHERE email = 'new@example.test'")
    assert row(number) is None


def test_an_update_changes_every_row_that_it_names(desk: Desk, emulator: Emulator) -> None:
    connection = desk.connect(writable=True)
    before = {one["id"]: one["name"] for one in emulator.engagement.rows("Tag")}
    connection.execute("UPDATE \"engagement://tags\" SET name = name || ' (old)' WHERE id <= 3")
    after = {one["id"]: one["name"] for one in emulator.engagement.rows("Tag")}
    assert after == {number: f"{name} (old)" if number <= 3 else name for number, name in before.items()}


def test_an_update_that_fails_half_way_says_how_far_it_came(desk: Desk, emulator: Emulator) -> None:
    emulator.faults.add(Fault("engagement-update", status=400, body=b'{"code":245,"message":"Name in use"}', after=1))
    connection = desk.connect(writable=True)
    statement = "UPDATE \"engagement://lists\" SET description = 'Half' WHERE id <= 3"
    with pytest.raises(DuplicateError, match="rows changed before this one, which stay so: 1"):
        connection.execute(statement)
    halves = [row["id"] for row in emulator.engagement.rows("List") if row["description"] == "Half"]
    assert len(halves) == 1
    connection.execute(statement)
    assert len([row for row in emulator.engagement.rows("List") if row["description"] == "Half"]) == 3


def test_what_only_a_read_gives_can_be_written_without_being_read(desk: Desk, emulator: Emulator) -> None:
    connection = desk.connect(writable=True)
    connection.execute(
        "UPDATE \"engagement://email_templates\" SET htmlMessage = '<p>%%unsubscribe%%</p>' WHERE id = 1"
    )
    assert [one.partition("?")[0] for one in desk.asked()] == ["GET email-templates", "PATCH email-templates/1"]
    assert emulator.engagement.rows("EmailTemplate")[0]["htmlMessage"] == "<p>%%unsubscribe%%</p>"
    with pytest.raises(NotSupportedError, match="htmlMessage is not read"):
        connection.execute("UPDATE \"engagement://email_templates\" SET htmlMessage = htmlMessage || '!' WHERE id = 1")


def test_an_email_is_sent_when_that_is_allowed(desk: Desk, emulator: Emulator) -> None:
    count = len(emulator.engagement.rows("Email"))
    flags = ("optedOut", "isDoNotEmail", "isEmailHardBounced")
    prospects = emulator.engagement.rows("Prospect", deleted="false")
    number = next(one["id"] for one in prospects if not any(one[flag] for flag in flags))
    desk.rows(
        'INSERT INTO "engagement://emails" (name, campaignId, prospectId, subject, textMessage) '
        "VALUES ('Hello', 1, ?, 'Hello', 'Hello %%unsubscribe%%')",
        number,
        writable=True,
        allow_sending=True,
    )
    assert len(emulator.engagement.rows("Email")) == count + 1


def test_errors_reach_the_user_as_they_are(desk: Desk, emulator: Emulator) -> None:
    with pytest.raises(DuplicateError) as twice:
        desk.rows(f"INSERT INTO {PROSPECTS} (email) VALUES ('prospect5@example.test')", writable=True)
    assert (twice.value.code, twice.value.request) == ("9", "POST /api/v5/objects/prospects")
    connection = desk.connect(writable=True)
    emulator.faults.add(Fault("engagement-delete", status=404, body=b'{"code":109,"message":"Record not found"}'))
    with pytest.raises(NotFoundError):
        connection.execute(f"DELETE FROM {PROSPECTS} WHERE id = 6")
    emulator.faults.add(Fault("engagement-create", reset="after"))
    with pytest.raises(Error) as unclear:
        desk.rows(f"INSERT INTO {PROSPECTS} (email) VALUES ('unclear@example.test')", writable=True)
    assert unclear.value.maybe_applied is True
    with desk.engine(writable=True) as engine, engine.connect() as alchemy, pytest.raises(DuplicateError):
        alchemy.execute(sa.text(f"INSERT INTO {PROSPECTS} (email) VALUES ('prospect5@example.test')"))


def test_tables_of_one_login_share_a_client_and_no_secret_is_shown(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = desk.connect()
    connection.execute(f"SELECT p.id FROM {PROSPECTS} p JOIN {CAMPAIGNS} c ON p.id = c.id").fetchall()
    adapters = [sql.EngagementAdapter(table, **desk.params) for table in ("prospects", "campaigns")]
    assert adapters[0].login is adapters[1].login
    tables = str(connection.execute("SELECT sql FROM sqlite_master").fetchall())
    shown = caplog.text + tables
    assert "EngagementAdapter" in tables
    assert desk.params["client_secret"] not in shown
    assert desk.params["client_id"] not in shown


def test_a_client_that_was_closed_is_opened_again(desk: Desk) -> None:
    connection = desk.connect()
    statement = f"SELECT count(*) FROM {CAMPAIGNS}"
    first = connection.execute(statement).fetchall()
    sql.close_clients()
    assert connection.execute(statement).fetchall() == first


def test_a_table_of_another_process_says_what_is_missing(desk: Desk) -> None:
    with pytest.raises(InterfaceError, match="another process"):
        sql.EngagementAdapter("prospects", login="0" * 16).get_columns()
