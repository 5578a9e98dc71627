"""Binds the flows of a service to the runner of its connection: in one place, typed, for every method at once.

A service decorates its flows with `flow_method`; the user of a blocking connection calls `conn.metadata.tables()` and
gets the flow's value, the user of an asyncio connection awaits the same call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from datacloud_dbapi.flow.effects import Flow

P = ParamSpec("P")
T = TypeVar("T")


class RunsFlows(Protocol):
    """Has a way to run a flow to its value."""

    def run(self, flow: Flow[T]) -> T: ...


class AwaitsFlows(Protocol):
    """Has a way to run a flow to its value without blocking."""

    def run(self, flow: Flow[T]) -> Coroutine[Any, Any, T]: ...


R = TypeVar("R", RunsFlows, AwaitsFlows)


class Service(Generic[R]):
    """A set of calls on one connection, blocking or awaited as its runner is."""

    def __init__(self, runner: R) -> None:
        self._runner: R = runner


class flow_method(Generic[P, T]):  # noqa: N801 - used as a decorator, like `property`
    """A method written as a flow, called with the same parameters as a plain or an awaited one."""

    def __init__(self, flow: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, service: Service[RunsFlows], owner: type | None = None) -> Callable[P, T]: ...

    @overload
    def __get__(self, service: Service[AwaitsFlows], owner: type | None = None) -> Callable[P, Awaitable[T]]: ...

    def __get__(self, service: Service[Any], owner: type | None = None) -> Callable[P, Any]:
        return partial(self._call, service)

    def _call(self, service: Service[Any], *args: P.args, **kwargs: P.kwargs) -> Any:
        return service._runner.run(self._flow(service, *args, **kwargs))
