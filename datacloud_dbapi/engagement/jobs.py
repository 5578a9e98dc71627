"""The calls that exports, imports and bulk actions have in common, and waiting for what takes the service its time.

A job is asked after `poll` seconds, then ever more seldom, up to six times as long: every question is a call of the
day. One that was just made may be missing for a minute. A wait that ends early leaves the job alone, and can be taken
up again by its id. No call that changes a job is sent again when it got no answer: a batch that came twice would be
applied twice.
Source: wire spec, account-engagement §15-17.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.csv_rows import text_rows
from datacloud_dbapi.engagement.errors import JobStateError, NotFoundError, PermissionDeniedError, advise
from datacloud_dbapi.engagement.gateway import Answer, Gateway
from datacloud_dbapi.engagement.multipart import FilePart, encode
from datacloud_dbapi.engagement.resending import CREATE
from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import Error, ProgrammingError, ProtocolError, QueryTimeoutError
from datacloud_dbapi.flow.effects import Flow, now, perform, sleep

# Half a minute, growing to three. Source: wire spec, account-engagement §15.
POLL_SECONDS = 30.0
_GROWTH, _SELDOMEST = 1.5, 6.0
# Source: wire spec, account-engagement §8.
_BEHIND = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job said of itself. `status` is as the service spells it, `waited` in seconds of this wait.

    `facts` are the job's other fields that were asked for. Where there is work in several jobs, one after another,
    this is the one numbered `part`, from 1, of `parts`.
    """

    job: str
    id: int
    status: str
    waited: float
    facts: Mapping[str, Any]
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Patience:
    """How a job is waited for: seconds to the first question, seconds in all (None: no end), and who hears of it."""

    poll: float = POLL_SECONDS
    timeout: float | None = None
    progress: Callable[[Progress], object] | None = None

    def __post_init__(self) -> None:
        for name, seconds in (("poll", self.poll), ("timeout", self.timeout)):
            if seconds is None and name == "timeout":
                continue
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e9:
                raise ProgrammingError(f"{name} is a number of seconds, not {seconds!r}")


def state(status: object) -> str:
    """A job's state in one spelling: the sources differ in case, and in Canceled and Cancelled."""
    folded = status.casefold() if isinstance(status, str) else ""
    return {"cancelled": "canceled", "cancelling": "canceling", "completed": "complete"}.get(folded, folded)


class Jobs:
    """The jobs of one of the three objects. All methods are flows."""

    def __init__(self, gateway: Gateway, described: ObjectType) -> None:
        self._gateway = gateway
        self._name = described.name
        self._path = described.path or ""

    def create(self, values: Mapping[str, Any], file: FilePart | None = None) -> Flow[dict[str, Any]]:
        """A new job: its id and status. Raises as `Gateway.send`, with `maybe_applied` where it may be there."""
        body, content_type = json.dumps(values, ensure_ascii=False).encode(), "application/json"
        if file is not None:
            body, content_type = encode(body, file)
        answer = yield from self._gateway.send(
            "POST",
            self._path,
            [("fields", "id,status")],
            kind=CREATE,
            body=body,
            headers={"Content-Type": content_type},
        )
        if not answer.body.strip():
            raise PermissionDeniedError(
                f"The {self._name} was made, but this user may not see it",
                http_status=answer.status,
                request=answer.request,
                maybe_applied=True,
            )
        try:
            return _fields(answer)
        except Error as error:
            # It was made; which one it is cannot be read.
            error.maybe_applied, error.http_status = True, answer.status
            raise

    def ask(self, number: int, fields: Sequence[str]) -> Flow[dict[str, Any]]:
        """What a job says of itself."""
        answer = yield from self._gateway.send("GET", f"{self._path}/{number}", [("fields", ",".join(fields))])
        return _fields(answer)

    def change(self, number: int, values: Mapping[str, Any]) -> Flow[None]:
        """Change a job, its status say."""
        yield from self._write("PATCH", f"{self._path}/{number}", json.dumps(values).encode(), "application/json")

    def act(self, number: int, action: str) -> Flow[None]:
        """Carry out an action that takes no values."""
        yield from self._write("POST", f"{self._path}/{number}/do/{action}", b"{}", "application/json")

    def add_file(self, number: int, below: str, file: FilePart) -> Flow[None]:
        """Add a file below a job."""
        yield from self._write("POST", f"{self._path}/{number}/{below}", *encode(None, file))

    def download(self, number: int, below: str) -> Flow[Answer]:
        """A file below a job, whole; bounded by `max_response_bytes`."""
        return (yield from self._gateway.send("GET", f"{self._path}/{number}/{below}", headers={"Accept": "text/csv"}))

    def errors(self, number: int) -> Flow[list[dict[str, str | None]]]:
        """The rows that failed, as the service writes them."""
        answer = yield from self.download(number, "errors")
        return text_rows(answer.body, label=answer.request)

    def failed(self, number: int, count: int, what: str) -> Flow[tuple[dict[str, str | None], ...]]:
        """The rows that failed of a job that is done, none where there are none; `what` is what an error calls it."""
        if not count:
            return ()
        try:
            return tuple((yield from self.errors(number)))
        except Error as error:
            advise(error, f"{what} {number} is done; attach({number}) tells what came of it")
            raise

    def wait(
        self,
        number: int,
        fields: Sequence[str],
        patience: Patience,
        *,
        begun: Mapping[str, Any] | None = None,
        part: tuple[int, int] = (1, 1),
    ) -> Flow[dict[str, Any]]:
        """What a job says when it has ended well. `begun` is what its creation said: the next question waits a while.

        Raises JobStateError when it failed or was cancelled, QueryTimeoutError when `timeout` has passed: the job goes
        on.
        """
        started = yield from now()
        pause = patience.poll
        asked = begun is None
        told = (yield from self._asked(number, fields)) if begun is None else dict(begun)
        while True:
            waited = (yield from now()) - started
            yield from self._tell(number, told, waited, patience, part)
            if asked and not isinstance(told.get("status"), str):
                # It would be waited for without an end.
                raise ProtocolError("The answer does not say how far it is", request=f"GET {self._path}/{number}")
            found = state(told.get("status"))
            # What its creation said has not all the fields.
            if found == "complete" and asked:
                # What is gone, as the files of an export are after a week, may be left out.
                return {**dict.fromkeys(fields), **told}
            if found in ("failed", "canceled"):
                how = "failed" if found == "failed" else "was cancelled"
                raise JobStateError(f"{self._name} {number} {how}", request=f"GET {self._path}/{number}")
            left = math.inf if patience.timeout is None else patience.timeout - waited
            if left <= 0:
                raise QueryTimeoutError(
                    f"{self._name} {number} is not done after {waited:g} seconds: {_shown(told)}",
                    hint=_goes_on(number),
                    request=f"GET {self._path}/{number}",
                )
            yield from sleep(min(pause, left))
            pause = min(pause * _GROWTH, patience.poll * _SELDOMEST)
            try:
                told, asked = (yield from self._asked(number, fields)), True
            except NotFoundError:
                # Reads are behind by a minute at most: one that was just made may be missing for so long.
                if begun is None or (yield from now()) - started > _BEHIND:
                    raise

    def _asked(self, number: int, fields: Sequence[str]) -> Flow[dict[str, Any]]:
        """What a job that is waited for says; the id of one that cannot be asked is not lost."""
        try:
            return (yield from self.ask(number, fields))
        except NotFoundError:
            raise
        except Error as error:
            advise(error, _goes_on(number))
            raise

    def _tell(
        self, number: int, told: Mapping[str, Any], waited: float, patience: Patience, part: tuple[int, int]
    ) -> Flow[None]:
        tell = patience.progress
        if tell is not None:
            facts = {name: value for name, value in told.items() if name not in ("id", "status")}
            progress = Progress(self._name, number, _shown(told), waited, facts, *part)
            yield from perform(lambda: tell(progress))

    def _write(self, method: str, path: str, body: bytes, content_type: str) -> Flow[None]:
        yield from self._gateway.send(method, path, kind=CREATE, body=body, headers={"Content-Type": content_type})


def _goes_on(number: int) -> str:
    return f"it goes on; attach({number}) waits for it again"


def _shown(told: Mapping[str, Any]) -> str:
    status = told.get("status")
    return server_text(status, 40) if isinstance(status, str) else ""


def _fields(answer: Answer) -> dict[str, Any]:
    read = answer.json()
    if not isinstance(read, dict):
        raise ProtocolError("The answer is no record", request=answer.request)
    number = read.get("id")
    if isinstance(number, bool) or not isinstance(number, int):
        raise ProtocolError("The answer has no id", request=answer.request)
    return read
