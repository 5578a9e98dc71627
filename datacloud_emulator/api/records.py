"""Answers made of records: `{"data":[{…},…],"done":true}`, and how a call is refused.

Speaks for the wire spec, profile §4.2, §5 and §6; calculated-insights §6-7.
"""

from __future__ import annotations

import functools
import sys
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from msgspec import Raw
from msgspec.json import Decoder
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import TenantToken
from datacloud_emulator.api.asked import RefusedError, Window
from datacloud_emulator.api.batches import batch, moment, parts
from datacloud_emulator.api.bodies import guide_error, long_error
from datacloud_emulator.api.numbers import NumberError
from datacloud_emulator.cells import ObjectSpelling, Spelling, fill, metadata_map, record_spelling
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org

if TYPE_CHECKING:
    from datacloud_emulator.engine.sql_types import ResultColumn
    from datacloud_emulator.store import Dataspace

_Path = ParamSpec("_Path")
_Answer = Callable[Concatenate[Org, Request, TenantToken, _Path], Response]

SCOPE = "cdp_profile_api"
_SCOPES = frozenset({SCOPE, "cdpprofile"})  # today's spelling and an older one (wire spec, profile §1)


def endpoint(answer: _Answer[_Path]) -> _Answer[_Path]:
    """What `answer` raises becomes an error body: RefusedError by its status, bad numbers and bad SQL 400."""

    @functools.wraps(answer)
    def answered(
        org: Org, request: Request, token: TenantToken, /, *args: _Path.args, **path: _Path.kwargs
    ) -> Response:
        # choice: the scope is that of all four APIs; what the app may not do is forbidden (403).
        if _SCOPES.isdisjoint(org.quirks.scope.split()):
            return refusal(org, 403, f"The token was not given the scope {SCOPE}")
        try:
            return answer(org, request, token, *args, **path)
        except RefusedError as error:
            return refusal(org, error.status, str(error))
        except NumberError as error:
            return refusal(org, 400, str(error))
        except SqlError as error:  # a number too large for its type, for one
            return refusal(org, 500 if error.http_status == 500 else 400, error.message)

    return answered


def refusal(org: Org, status: int, message: str) -> Response:
    """The gateway's error body, or by quirk the one of the guide's prose."""
    if org.quirks.guide_errors:
        return guide_error(status, message)
    return long_error(org.clock.now(), status, message, HTTP_STATUS_CODES[status])


def records(org: Org, token: TenantToken, sql: str, window: Window) -> Response:
    """The rows of a query from `window.offset` on, `done` when no more follow."""
    quirks = org.quirks
    started = org.clock.now()
    query = org.dataspace(token).submit(f"{sql}\nLIMIT {window.limit + 1} OFFSET {window.offset}")
    found = query.wait_finished().row_count
    count = min(found, window.limit)
    spelling = ObjectSpelling(
        query.columns,
        record_spelling(query.columns, quirks),
        nulls=not quirks.omit_nulls,
        lower=quirks.lower_case_keys,
    )
    rows = fill(parts(query, 0, count), spelling, sys.maxsize)
    fields: dict[str, object] = {"done": found <= window.limit and not quirks.never_done}
    if quirks.record_extras:
        fields |= {
            "startTime": moment(started),
            "endTime": moment(org.clock.now()),
            "rowCount": count,
            "queryId": str(uuid.uuid4()),
            "metadata": metadata_map(query.columns, quirks),
        }
    return batch(rows, fields, org)


def cells(dataspace: Dataspace, sql: str, spell: Callable[[Sequence[ResultColumn]], Spelling]) -> list[list[Raw]]:
    """The rows of a query, all of them, each cell as the JSON that `spell` makes of it."""
    query = dataspace.submit(sql)
    count = query.wait_finished().row_count
    spelling = spell(query.columns)
    return [row for part in parts(query, 0, count) for row in _ROWS.decode(b"[" + spelling.respell(part.rows) + b"]")]


_ROWS = Decoder(list[list[Raw]])
