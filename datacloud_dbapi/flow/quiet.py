"""Keeps the id of a page out of httpx's own log line, which shows the URL of every request as a whole.

How it works: before a request is sent, its URL is replaced by one that shows another path and is the same in every
part a transport sends. A transport of the user's own may read the text instead, so that one gets the plain URL.
Source: wire spec, faults rule 6 and K2.
"""

from __future__ import annotations

from typing import Any

import httpx

SHOWN = "datacloud.shown_path"
"""The request extension that holds the path to show, when it is not the request's own."""


class QuietURL(httpx.URL):
    """A URL that shows itself with the path `shown`."""

    def __init__(self, url: httpx.URL, shown: str) -> None:
        super().__init__(url)
        self._text = f"{url.scheme}://{url.netloc.decode('ascii')}{shown}"

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"URL({self._text!r})"


def _hush(request: httpx.Request) -> None:
    shown = request.extensions.get(SHOWN)
    if shown is not None:
        request.url = QuietURL(request.url, shown)


async def _hush_awaited(request: httpx.Request) -> None:
    _hush(request)


class _Plain(httpx.BaseTransport):
    """The user's own transport, which is shown plain URLs."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        quiet, request.url = request.url, httpx.URL(request.url)
        try:
            return self._inner.handle_request(request)
        finally:
            request.url = quiet

    def close(self) -> None:
        self._inner.close()


class _AsyncPlain(httpx.AsyncBaseTransport):
    """The twin of `_Plain`."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        quiet, request.url = request.url, httpx.URL(request.url)
        try:
            return await self._inner.handle_async_request(request)
        finally:
            request.url = quiet

    async def aclose(self) -> None:
        await self._inner.aclose()


def quiet_options(transport_class: type, transport: Any) -> dict[str, Any]:
    """Keywords that make a blocking or an asyncio client quiet; `transport` is the user's own, if any."""
    blocking = transport_class is httpx.BaseTransport
    options: dict[str, Any] = {"event_hooks": {"request": [_hush if blocking else _hush_awaited]}}
    if transport is not None:
        options["transport"] = (_Plain if blocking else _AsyncPlain)(transport)
    return options
