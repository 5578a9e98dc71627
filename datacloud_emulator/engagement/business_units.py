"""The org's Account Engagement: its business units and their jobs, and what a test asks of them.

Source: wire spec, account-engagement §2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.settings import BUSINESS_UNIT, EngagementSettings
from datacloud_emulator.engagement.store import Row, Store
from datacloud_emulator.engagement.unit import BusinessUnit
from datacloud_emulator.engagement.workers import WORKERS


class Engagement:
    """The org's Account Engagement; `emulator.engagement`.

    `settings` may be changed at any time. Methods without a `business_unit` speak of the first one.
    """

    def __init__(self, clock: Clock, settings: EngagementSettings | None = None) -> None:
        self.settings = settings or EngagementSettings()
        self.origin = ""  # of the URLs in records; known once the emulator has a port
        self._clock = clock
        self._units: dict[str, BusinessUnit] = {}
        self._jobs: dict[str, Jobs] = {}
        self.add_business_unit(BUSINESS_UNIT, sample=self.settings.sample)

    def add_business_unit(self, number: str, *, sample: bool = False) -> BusinessUnit:
        """One more business unit, with records of its own: those that an account is never without, or the sample's."""
        like = partial(_beginning, everything=sample)
        unit = BusinessUnit(number, self._clock, self.settings, like=like, origin=lambda: self.origin)
        self._units[number] = unit
        self._jobs[number] = Jobs(unit, self._clock, self.settings, WORKERS)
        return unit

    def unit(self, business_unit: str | None = None) -> BusinessUnit:
        """A business unit by its id; KeyError for an unknown one."""
        return self._units[BUSINESS_UNIT if business_unit is None else business_unit]

    def jobs(self, business_unit: str | None = None) -> Jobs:
        """The exports, imports and bulk actions of a business unit; KeyError for an unknown one."""
        return self._jobs[BUSINESS_UNIT if business_unit is None else business_unit]

    def find(self, number: str) -> BusinessUnit | None:
        return self._units.get(number)

    def load(self, name: str, rows: Iterable[Mapping[str, Any]], *, business_unit: str | None = None) -> int:
        """Put many records of an object (`Prospect`) into the store, unchecked; how many.

        A DateTime is an aware datetime, an ISO text with an offset, or seconds since 1970. Ids left out are the next
        ones, `createdAt` and `updatedAt` are now; `isDeleted` or `_deleted` puts a record into the bin.
        """
        return self.unit(business_unit).store.load(name, rows)

    def rows(
        self,
        name: str,
        *,
        deleted: str = "all",
        columns: Iterable[str] | None = None,
        business_unit: str | None = None,
    ) -> list[Row]:
        """Every record of an object, by id, as the store has them: what an answer must agree with.

        DateTimes are aware datetimes in UTC; `_deleted` says whether a record is in the bin. `deleted` is "false",
        "true" or "all". `columns` are the only ones wanted, beside the id and `_deleted`: of many records that saves
        much memory.
        """
        fields = catalogue().objects[name].fields
        rows = self.unit(business_unit).store.select(name, deleted=deleted, columns=columns)
        times = [
            field.name for field in fields.values() if field.type == "DateTime" and field.name in (rows or [{}])[0]
        ]
        for row in rows:
            for time in times:
                if row[time] is not None:
                    row[time] = datetime.fromtimestamp(row[time], timezone.utc)
        return rows

    def tick(self, times: int = 1, *, business_unit: str | None = None) -> None:
        """Move every job one state on, `times` times; of exports only the oldest, as one runs at a time."""
        self.jobs(business_unit).tick(times)

    @property
    def most_at_once(self) -> int:
        """The highest number of calls at once that a business unit has seen."""
        return max(unit.meter.most_at_once for unit in self._units.values())

    @property
    def calls_used(self) -> int:
        """The calls of today that the first business unit has taken."""
        return self.unit().meter.used

    def close(self) -> None:
        for unit in self._units.values():
            unit.close()


def _beginning(*, everything: bool) -> Store:
    """The records that a business unit begins with; what makes them loads when they are first asked for."""
    from datacloud_emulator.engagement import sample

    return sample.template(everything=everything)
