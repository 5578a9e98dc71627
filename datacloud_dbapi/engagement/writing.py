"""Create, update, delete and the actions of one object.

| call | request | sent again after no answer or a fault inside |
|---|---|---|
| `create` | `POST` | never: the error says `maybe_applied` |
| `upsert`, `undelete`, `add_tag`, `remove_tag`, `do` | `POST …/do/…` | never, as above |
| `update` | `PATCH` | yes: it says what the record is to be |
| `delete` | `DELETE` | yes: a record that is gone then is gone because of it |

Every body is checked against the catalogue first. Nothing is sent for what would be refused.
Source: wire spec, account-engagement §4, §7, §13-14, §19; faults rule 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datacloud_dbapi.engagement import writes
from datacloud_dbapi.engagement.multipart import FileInput, FilePart, read_file
from datacloud_dbapi.engagement.reading import Reading
from datacloud_dbapi.engagement.records import Record
from datacloud_dbapi.engagement.sent_bodies import file_argument
from datacloud_dbapi.engagement.writes import Fields, Write, gives_bytes
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.flow.method import R, flow_method


class Writing(Reading[R]):
    """What every object offers that can be changed, beside reading it.

    Raises NotSupportedError for what the object does not offer and ProgrammingError for what would be refused, both
    before anything is sent. An error has `maybe_applied` where nobody can tell whether the service has acted; its hint
    says how to find out. A record may be read as it was for a minute after it has been written.
    """

    @flow_method
    def create(
        self, values: Mapping[str, Any], *, fields: Fields = ("id",), file: FileInput | None = None
    ) -> Flow[Record]:
        """Make a record: the `fields` of it, and in `location` where it is.

        The record is empty, and so false, when it was made and this user may not see it. `file` is a path, an open
        binary file or a `FilePart`. To create an Email sends a message, to create a ListEmail a message to each
        prospect of its lists.
        """
        return (yield from self._sent(writes.create(self._object, values, fields, (yield from _read(file)))))

    @flow_method
    def update(
        self,
        id: int | str,
        values: Mapping[str, Any],
        *,
        fields: Fields = None,
        file: FileInput | None = None,
    ) -> Flow[Record]:
        """Change these fields of a record, others stay; None empties one. Answers `fields` of it, if any are named."""
        return (yield from self._sent(writes.update(self._object, id, values, fields, (yield from _read(file)))))

    @flow_method
    def delete(self, id: int | str) -> Flow[None]:
        """Delete a record: into the recycle bin where its object has one, else for good.

        Raises NotFoundError for one that is not there, DependencyError for one that is used.
        """
        yield from self._sent(writes.delete(self._object, id))

    @flow_method
    def upsert(
        self,
        email: str,
        values: Mapping[str, Any],
        *,
        fields: Fields = ("id",),
        restore_deleted: bool | None = None,
    ) -> Flow[Record]:
        """Change the prospect with this address, the one active last if there are several, or make one.

        `restore_deleted` says whether one of the recycle bin is restored where all that have the address are there.
        """
        return (yield from self._sent(writes.upsert(self._object, email, values, fields, restore_deleted)))

    @flow_method
    def undelete(self, id: int | str | None = None, *, email: str | None = None) -> Flow[Record]:
        """Restore a record from the recycle bin, by its id, or a prospect by its address."""
        given = {name: value for name, value in (("id", id), ("email", email)) if value is not None}
        return (yield from self._sent(writes.restore(self._object, given)))

    @flow_method
    def add_tag(self, id: int | str, tag_id: int | str) -> Flow[Record]:
        """Put a tag on a record: the tagged object that this makes."""
        return (yield from self._acted("addTag", id, {"tagId": tag_id}))

    @flow_method
    def remove_tag(self, id: int | str, tag_id: int | str) -> Flow[None]:
        """Take a tag off a record."""
        yield from self._acted("removeTag", id, {"tagId": tag_id})

    @flow_method
    def do(self, action: str, id: int | str | None = None, /, **values: Any) -> Flow[Any]:
        """Call an action of the catalogue, on a record by its id or on the object, with what the action takes.

        Answers the record that it speaks of, bytes where it is a file, and otherwise what the service says.
        """
        known = self._object.action(action)
        if known.method != "GET":
            return (yield from self._acted(action, id, values))
        answer = yield from writes.send(self._gateway, writes.act(self._object, action, id, values))
        return answer.body if gives_bytes(known) else answer.json()

    def _acted(self, action: str, number: object, values: Mapping[str, Any]) -> Flow[Record]:
        name = file_argument(self._object.action(action))
        file = yield from _read(values.get(name) if name else None)
        return (yield from self._sent(writes.act(self._object, action, number, values, file)))

    def _sent(self, write: Write) -> Flow[Record]:
        return (yield from writes.perform(self._gateway, self._object, write))


def _read(file: FileInput | None) -> Flow[FilePart | None]:
    """A file from the disk, which an asyncio client does on another thread."""
    return None if file is None else (yield from perform(lambda: read_file(file)))
