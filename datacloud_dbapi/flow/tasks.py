"""Runs flows at once for the asyncio runner: in tasks of its loop. Its twin is `threads`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from datacloud_dbapi.flow.effects import Flow, Together


async def run_together(run: Callable[[Flow[None]], Coroutine[Any, Any, None]], wanted: Together) -> None:
    """Do what `wanted` says, each flow by `run`.

    Who is cancelled waits for the flows under way; cancelled again, these are cancelled too.
    """
    failure: BaseException | None = None
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            while failure is None and len(under_way) < wanted.most:
                flow = next(wanted.flows, None)
                if flow is None:
                    break
                under_way.add(asyncio.create_task(run(flow), name="datacloud-together"))
            if not under_way:
                break
            over, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in over:
                failure = failure or (asyncio.CancelledError() if task.cancelled() else task.exception())
                wanted.ended()
    finally:
        await _over(under_way)
    if failure is not None:
        raise failure


async def _over(under_way: set[asyncio.Task[None]]) -> None:
    """When all of them are; what they ended in is known to those who began them."""
    if not under_way:
        return
    try:
        await asyncio.wait(under_way)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
