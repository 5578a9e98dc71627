"""The face that Shillelagh knows: `engagement://prospects` is a table.

How the table comes to SQLite: Shillelagh makes a virtual table of its own around an adapter, and asks it for its SQL.
That is when ours takes its place, in that one object; the library itself is not touched.
How a login comes to the adapter: Shillelagh writes an adapter's arguments into SQL, and logs them. So a login stays
here, and only a random name for it goes that way.
Source: wire spec, account-engagement §2, §21; https://shillelagh.readthedocs.io.
"""

from __future__ import annotations

import atexit
import inspect
import secrets
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from shillelagh import exceptions, fields
from shillelagh.adapters.base import Adapter
from shillelagh.backends.apsw.vt import VTTable

from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from datacloud_dbapi.engagement.client import Engagement, connect
from datacloud_dbapi.engagement.sql.columns import MARK, Column, columns_of, custom_columns
from datacloud_dbapi.engagement.sql.table import EngagementTable
from datacloud_dbapi.errors import InterfaceError, ProgrammingError

_SCHEME = "engagement://"
_FIELDS: Mapping[str, type[fields.Field[Any, Any]]] = {
    "INTEGER": fields.Integer,
    "TEXT": fields.String,
    "BOOLEAN": fields.Boolean,
    "TIMESTAMP": fields.DateTime,
    "REAL": fields.Float,
}


class Login:
    """A set of connection parameters, and the one client that all its tables share. Thread-safe."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = dict(params)
        self._lock = threading.Lock()
        self._client: Engagement | None = None
        self._custom: list[Column] | None = None

    def client(self) -> Engagement:
        """The client; opened at the first call, and again when it was closed or is a parent process's."""
        with self._lock:
            if self._client is not None:
                try:
                    self._client.check_usable()
                except InterfaceError:
                    self._client = self._custom = None
            if self._client is None:
                self._client = connect(**self.params)
            return self._client

    def custom(self) -> list[Column]:
        """The custom fields of prospects as columns; asked for once for each client."""
        client = self.client()
        if self._custom is None:
            names = ["apiFieldId", "type", "isRecordMultipleResponses"]
            self._custom = custom_columns(client.custom_fields.query(names))
        return self._custom

    def close(self) -> None:
        """Close the client, if there is one."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._custom = None


_logins: dict[str, Login] = {}
_sharing = threading.Lock()


def _name_of(params: Mapping[str, Any]) -> str:
    with _sharing:
        for name, login in _logins.items():
            if login.params == params:
                return name
        name = secrets.token_hex(8)
        _logins[name] = Login(params)
        return name


@atexit.register
def close_clients() -> None:
    """Close the client of every login; the next statement opens a new one. Runs by itself when the process ends."""
    with _sharing:
        logins = list(_logins.values())
    for login in logins:
        login.close()


class _Sealing(inspect.Signature):
    """The adapter's signature as Shillelagh asks for it: whoever binds keywords to it gets the login's name instead."""

    def bind(self, *args: Any, **kwargs: Any) -> inspect.BoundArguments:
        bound = _OPEN.bind(*args, **kwargs)
        params = bound.arguments.pop("params", {})
        bound.apply_defaults()
        bound.arguments["login"] = bound.arguments["login"] or _name_of(params)
        bound.arguments["params"] = {}
        return bound


class EngagementAdapter(Adapter):
    """An object of Account Engagement as a table of Shillelagh's.

    | option | default | meaning |
    |---|---|---|
    | `writable` | False | INSERT, UPDATE and DELETE are allowed |
    | `allow_sending` | False | also INSERTs into `emails` and `list_emails`, which send messages |
    | `include_deleted` | False | rows of the recycle bin are rows, too |
    | `max_row_reads` | 1000 | most rows of a statement for columns that take a call each |

    Every other option is a connection parameter, as of `engagement.connect`; what is missing comes from environment
    and profile. They are given as `adapter_kwargs={"engagementapi": {…}}`. Errors are this package's own, as they are.
    """

    safe = True
    supports_limit = False
    supports_offset = False
    supports_requested_columns = True
    __signature__: ClassVar[inspect.Signature]

    def __init__(
        self,
        table: str,
        login: str = "",
        writable: bool = False,
        allow_sending: bool = False,
        include_deleted: bool = False,
        max_row_reads: int = 1000,
        **params: Any,
    ) -> None:
        # Not the base's: that keeps every adapter until the process ends, to close what ours has not.
        self.described = _find(table)
        self.writable = writable
        self.allow_sending = allow_sending
        self.include_deleted = include_deleted and self.described.deleted_parameter
        self.max_row_reads = max_row_reads
        self._login = login or _name_of(params)

    @staticmethod
    def supports(uri: str, fast: bool = True, **kwargs: Any) -> bool:
        """Whether this is the name of one of these tables. Asks nobody."""
        return uri.startswith(_SCHEME) and uri.removeprefix(_SCHEME) != ""

    @staticmethod
    def parse_uri(uri: str) -> tuple[str]:
        """The table's name."""
        return (uri.removeprefix(_SCHEME),)

    @property
    def login(self) -> Login:
        """The connection parameters and their client."""
        try:
            return _logins[self._login]
        except KeyError:
            raise InterfaceError(
                "This table was made by another process, whose login is not known here",
                hint="drop the table, or use a database in memory",
            ) from None

    @property
    def service(self) -> Any:
        """The calls on the object."""
        return self.login.client().object(self.described.name)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Every column of the table, those of custom fields included."""
        return columns_of(self.described, self.login.custom() if self.described.name == "Prospect" else ())

    def get_columns(self) -> dict[str, fields.Field[Any, Any]]:
        """The columns as Shillelagh describes them: those of `SELECT *`, and all of them for a table's SQL."""
        if _take_place(self, sys._getframe(1).f_locals.get("self")):
            return declared(self.columns)
        return {one.name: _FIELDS[one.sql_type]() for one in self.columns.values() if not one.hidden}

    def get_rows(self, bounds: Any, order: Any, **kwargs: Any) -> Iterator[dict[str, Any]]:
        raise InterfaceError("This release of shillelagh makes its tables in a way that is not known here")


_OPEN = inspect.signature(EngagementAdapter.__init__).replace(
    parameters=list(inspect.signature(EngagementAdapter.__init__).parameters.values())[1:]
)
EngagementAdapter.__signature__ = _Sealing(list(_OPEN.parameters.values()))


class UnknownTableError(ProgrammingError, exceptions.ProgrammingError):
    """There is no such table. It is Shillelagh's error, too, as its dialect asks in this way whether there is one."""


def _find(table: str) -> ObjectType:
    try:
        found = catalogue().find(table)
    except ProgrammingError as error:
        raise UnknownTableError(error.message, hint=error.hint) from None
    if not found.singleton:
        found.need("query")
    return found


def declared(columns: Mapping[str, Column]) -> dict[str, fields.Field[Any, Any]]:
    """All columns as they stand in a table's SQL, first the one that tells an UPDATE from a SELECT."""
    mark: fields.Field[Any, Any] = fields.String()
    mark.type = "TEXT HIDDEN"
    made = {MARK: mark}
    for one in columns.values():
        made[one.name] = _FIELDS[one.sql_type]()
        made[one.name].type = f"{one.sql_type} HIDDEN" if one.hidden else one.sql_type
    return made


def _take_place(adapter: EngagementAdapter, table: object) -> bool:
    """Make ours of the virtual table that Shillelagh has just put around the adapter."""
    if type(table) is not VTTable or table.adapter is not adapter:
        return False
    # Both classes are plain ones, so that the one object can become the other's.
    table.__class__ = EngagementTable  # type: ignore[assignment]  # on purpose: they have nothing in common
    EngagementTable.__init__(table, adapter)  # type: ignore[arg-type]  # mypy does not follow __class__
    return True
