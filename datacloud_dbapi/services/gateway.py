"""How the read-only services ask: one GET at the tenant, and the descriptions of objects that a connection keeps.

What an object's fields are is asked once for each object and connection. A look-up after that costs one request.
An id in a path is personal data: errors and logs call the path by its shape, such as `/api/v1/profile/A__dlm/…`.
Source: wire spec, profile §1 and §6.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.retry import READ, Reply, RetryPolicy
from datacloud_dbapi.services.metadata import Table, read_one, read_tables

T = TypeVar("T")

PROFILE, INSIGHT = "/api/v1/profile", "/api/v1/insight"
# The same names again and again, and long; nobody's data is among them, so that the encoded text may be kept.
_OF_NAMES = frozenset({"fields", "orderby", "dimensions", "measures"})
_MOST_FORMS = 200


def segment(value: str, what: str) -> str:
    """A value as one segment of a path. Raises ProgrammingError, which names `what`, for one that cannot be."""
    if not isinstance(value, str):
        raise ProgrammingError(f"{what} is text, not {type(value).__name__}")
    if not value:
        raise ProgrammingError(f"{what} is empty")
    if value in (".", ".."):
        # Encoded or not, these two lead to another path.
        raise ProgrammingError(f"{what} is {value!r}, which a path cannot hold", hint="ask with SQL instead")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ProgrammingError(f"{what} holds half of a surrogate pair, which is no character") from None


@lru_cache(maxsize=_MOST_FORMS)
def _names(text: str) -> str:
    return quote(text, safe="")


def _encoded(query: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name}={_names(text) if name in _OF_NAMES else quote(text, safe='')}" for name, text in query)


class Gateway:
    """Sends the requests of one connection's services, and keeps what it was told of objects. Thread-safe."""

    def __init__(self, tokens: Tokens, policy: RetryPolicy, read_timeout: float) -> None:
        self._tokens = tokens
        self._policy = policy
        self._read_timeout = read_timeout
        self._described: dict[tuple[str, str], Table] = {}
        self._forms: dict[tuple[Hashable, ...], tuple[tuple[Table, ...], Any]] = {}

    def ask(self, path: str, query: Sequence[tuple[str, str]] = (), *, shown: str | None = None) -> Flow[Reply]:
        """The answer to a GET, whatever its status; `shown` is what errors and logs call the path."""
        target = f"{path}?{_encoded(query)}" if query else path
        call = Call("GET", target, b"", self._read_timeout, shown_path=shown)
        return (yield from self._tokens.send(call, READ, self._policy))

    def answer(self, path: str, query: Sequence[tuple[str, str]] = (), *, shown: str | None = None) -> Flow[Reply]:
        """The answer to a GET that succeeded; any other is raised."""
        reply = yield from self.ask(path, query, shown=shown)
        if reply.response.status != 200:
            raise reply.refusal(f"GET {shown or path}", "metadata")
        return reply

    def every(self, family: str) -> Flow[list[Table]]:
        """Every object of a family (`PROFILE` or `INSIGHT`) that the user may see."""
        path = f"{family}/metadata"
        reply = yield from self.answer(path)
        return read_tables(reply.response.body, f"GET {path}")

    def describe(self, family: str, name: str) -> Flow[Table]:
        """One object of a family, asked anew. Raises ProgrammingError when there is none of this name."""
        path = f"{family}/metadata/{segment(name, 'The name of the object')}"
        reply = yield from self.answer(path)
        table = read_one(reply.response.body, name, f"GET {path}")
        if table is None:
            raise ProgrammingError(f"There is no object {name!r} here, or the user may not see it")
        self._described[family, name.casefold()] = table
        return table

    def known(self, family: str, name: str) -> Flow[Table]:
        """One object of a family as this connection was told of it first; `describe` asks anew."""
        # A name that is no text fails in `segment`, with words.
        key = (family, name.casefold() if isinstance(name, str) else "")
        found = self._described.get(key)
        return found if found is not None else (yield from self.describe(family, name))

    def form(self, make: Callable[..., T], tables: tuple[Table, ...], *names: Hashable) -> T:
        """`make(*tables, *names)`, kept: what a question with these names looks like follows from the descriptions."""
        key = (make, *map(id, tables), *names)
        try:
            found = self._forms.get(key)
        except TypeError:
            # A name that is no text; `make` says so.
            return make(*tables, *names)
        if found is None:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            # With the descriptions, so that no other object can have their ids.
            found = self._forms[key] = (tables, make(*tables, *names))
        form: T = found[1]
        return form
