"""Which calls an object of Account Engagement has: the usual ones, and those of the jobs.

Written once, for every object, from the catalogue; blocking or awaited as the runner is. An operation that the object
has not is refused before anything is sent.
Source: wire spec, account-engagement §4-9.
"""

from __future__ import annotations

from typing import Any

from datacloud_dbapi.engagement.bulk_actions import BulkActions
from datacloud_dbapi.engagement.catalogue import ObjectType
from datacloud_dbapi.engagement.exports import Exports
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.imports import Imports
from datacloud_dbapi.engagement.many import WritingMany
from datacloud_dbapi.flow.method import R


class ObjectService(WritingMany[R]):
    """`engagement.prospects` and its like."""


# What is no record like others but a job of the service.
_JOBS: dict[str, type[WritingMany[Any]]] = {"BulkAction": BulkActions, "Export": Exports, "Import": Imports}


def service_of(described: ObjectType, runner: Any, gateway: Gateway) -> WritingMany[Any]:
    """The calls on an object; those of jobs are others than the usual ones."""
    return _JOBS.get(described.name, ObjectService)(runner, gateway, described)
