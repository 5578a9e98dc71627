"""Whole conversations of the driver with the emulator, recorded once and played again with one answer changed.

The driver under test is all of it, from the connection to the rows; only the runner's last step, the network, is
replaced by the record. Time is virtual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx

from datacloud_dbapi import Connection, profiles
from datacloud_dbapi.errors import ServerUnreachableError
from datacloud_dbapi.flow.effects import Effect, Now, Response, Rpc, Send, Sleep
from datacloud_dbapi.flow.sync import Runner
from datacloud_dbapi.params import ConnectParams
from datacloud_emulator import Emulator

Answer = Response | tuple[bytes, ...]
Use = Callable[[Connection], Any]

SQL = """
SELECT n, 'r' || n AS t, (n * 1.25)::numeric(10,3) AS d, n > 2 AS b, n * 0.5::double precision AS f,
 timestamp '2026-01-05 09:00:00' + n * interval '1 day' AS ts, date '2026-01-05' AS day, NULL::bigint AS nothing,
 array[n, NULL] AS a
FROM generate_series(1, 7) AS s(n) ORDER BY n"""
ROWS = 7
# More than any honest conversation takes: a changed answer must not make the driver ask for ever.
MOST_REQUESTS = 200


class _Recording(Runner):
    """Keeps every answer of the network."""

    def __init__(self, params: ConnectParams) -> None:
        super().__init__(params)
        self.answers: list[Answer] = []

    def _answer(self, effect: Effect) -> Any:
        answer = super()._answer(effect)
        if isinstance(effect, (Send, Rpc)):
            self.answers.append(answer)  # type: ignore[arg-type]  # which is what these two ask for
        return answer


class _Playing(Runner):
    """Gives the recorded answers in their order, the last one over and over; time passes by sleeping only."""

    def __init__(self, params: ConnectParams, answers: list[Answer]) -> None:
        super().__init__(params, jitter=lambda: 1.0)
        self._answers = answers
        self._time = 0.0
        self._pauses = 0
        self.asked = 0

    def _answer(self, effect: Effect) -> Any:
        if isinstance(effect, Now):
            return self._time
        if isinstance(effect, Sleep):
            self._time += effect.seconds
            self._pauses += 1
            return None
        if not isinstance(effect, (Send, Rpc)):
            return super()._answer(effect)
        self.asked += 1
        if self.asked > MOST_REQUESTS:
            # A query that is said to run is asked about for as long as it does, with a pause each time.
            if self._pauses > MOST_REQUESTS // 2:
                raise ServerUnreachableError("the recording is over")
            raise AssertionError("the driver asks for ever")
        answer = self._answers[min(self.asked, len(self._answers)) - 1]
        if isinstance(answer, Response) is not isinstance(effect, Send):
            raise ServerUnreachableError("nobody recorded this")
        return answer


@dataclass(frozen=True)
class Conversation:
    """What a use of the driver was answered, and the parameters it was made with."""

    params: ConnectParams
    use: Use
    answers: tuple[Answer, ...]

    def replayed(self, place: int, answer: Answer) -> Any:
        """What the use gives when the answer at `place` is another. Raises what the driver raises."""
        answers = [*self.answers]
        answers[place] = answer
        # Tokens are shared by all that have one transport: this login is to be a new one.
        params = replace(self.params, http_transport=httpx.MockTransport(_nobody))
        connection = Connection(params, runner=_Playing(params, answers))
        try:
            return self.use(connection)
        finally:
            connection.close()


def recorded(emulator: Emulator, transport: str, use: Use, **more: Any) -> Conversation:
    """Use the driver on the emulator, from the login on."""
    # A transport of its own for each: else the next conversation would find the token of the last.
    given = {**emulator.connect_params(transport=transport), "http_transport": emulator.http_transport, "prefetch": 0}
    params = profiles.resolve(None, {**given, **more}, {})
    runner = _Recording(params)
    connection = Connection(params, runner=runner)
    try:
        use(connection)
        return Conversation(params, use, tuple(runner.answers))
    finally:
        connection.close()


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError("the runner answers everything")


def rows(connection: Connection) -> Any:
    """Query and read as rows."""
    return _read(connection, arrow=False)


def arrow_rows(connection: Connection) -> Any:
    """Query and read as rows what came in Arrow."""
    return _read(connection, arrow=True)


def _read(connection: Connection, *, arrow: bool) -> Any:
    cursor = connection.cursor()
    cursor.execute(SQL, arrow=arrow)
    first = cursor.fetchmany(3)
    found = [*first, *cursor.fetchall()]
    assert cursor.description is not None
    assert cursor.rowcount == len(found)
    assert all(len(row) == len(cursor.description) for row in found)
    return found


def arrow_table(connection: Connection) -> Any:
    """Query and read as a table."""
    cursor = connection.cursor()
    cursor.execute(SQL, arrow=True)
    table = cursor.fetch_arrow_table()
    assert table.num_rows == cursor.rowcount
    return list(range(table.num_rows))


def tables(connection: Connection) -> Any:
    """The metadata."""
    return connection.metadata.tables("ssot__Individual__dlm")


def description(connection: Connection) -> Any:
    """The columns without the rows."""
    return connection.cursor().describe(SQL)
