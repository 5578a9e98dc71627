"""Refusals: an error code of the catalogue, what it says of this request, and the answer made of both.

Source: wire spec, account-engagement §9-10.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from werkzeug.wrappers import Response

from datacloud_emulator.engagement.catalogue import catalogue

WARNING = "Pardot-Warning"
RECYCLED = "201;Record In Recycle Bin"
REDACTED = "202;Results Redacted"
CEILING = "203;Record Limit Reached"

# Texts that third parties have seen; the others are the catalogue's own words for the code.
_SEEN = {
    13: "One or more required parameters are missing",
    51: "Invalid parameter",
    60: "Invalid HTTP request method",
    109: "Record not found",
    122: "Daily API rate limit met",
    154: "Invalid property in request",
    181: "Header is missing",
}


class RefusedError(Exception):
    """A call that is refused with an error code; `detail` follows the code's words and a colon."""

    def __init__(self, code: int, detail: str = "", *, warning: str = "", status: int | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.warning = warning
        self.status = catalogue().errors[code].status if status is None else status

    @property
    def message(self) -> str:
        words = _SEEN.get(self.code) or catalogue().errors[self.code].meaning
        return f"{words}: {self.detail}" if self.detail else words

    def response(self, statuses: Mapping[int, int] | None = None) -> Response:
        """The answer; `statuses` are other statuses than the catalogue's, by code."""
        status = (statuses or {}).get(self.code, self.status)
        response = answer({"code": self.code, "message": self.message}, status)
        if self.warning:
            response.headers[WARNING] = self.warning
        return response


def answer(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, content_type="application/json")


def not_found(*, recycled: bool = False) -> RefusedError:
    """A record that is unknown, or in the bin."""
    return RefusedError(109, warning=RECYCLED if recycled else "")


def unknown_field(name: str) -> RefusedError:
    return RefusedError(51, f"fields. It contains an invalid or unknown field: {name}.")


def wrong_parameter(name: str, code: int = 51) -> RefusedError:
    return RefusedError(code, name)
