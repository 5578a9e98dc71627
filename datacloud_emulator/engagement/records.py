"""Records made, changed, put into the bin and taken out of it: the rules that hold whoever asks.

Source: wire spec, account-engagement §4, §7, §13, §22 rows 3, 5, 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement import derived, prospects
from datacloud_emulator.engagement.catalogue import EngagementObject, catalogue
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row, Store
from datacloud_emulator.engagement.unit import BusinessUnit


class Records:
    """The writes of one caller in one business unit. Values are in the store's form (`bodies.properties`).

    Each method is one transaction and raises RefusedError, with nothing changed then.
    """

    def __init__(self, unit: BusinessUnit, settings: EngagementSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._user = unit.user_id
        self.store: Store = unit.store

    @property
    def now(self) -> int:
        """Seconds since 1970, whole ones as timestamps have them."""
        return int(self._clock.time())

    def create(self, item: EngagementObject, values: Mapping[str, Any]) -> int:
        """A new record; its id."""
        with self.store.writing():
            self._check_room(item)
            now = self.now
            row: Row = {**values, "id": self.store.reserve(item.name), "_deleted": False}
            stamps = {"createdAt": now, "updatedAt": now, "createdById": self._user, "updatedById": self._user}
            row.update((name, value) for name, value in stamps.items() if name in item.fields and name not in row)
            if item.name == "Prospect":
                prospects.complete(self.store, row, None, now, self._settings)
            else:
                derived.complete(self.store, item, row, None, now)
                self._check_folder(row, None)
            number = self.store.insert(item.name, row)
            self._mirror(item, number)
        return number

    def update(self, item: EngagementObject, row: Row, values: Mapping[str, Any]) -> None:
        """Change a record; what the values leave out stays."""
        self._check_unprotected(item, row["id"])
        with self.store.writing():
            now = self.now
            changes = {**values, **self._touched(item, now)}
            if item.name == "Prospect":
                prospects.complete(self.store, changes, row, now, self._settings)
            else:
                derived.complete(self.store, item, changes, row, now)
                self._check_folder(changes, row)
            self.store.update(item.name, row["id"], changes)
            self._mirror(item, row["id"])

    def delete(self, item: EngagementObject, row: Row) -> None:
        """Put a record into the bin, or take it out for good where its object has none. Code 108 for one in use.

        choice: it counts as a change (`updatedAt`), as a change feed could not tell otherwise.
        """
        self._check_unprotected(item, row["id"])
        with self.store.writing():
            self._check_unused(item, row["id"])
            if item.recycle_bin:
                self.store.update(item.name, row["id"], {"_deleted": True, **self._touched(item, self.now)})
                self._mirror(item, row["id"])
                return
            self.store.remove(item.name, row["id"])
            if item.name == "Tag":
                for tagged in self.store.select("TaggedObject", [Condition("tagId", "eq", row["id"])]):
                    self.store.remove("TaggedObject", tagged["id"])

    def restore(self, item: EngagementObject, row: Row) -> None:
        """Take a record out of the bin; one that is not in it stays as it is."""
        if not row["_deleted"]:
            return
        with self.store.writing():
            if item.name == "Prospect" and not self._settings.shared_emails:
                prospects.check_unique(self.store, row["email"], row["id"])
            self.store.update(item.name, row["id"], {"_deleted": False, **self._touched(item, self.now)})
            self._mirror(item, row["id"])

    def _touched(self, item: EngagementObject, now: int) -> Row:
        stamps = {"updatedAt": now, "updatedById": self._user}
        return {name: value for name, value in stamps.items() if name in item.fields}

    def _mirror(self, item: EngagementObject, number: int) -> None:
        row = self.store.get(item.name, number)
        if row is not None and ("folderId" in item.fields or "addTag" in item.actions):
            derived.mirror(self.store, item, row, self.now)

    def _check_room(self, item: EngagementObject) -> None:
        most = self._settings.records_most.get(item.name)
        if most is not None and self.store.count(item.name) >= most:
            raise RefusedError(67, item.name)

    def _check_folder(self, row: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
        folder, most = row.get("folderId"), self._settings.folder_most
        if most is None or folder is None or (old is not None and old.get("folderId") == folder):
            return
        if self.store.count("FolderContents", [Condition("folderId", "eq", folder)], deleted="all") >= most:
            raise RefusedError(216, str(folder))

    def _check_unprotected(self, item: EngagementObject, number: int) -> None:
        code = self._settings.protected_records.get((item.name, number))
        if code is not None:
            raise RefusedError(code)

    def _check_unused(self, item: EngagementObject, number: int) -> None:
        for name, field in self._settings.blocked_deletions.get(item.name, ()):
            listed = catalogue().objects[name].fields[field].type == "Array"
            conditions = [] if listed else [Condition(field, "eq", number)]
            for row in self.store.select(name, conditions):
                if not listed or number in (row[field] or ()):
                    raise RefusedError(108, f"{name} {row['id']}")
