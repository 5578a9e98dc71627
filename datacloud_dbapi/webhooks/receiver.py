"""`Receiver`: an ASGI app that answers the service's deliveries and calls your handlers. Needs the extra `webhooks`.

| what came | answer, always with an empty body |
|---|---|
| a delivery; every event was handled, now or before, or has no handler | 204 |
| another method than POST | 405 |
| a body that is larger, or slower, than allowed | 413, 408 |
| no signature, a wrong one, a delivery outside the age limit | 401 |
| a signed body that is no delivery | 400 |
| an event whose handler failed | 500, and the event may come again |
| an event that is being handled already, or handling took too long | 503, and the event may come again |

Source: wire spec, webhook-data-action §5; faults W1-W7.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.webhooks.delivery import Delivery, Event
from datacloud_dbapi.webhooks.refusals import WebhookError
from datacloud_dbapi.webhooks.seen import Seen, SeenInMemory
from datacloud_dbapi.webhooks.signature import Secrets
from datacloud_dbapi.webhooks.verifying import Verifier

log = logging.getLogger("datacloud.webhooks")

Handler: TypeAlias = Callable[[Event], Any]
H = TypeVar("H", bound=Handler)
T = TypeVar("T")


class Receiver:
    """An ASGI app for one data action target. It answers on any path: mount it where the target's URL says.

        receiver = Receiver(secrets, max_age=300)

        @receiver.on("My_Action")
        async def changed(event): ...

    `secrets`, `max_age`, `leeway`, `latin1` and `now` are those of `verify`. `seen` remembers handled events, in this
    process unless told otherwise. `max_body` is in bytes; `read_timeout` and `handle_timeout` in seconds, for the body
    and for all handlers of a delivery; None for no limit.

    Handlers are coroutines, or plain functions, which run in a thread. A plain function cannot be stopped: past the
    limit the answer waits for it, and no further one is started.

    Raises InterfaceError for an empty secret or a limit that cannot be meant.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        max_age: float | None = None,
        leeway: float = 60.0,
        latin1: bool = False,
        now: Callable[[], datetime] | None = None,
        seen: Seen | None = None,
        # choice: sixty events with all the text their payloads may have.
        max_body: int = 16 * 1024 * 1024,
        read_timeout: float | None = 10.0,
        handle_timeout: float | None = 30.0,
    ) -> None:
        if max_body < 1 or not all(limit is None or limit > 0 for limit in (read_timeout, handle_timeout)):
            raise InterfaceError("max_body, read_timeout and handle_timeout must be above 0")
        self._verify = Verifier(secrets, max_age=max_age, leeway=leeway, latin1=latin1, now=now)
        self._seen: Seen = SeenInMemory() if seen is None else seen
        self._max_body = max_body
        self._read_timeout = read_timeout
        self._handle_timeout = handle_timeout
        self._handlers: dict[str | None, Handler] = {}

    def on(self, *actions: str) -> Callable[[H], H]:
        """Decorates the handler of these actions (`Event.action`); without names, of all that have no other.

        Raises InterfaceError for an action that has a handler: whether both must succeed would not be clear.
        """
        names: tuple[str | None, ...] = actions or (None,)

        def register(handler: H) -> H:
            for name in names:
                if name in self._handlers:
                    raise InterfaceError(f"{name or 'events of any other action'} has a handler already")
            self._handlers.update(dict.fromkeys(names, handler))
            return handler

        return register

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            request = Request(scope, receive)
            try:
                status = await self._answer(request)
            except ClientDisconnect:
                return
            await _response(status, scope)(scope, receive, send)

    async def _answer(self, request: Request) -> int:
        if request.method != "POST":
            return 405
        body = await self._body(request)
        if isinstance(body, int):
            return body
        try:
            delivery = self._verify(body, request.scope["headers"])
        except WebhookError as error:
            log.warning("refused a delivery: %s", error)
            return error.status
        with anyio.move_on_after(self._handle_timeout):
            return await self._handle(delivery)
        log.error("the handlers of a delivery took longer than %s seconds", self._handle_timeout)
        return 503

    async def _body(self, request: Request) -> bytes | int:
        """The body, or the status that refuses it."""
        try:
            stated = int(request.headers.get("content-length", "0"))
        except ValueError:
            return 400
        if stated > self._max_body:
            return 413
        parts: list[bytes] = []
        size = 0
        with anyio.move_on_after(self._read_timeout):
            async for part in request.stream():
                size += len(part)
                if size > self._max_body:
                    return 413
                parts.append(part)
            return b"".join(parts)
        return 408

    async def _handle(self, delivery: Delivery) -> int:
        """Every event in turn. One that fails does not keep the next from its handler: it may never be sent again."""
        statuses = [await self._handle_once(event) for event in delivery.events]
        return max(statuses, default=204, key=(204, 503, 500).index)

    async def _handle_once(self, event: Event) -> int:
        handler = self._handlers.get(event.action, self._handlers.get(None))
        if handler is None:
            # choice: an action without a handler is none of this app's business, and no reason to send it again.
            log.debug("no handler for the action %s", event.action)
            return 204
        try:
            claim = await _result(self._seen.claim(event.key))
            if claim != "new":
                return 204 if claim == "done" else 503
            try:
                await _call(handler, event)
            except BaseException:
                await self._settle(self._seen.release, event)
                raise
            await self._settle(self._seen.done, event)
        # Whatever a handler raises is an answer to the service, and a line for whoever wrote it.
        except Exception:
            log.exception("the handler of the action %s failed", event.action)
            return 500
        return 204

    async def _settle(self, end: Callable[[str], Awaitable[None] | None], event: Event) -> None:
        """Ends a claim, also when the time is up: a claim that stays would refuse the event for ever."""
        with anyio.CancelScope(shield=True):
            await _result(end(event.key))


async def _call(handler: Handler, event: Event) -> None:
    if inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None)):  # noqa: B004 - an object whose call is a coroutine
        await handler(event)
    else:
        await _result(await run_in_threadpool(handler, event))


async def _result(value: T | Awaitable[T]) -> T:
    return await value if inspect.isawaitable(value) else value


def _response(status: int, scope: Scope) -> Response:
    headers = {405: {"Allow": "POST"}, 503: {"Retry-After": "1"}}.get(status, {})
    if status in {408, 413} and scope.get("http_version", "1.1").startswith("1"):
        # The rest of the body is not read, so nothing else can come on this connection.
        headers = {"Connection": "close"}
    return Response(status_code=status, headers=headers)


async def _live(receive: Receive, send: Send) -> None:
    """What a server asks when this is its whole app; there is nothing to start or to stop."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
