"""What a request came over, as far as it can break, and the body of an answer that breaks on its way.

A door puts its `Line` into the WSGI environment of each request, under `LINE`; the application knows neither sockets
nor clients, and says through it what is to go wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn, Protocol

from werkzeug.wrappers import Response

from datacloud_emulator.clock import Clock
from datacloud_emulator.faults import Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LINE = "datacloud_emulator.line"
_MISSING_BYTES = 64  # choice: by so many does an answer with a wrong length overstate it


class Line(Protocol):
    """The connection of one request."""

    def wait(self, seconds: float, clock: Clock) -> None:
        """Let that much time pass, on `clock` or in truth. Raises when the client no longer waits."""

    def unframed(self) -> None:
        """The answer to come has no length and no chunks: it ends where the connection does."""

    def begin(self) -> None:
        """Send the head of the answer, before any of its body."""

    def reset(self) -> NoReturn:
        """Reset the connection now; what has been sent arrives."""

    def short(self, sent: int, stated: int) -> None:
        """The answer is over, though it promised more."""


def send_struck(
    fault: Fault, response: Response, clock: Clock, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Send an answer over a line that a fault strikes; a reset line may send nothing of it."""
    line: Line = environ[LINE]
    if fault.delay:
        line.wait(fault.delay, clock)
    if fault.reset in {"before", "after"}:
        line.reset()
    if not (fault.reset or fault.cut or fault.wrong_length or fault.drip is not None):
        return response(environ, start_response)
    pieces = list(response.get_app_iter(environ))
    stated = sum(map(len, pieces)) + _MISSING_BYTES
    if fault.wrong_length:
        response.headers["Content-Length"] = str(stated)
    if fault.cut:
        line.unframed()
    start_response(response.status, response.headers.to_wsgi_list())
    return StruckBody(pieces, stated, fault, line, clock)


class StruckBody:
    """The body of an answer, with a fault in it: a WSGI iterable."""

    def __init__(self, pieces: Iterable[bytes], stated: int, fault: Fault, line: Line, clock: Clock) -> None:
        self._pieces = pieces
        self._stated = stated
        self._fault = fault
        self._line = line
        self._clock = clock

    def __iter__(self) -> Iterator[bytes]:
        fault, sent = self._fault, 0
        self._line.begin()
        for piece in self._kept():
            if fault.drip is None:
                sent += len(piece)
                yield piece
                continue
            for at in range(len(piece)):
                self._line.wait(fault.drip, self._clock)
                sent += 1
                yield piece[at : at + 1]
        if fault.reset == "within":
            self._line.reset()
        if fault.wrong_length:
            self._line.short(sent, self._stated)

    def _kept(self) -> Iterator[bytes]:
        if self._fault.reset != "within" and not self._fault.cut:
            yield from self._pieces
            return
        room = self._fault.keep
        for piece in self._pieces:
            yield piece[:room]
            room -= len(piece)
            if room <= 0:
                return
