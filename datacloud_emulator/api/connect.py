"""What the org's own REST APIs share: the data space of a call, and refusals as Salesforce words them.

They live on the org's host, below `/services/data/vNN.0`, and take the org token.
Speaks for the wire spec, auth §1; status-codes §2 (E5).
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from datacloud_emulator.api.bodies import connect_error
from datacloud_emulator.errors import SqlError
from datacloud_emulator.org import Org

ROOT = "/services/data/"


class ConnectRefusedError(Exception):
    """A call that is wrong before any SQL is looked at: status, Salesforce's code, and words."""

    def __init__(self, message: str, code: str = "INVALID_INPUT", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status

    def response(self) -> Response:
        return connect_error(self.status, self.code, self.message)


def dataspace_name(org: Org, request: Request) -> str:
    """The data space a call is for: a parameter as documented, or the header an older client sends."""
    return request.args.get("dataspace") or request.headers.get("dataspace") or org.default_dataspace


def sql_error(error: SqlError) -> Response:
    """E5 with the engine's words. `details` carries the SQL code (status-codes §1); choice: under V3's names."""
    return connect_error(
        error.http_status,
        "UNKNOWN_EXCEPTION" if error.http_status == 500 else "BAD_REQUEST",
        error.message,
        sqlState=error.sqlstate,
        errorSource=error.source,
        position=error.position,
        hint=error.hint,
    )
