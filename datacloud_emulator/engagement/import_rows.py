"""One row of an import: the prospect it means, what it writes, and the lists it changes.

Source: wire spec, account-engagement §16.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datacloud_emulator.engagement import bodies, prospects
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.fields import custom_field
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.records import Records
from datacloud_emulator.engagement.refusals import RECYCLED, RefusedError
from datacloud_emulator.engagement.store import Condition, Row
from datacloud_emulator.engagement.values import integer

MATCHES = ("matchId", "matchSalesforceId", "matchEmail")
LISTS = frozenset({"addToList", "removeFromList"})

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_ASSIGNMENTS = frozenset({"userId", "salesforceOwnerId"})  # an import does not take an assignment away


class Importer:
    """Puts the rows of one import into the store, one transaction each."""

    def __init__(self, jobs: Jobs, row: Row, columns: Sequence[str]) -> None:
        self._settings = jobs.settings
        self._records = Records(jobs.unit, jobs.settings, jobs.clock)
        self._store = jobs.unit.store
        self._columns = columns
        self._create = row["createOnNoMatch"]
        self._restore = row["restoreDeleted"]
        self._options: dict[str, dict[str, bool]] = row["fields"] or {}
        self._item = catalogue().objects["Prospect"]
        self._memberships = catalogue().objects["ListMembership"]
        self._several = {
            name for name in columns if (custom := custom_field(self._store, name)) is not None and custom.several
        }

    def put(self, cells: Sequence[str]) -> str:
        """`created` or `updated`; RefusedError, with nothing changed, for a row that fails."""
        row = dict(zip(self._columns, cells, strict=True))
        with self._store.writing():
            match = self._match(row)
            found = None if match is None else self._find(*match)
            if found is not None and found["_deleted"] and not self._restore:
                raise RefusedError(109, warning=RECYCLED)
            if found is None and match is not None and not self._create:
                raise RefusedError(109, match[0])
            if found is None:
                number, done = self._make(row, match), "created"
            else:
                number, done = found["id"], "updated"
                self._change(row, found)
            self._list(row, number)
        return done

    def _match(self, row: dict[str, str]) -> tuple[str, str] | None:
        """What the row is found by; None when it says nothing, which means a new prospect."""
        given = [(name, row[name]) for name in MATCHES if row.get(name)]
        if len(given) > 1:
            raise RefusedError(165, "several match columns are filled")
        return given[0] if given else None

    def _find(self, name: str, value: str) -> Row | None:
        """A live one before one in the bin."""
        column = {"matchId": "id", "matchSalesforceId": "salesforceId"}.get(name, "email")
        if column == "id":
            number = integer(value)
            if number is None:
                raise RefusedError(16, name)
            return self._store.get("Prospect", number)
        found = self._store.select("Prospect", [Condition(column, "eq", value)], deleted="all")
        return prospects.latest([person for person in found if not person["_deleted"]] or found)

    def _make(self, row: dict[str, str], match: tuple[str, str] | None) -> int:
        body = {name: value for name, value in self._body(row).items() if value is not None}
        if match is not None and match[0] == "matchEmail":
            body.setdefault("email", match[1])
        elif match is not None and match[0] == "matchSalesforceId":
            body.setdefault("salesforceId", match[1])
        values = bodies.properties(body, self._item, self._store, self._settings, create=True)
        return self._records.create(self._item, values)

    def _change(self, row: dict[str, str], found: Row) -> None:
        body = {name: value for name, value in self._body(row).items() if self._overwrites(name, value, found)}
        if found["_deleted"]:
            self._records.restore(self._item, found)
        values = bodies.properties(body, self._item, self._store, self._settings, create=False)
        # Lists alone do not change the prospect.
        if values:
            self._records.update(self._item, found, values)

    def _overwrites(self, name: str, value: Any, found: Row) -> bool:
        if value is None and name in _ASSIGNMENTS:
            return False
        option = self._options.get(name, {})
        if value is None and not option.get("nullOverwrite", True):
            return False
        return option.get("overwrite", True) or found.get(name) is None

    def _body(self, row: dict[str, str]) -> Row:
        """The row as a body has it: a blank cell is null, a boolean true or false."""
        body: Row = {}
        for name, text in row.items():
            if name in MATCHES or name in LISTS:
                continue
            field = self._item.fields.get(name)
            if not text:
                body[name] = None
            elif field is not None and field.type == "Boolean":
                body[name] = _BOOLEANS.get(text.strip().lower(), text)
            elif name in self._several:
                body[name] = text.split(self._settings.import_list_separator)
            else:
                body[name] = text
        return body

    def _list(self, row: dict[str, str], number: int) -> None:
        """Add the prospect to lists and take it out of others."""
        for name in LISTS & set(self._columns):
            for list_id in self._ids(row[name], name):
                standing = self._store.select(
                    "ListMembership",
                    [Condition("prospectId", "eq", number), Condition("listId", "eq", list_id)],
                    deleted="all",
                    order="id",
                    descending=True,
                )
                live = [membership for membership in standing if not membership["_deleted"]]
                if name == "removeFromList":
                    for membership in live:
                        self._records.delete(self._memberships, membership)
                elif standing and not live:
                    self._records.restore(self._memberships, standing[0])
                elif not live:
                    values = {"listId": list_id, "prospectId": number, "optedOut": False}
                    self._records.create(self._memberships, values)

    def _ids(self, cell: str, name: str) -> list[int]:
        parts = [part.strip() for part in cell.split(self._settings.import_list_separator) if part.strip()]
        if len(parts) > self._settings.import_lists:
            raise RefusedError(63, name)
        found = []
        for part in parts:
            number = integer(part)
            standing = None if number is None else self._store.get("List", number)
            if number is None or standing is None or standing["_deleted"]:
                raise RefusedError(55, part)
            found.append(number)
        return found
