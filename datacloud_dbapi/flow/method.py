"""Binds the flows of a service to the runner of its connection: in one place, typed, for every method at once.

A service writes `tables = flow_method(...)` as a decorator; the user of a blocking connection calls
`conn.metadata.tables()` and gets the flow's value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from datacloud_dbapi.flow.effects import Flow

P = ParamSpec("P")
T = TypeVar("T")


class RunsFlows(Protocol):
    """Has a way to run a flow to its value."""

    def run(self, flow: Flow[T]) -> T: ...


class Service:
    """A set of calls on one connection."""

    def __init__(self, runner: RunsFlows) -> None:
        self._runner = runner


class flow_method(Generic[P, T]):  # noqa: N801 - used as a decorator, like `property`
    """A method written as a flow, called as a plain method of the same parameters."""

    def __init__(self, flow: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    def __get__(self, service: Service, owner: type | None = None) -> Callable[P, T]:
        return partial(self._call, service)

    def _call(self, service: Service, *args: P.args, **kwargs: P.kwargs) -> T:
        return service._runner.run(self._flow(service, *args, **kwargs))
