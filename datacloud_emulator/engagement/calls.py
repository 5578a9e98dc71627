"""One call of the API that has passed the door: what it is about, and what its answer is made with.

Source: wire spec, account-engagement §3-4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from datacloud_emulator.clock import Clock
from datacloud_emulator.engagement import fields
from datacloud_emulator.engagement.catalogue import EngagementObject, catalogue
from datacloud_emulator.engagement.fields import Renderer, Selection
from datacloud_emulator.engagement.jobs import Jobs
from datacloud_emulator.engagement.records import Records
from datacloud_emulator.engagement.refusals import REDACTED, WARNING, RefusedError, answer, not_found
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Row, Store
from datacloud_emulator.engagement.unit import BusinessUnit


@dataclass
class Call:
    """`number` is the id in the path, None without one; `part` what follows it (an action's name, a result's id)."""

    request: Request
    unit: BusinessUnit
    jobs: Jobs
    settings: EngagementSettings
    clock: Clock
    origin: str
    operation: str  # query, read, create, update, delete, action, download
    item: EngagementObject
    number: int | None = None
    part: str = ""
    path: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.unit.store

    @property
    def records(self) -> Records:
        return Records(self.unit, self.settings, self.clock)

    def fields(self, default: str = "", *, item: EngagementObject | None = None) -> Selection | None:
        """What `fields` asks for, of the record that a call answers with; None when neither it nor a default does."""
        text = self.request.args.get("fields", "") or default
        return fields.selected(text, item or self.item, self.store, on_query=False) if text else None

    def only(self, *parameters: str) -> None:
        """Code 51 for a parameter that does not belong to the call."""
        for name in self.request.args:
            if name not in parameters:
                raise RefusedError(51, name)

    def needs(self, ability: str, item: EngagementObject | None = None) -> None:
        """Code 46 when the user lacks an ability: View, Create (which changing is as well), or Delete."""
        name = (item or self.item).name
        if (name, ability) in self.settings.lacking_abilities:
            raise RefusedError(46, f"{name} > {ability}")

    @property
    def can_view(self) -> bool:
        return (self.item.name, "View") not in self.settings.lacking_abilities

    def row(self, *, deleted: bool = False, lagging: bool = False) -> Row:
        """The record of the path; code 109 for an unknown one, and for one in the bin unless `deleted`."""
        return self.existing(self.item, self.number, deleted=deleted, lagging=lagging)

    def existing(
        self, item: EngagementObject, number: int | None, *, deleted: bool = False, lagging: bool = False
    ) -> Row:
        """A record by its id, as `row` gives the one of the path."""
        row = None if number is None else self.store.get(item.name, number, lagging=lagging)
        if row is None or (row["_deleted"] and not deleted):
            raise not_found(recycled=row is not None)
        return row

    def shown(self, row: Row, selection: Selection, status: int = 200, *, lagging: bool = False) -> Response:
        """The answer that shows a record."""
        renderer = Renderer(self.unit, self.settings, lagging=lagging)
        response = answer(renderer.records([row], selection)[0], status)
        if renderer.redacted:
            response.headers[WARNING] = REDACTED
        changed = self.changed_at(row)
        if status == 200 and changed is not None:
            response.last_modified = changed
        return response

    def changed_at(self, row: Row) -> datetime | None:
        """When the record was changed last; None where it does not say so."""
        if "updatedAt" in self.item.fields:
            seconds = row.get("updatedAt")
        else:
            # Of what can be changed, when it was made tells nothing.
            seconds = None if "update" in self.item.operations else row.get("createdAt")
        return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)

    def created(self, number: int, selection: Selection | None = None) -> Response:
        """The answer to a creation: what was asked for (the id when nothing was), and where the record is.

        204, which does not tell the id, when the user may not see it.
        """
        if not self.can_view:
            return Response(status=204)
        if selection is None:
            selection = fields.selected("id", self.item, self.store, on_query=False)
        response = self.shown(self.store.get(self.item.name, number) or {}, selection, 201)
        asked = self.request.args.get("fields", "") or "id"
        response.headers["Location"] = f"{self.origin}{self.item.path}/{number}?fields={quote(asked, safe=',.')}"
        response.autocorrect_location_header = False
        return response

    def updated(self, selection: Selection | None) -> Response:
        """The answer to a change: nothing unless fields were asked for, and can be seen."""
        if selection is None or not self.can_view:
            return Response(status=204)
        return self.shown(self.row(), selection)


Handler = Callable[[Call], Response]


def named(name: str) -> EngagementObject:
    """An object of the catalogue by its name."""
    return catalogue().objects[name]
