"""A reader of a simulation: takes its steps, and holds what it gets to the truth, which is arithmetic.

| property | where |
|---|---|
| the exact rows in order, or an error of PEP 249; rows before an error are the first of the truth | `Reader._got` |
| an error stays: every later fetch raises it again; an end stays, too | `Reader._failed` |
| a failed `execute` leaves no result | `Reader._execute` |
| no error without a cause: what the faults rules say is survived is survived | `Witness` |

Each step is written once for both faces: what is awaitable is awaited.
Source: wire spec, faults rules 1-5, V8, L1, L4, L5.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from datacloud_dbapi.aio import AsyncCursor
from datacloud_dbapi.errors import Error, InterfaceError, ProgrammingError
from datacloud_emulator import Fault
from tests.simulation.door import Journal, ViolationError
from tests.simulation.schedule import LOGINS, Schedule, Step
from tests.simulation.stage import Site

Row = tuple[int, str]

# Seconds for which any result can be read whatever the place, with some to spare.
SHORTEST_LIFE = 150

SUBMITS = frozenset({"query", "query-v1", "v3-query", "query-sql", "ExecuteQuery"})
# Not sent again after an unclear fault.
ONCE = SUBMITS | {"batch"}


class Witness:
    """Knows what went wrong on purpose, and so whether an error has a cause."""

    def __init__(self, schedule: Schedule, site: Site, journal: Journal) -> None:
        self._schedule = schedule
        self._site = site
        self._journal = journal
        self.arrow = schedule.arrow

    @contextmanager
    def excusing(self, what: str) -> Iterator[None]:
        """Let a PEP 249 error with a cause pass; nothing else may leave the public API."""
        try:
            yield
        except Error as error:
            self.heard(what, error)
        except ViolationError:
            raise
        except Exception as error:
            raise ViolationError(f"{what}: {type(error).__name__} is no error of PEP 249: {error}") from error

    def note(self, line: str) -> None:
        """Write down what a reader saw."""
        self._journal.lines.append(line)

    def reading_again(self) -> None:
        """What was read, or failed to be, is asked for once more on purpose."""
        self._journal.forget_reads()

    def executing(self, sql: str) -> None:
        """A statement is about to be sent."""
        self._journal.statements.add(sql)

    def heard(self, what: str, error: Error) -> None:
        """An error came out of the driver. Raises ViolationError when nothing explains it."""
        self.note(f"{what}: {type(error).__name__}")
        schedule = self._schedule
        struck = self._site.faults.struck
        waits = sum(step.number for step in schedule.steps if step.do == "wait")
        patient = schedule.parameters["query_timeout"] is None and waits < SHORTEST_LIFE
        tries = schedule.parameters["max_attempts"]
        if patient and len(struck) < tries and all(_survivable(on, fault) for on, fault in struck):
            raise ViolationError(f"{what}: {type(error).__name__} without a cause: {error}") from error


def _survivable(on: str, fault: Fault) -> bool:
    """Whether a single fault of this kind must not show."""
    if on in LOGINS or fault.expire_id or fault.drip or fault.delay or fault.grpc:
        return False
    if fault.headers.get("Retry-After", "0") not in ("0", "1", "7", "soon", "-3"):
        return False
    if fault.status in (429, 503):
        return True
    if fault.reset or fault.status in (500, 502, 504) or fault.wrong_length:
        return on not in ONCE and on != "query-v1"
    return fault.status is None and fault.change is None and not fault.cut and not fault.expire_token


class Reader:
    """One cursor after another over a shared connection."""

    def __init__(
        self, number: int, connection: Any, witness: Witness, pause: Callable[[float], Awaitable[None]]
    ) -> None:
        self.number = number
        self._connection = connection
        self._witness = witness
        self._pause = pause
        self._cursor = connection.cursor()
        self._executed = 0
        self._forget()

    def _forget(self) -> None:
        self._truth: list[Row] | None = None
        self._given = 0
        self._failure: Error | None = None
        self._short = False
        self._ended = False

    async def do(self, step: Step) -> None:
        """Take a step. Raises ViolationError."""
        what = str(step)
        with self._witness.excusing(what):
            await getattr(self, f"_{step.do}")(what, step.number)

    async def finish(self) -> None:
        """What must hold of the last result, however it stands."""
        if self._truth is not None and self._failure is None and not self._ended:
            await self._fetchall(f"{self.number}.rest", 0)
        await self._fetchone(f"{self.number}.again", 0)

    async def _execute(self, what: str, rows: int) -> None:
        self._forget()
        self._executed += 1
        first = 100_000 * self.number + 1000 * self._executed
        sql = f"SELECT n + {first} AS n, 'r' || n AS t FROM generate_series(1, {rows}) AS s(n) ORDER BY n"
        self._witness.executing(sql)
        try:
            await _value(self._cursor.execute(sql, arrow=self._witness.arrow))
        except Error:
            if self._cursor.description is not None:
                raise ViolationError(f"{what} failed and left a result") from None
            raise
        self._truth = [(first + n, f"r{n}") for n in range(1, rows + 1)]

    async def _fetchone(self, what: str, _: int) -> None:
        async def fetch() -> list[Row]:
            row = await _value(self._cursor.fetchone())
            return [] if row is None else [row]

        await self._fetch(what, 1, fetch)

    async def _fetchmany(self, what: str, size: int) -> None:
        await self._fetch(what, size, lambda: _value(self._cursor.fetchmany(size)))

    async def _fetchall(self, what: str, _: int) -> None:
        await self._fetch(what, None, lambda: _value(self._cursor.fetchall()))

    async def _iterate(self, what: str, count: int) -> None:
        async def following() -> list[Row]:
            try:
                if isinstance(self._cursor, AsyncCursor):
                    return [await self._cursor.__anext__()]
                return [next(self._cursor)]
            except (StopIteration, StopAsyncIteration):
                return []

        for _ in range(count):
            await self._fetch(what, 1, following)

    async def _arrow(self, what: str, _: int) -> None:
        async def fetch() -> list[Row]:
            table = await _value(self._cursor.fetch_arrow_table())
            return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

        await self._fetch(what, None, fetch)

    async def _partitions(self, what: str, pieces: int) -> None:
        """The whole result once more, in pieces and each by a cursor of its own."""
        if self._truth is None or self._failure is not None:
            return
        self._witness.reading_again()
        rows: list[Row] = []
        try:
            for partition in await _value(self._cursor.partitions(pieces)):
                cursor = await _value(self._connection.read_partition(partition))
                rows += await _value(cursor.fetchall())
        finally:
            self._witness.reading_again()
        if rows != self._truth:
            raise ViolationError(f"{what} gave {rows}, not {self._truth}")

    async def _wait(self, what: str, seconds: int) -> None:
        await self._pause(seconds)

    async def _close(self, what: str, _: int) -> None:
        await _value(self._cursor.close())
        try:
            await _value(self._cursor.fetchone())
        except InterfaceError:
            await self._anew(what, 0)
        else:
            raise ViolationError(f"{what}: a closed cursor was fetched from")

    async def _anew(self, what: str, _: int) -> None:
        """Leave the cursor as it is, with what it may have under way."""
        self._forget()
        self._cursor = self._connection.cursor()

    async def _fetch(self, what: str, size: int | None, fetch: Callable[[], Awaitable[list[Row]]]) -> None:
        try:
            rows = await fetch()
        except Error as error:
            if not isinstance(error, ProgrammingError) or error.http_status is not None:
                self._failed(what, error)
            elif self._truth is not None:  # a wrong order of calls, which this was not
                raise
            return
        self._got(what, rows, size)

    def _got(self, what: str, rows: list[Row], size: int | None) -> None:
        self._witness.note(f"{what}: {len(rows)} rows")
        if self._truth is None:
            raise ViolationError(f"{what} gave {rows} without a result")
        if self._failure is not None:
            raise ViolationError(f"{what} gave {len(rows)} rows after {type(self._failure).__name__}")
        left = len(self._truth) - self._given
        if rows != self._truth[self._given : self._given + len(rows)]:
            raise ViolationError(f"{what} gave {rows} after {self._given} rows of {self._truth}")
        wanted = left if size is None else min(size, left)
        if len(rows) > wanted or (len(rows) < wanted and (size is None or not rows)):
            raise ViolationError(f"{what} gave {len(rows)} rows where {wanted} were to come")
        if self._short:
            raise ViolationError(f"{what} went on after fewer rows than were asked for")
        # Good rows may come before an error, which then is next. Source: faults V8.
        self._short = len(rows) < wanted
        self._given += len(rows)
        # Fewer than were asked for may be the end or the last before an error; only nothing at all is the end.
        self._ended = size is None or not rows

    def _failed(self, what: str, error: Error) -> None:
        if self._truth is None:
            raise ViolationError(f"{what} without a result: {type(error).__name__}") from error
        if self._ended:
            raise ViolationError(f"{what} failed after the end: {error}") from error
        if self._failure is None:
            self._failure = error
            if error.rows_given not in (None, self._given):
                raise ViolationError(
                    f"{what}: {error.rows_given} rows are said to be given, {self._given} were"
                ) from error
            self._witness.heard(what, error)
        elif type(error) is not type(self._failure) or error.message != self._failure.message:
            raise ViolationError(f"{what} raised {error!r} after {self._failure!r}") from error


async def _value(answer: Any) -> Any:
    return await answer if hasattr(answer, "__await__") else answer
