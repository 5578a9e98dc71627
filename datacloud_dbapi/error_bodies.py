"""Reads what error answers say, in every shape seen, and makes it fit to be shown.

Pure: bytes in, words out; which error class they mean is `errors.py`'s. Whatever the bytes are, nothing is raised.

| shape | from | message |
|---|---|---|
| `{"message", "internalErrorCode", "details": {"status"}}` | tenant | `message (details.status)` |
| `{"timestamp", "error", "message"}`, perhaps with a stray comma | tenant, short | `message` |
| `{"error", "errorCode", "details"}` | as documented | `error (details)` |
| `{"message", "internalErrorCode", "details": {"sqlState", "position", "hint"}}` | V3, the emulator | `message` |
| `[{"errorCode", "message"}]` | Connect REST | the messages |
| `{"error", "error_description"}` | OAuth | `error_description`; `error` is the code |
| HTML, plain text | proxies, login pages | its first 500 characters without tags |

Source: wire spec, status-codes §2-3; auth §5; faults rules 5-6, S10.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error body says; None where it does not. `is_json` tells words of the service from a proxy's."""

    message: str | None = None
    code: str | None = None
    sqlstate: str | None = None
    position: int | None = None
    hint: str | None = None
    query_id: str | None = None
    is_json: bool = False


# Beyond this, an error body is no longer read; what is shown of it is far shorter.
LONGEST = 1024 * 1024
# What is found first counts, so the outermost object is asked first and, in it, the first name.
_MESSAGE_NAMES = ("message", "error_description", "primaryMessage", "errorMessage", "error", "details", "status")
_CODE_NAMES = ("internalErrorCode", "errorCode", "code")


def read_error_body(body: bytes, content_type: str, *, trusted: bool) -> ErrorBody:
    """Read an error body of any shape. With `trusted` false, no unnamed text of it is repeated: it may hold a token."""
    text = body[:LONGEST].decode("utf-8", "replace").strip()
    if not text:
        return ErrorBody()
    value = _parse_json(text)
    if isinstance(value, str):
        value = {"message": value}
    if not isinstance(value, (dict, list)):
        if "html" in content_type.lower() or text[:1] == "<":
            shown = f": {server_text(_strip_tags(text[:50_000]), 500)}" if trusted else ""
            return ErrorBody(f"The service answered with a web page instead of JSON{shown}")
        return ErrorBody(server_text(text, 500) if trusted else None)
    objects = list(_objects(value))
    code = _first(objects, *_CODE_NAMES)
    oauth = _first(objects, "error_description")
    if code is None and (oauth is not None or not trusted):
        code = _first(objects, "error")
    sqlstate = _first(objects, "sqlState", "sqlstate", "SQLSTATE")
    if sqlstate is None and code is not None and re.fullmatch(r"\d[0-9A-Z]{4}", code, re.ASCII):
        sqlstate = code
    position = _first(objects, "position")
    return ErrorBody(
        message=_message(value, objects),
        code=code,
        sqlstate=sqlstate,
        position=int(position) if position is not None and re.fullmatch(r"\d{1,9}", position, re.ASCII) else None,
        hint=_first(objects, "hint", "customerHint"),
        query_id=_first(objects, "queryId"),
        is_json=True,
    )


def _parse_json(text: str) -> object:
    """The JSON value, None when it is none. One known server leaves a comma before the closing brace."""
    with contextlib.suppress(ValueError, RecursionError):
        return cast(object, json.loads(text))
    with contextlib.suppress(ValueError, RecursionError):
        return cast(object, json.loads(re.sub(r",\s*([}\]])", r"\1", text)))
    return None


def _objects(value: object, depth: int = 4) -> Iterator[dict[str, object]]:
    """Every object in `value`, outer ones first, at most `depth` levels down."""
    level = [value]
    for _ in range(depth):
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                yield item
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        level = deeper


def _first(objects: list[dict[str, object]], *names: str) -> str | None:
    """The first non-empty text or number under one of the names, cleaned."""
    for found in objects:
        for name in names:
            value = found.get(name)
            if isinstance(value, str) and value.strip():
                return server_text(value.strip())
            if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
                return str(value)
    return None


def _message(value: object, objects: list[dict[str, object]]) -> str | None:
    if isinstance(value, list):
        messages = [_first([item], *_MESSAGE_NAMES) if isinstance(item, dict) else None for item in value]
        joined = "; ".join(message for message in messages if message)
        if joined:
            return server_text(joined)
    message = _first(objects, *_MESSAGE_NAMES)
    details = next((item["details"] for item in objects if isinstance(item.get("details"), (dict, str))), None)
    detail = _first([details], "status") if isinstance(details, dict) else _first(objects, "details")
    if message is not None and detail is not None and detail.casefold() not in message.casefold():
        return server_text(f"{message} ({detail})")
    return message


def _strip_tags(text: str) -> str:
    without = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)|<[^<>]*>", " ", text)
    return " ".join(without.split())


# Source: wire spec, auth §2.3 and §3 (what tokens look like).
_SECRETS = re.compile(
    r"""eyJ[\w-]{5,}(?:\.[\w-]*){0,2}                      # a JSON Web Token, whole or cut
      | 00D\w{5,}(?:!|%21)[\w.%+/=-]*                      # an org token
      | 5Aep[\w.%+/=!-]{10,}                               # a refresh token
      | aPrx[\w.%+/=-]{10,}                                # an authorization code
      | (?<=bearer\s)\s*[^\s"',;]+
      | (?:access_token|refresh_token|id_token|subject_token|client_secret|password|assertion)
        (?:["']?\s*[:=]\s*["']?)[^\s"'&,;}]+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def server_text(text: str, limit: int = 1024) -> str:
    """`text` as it may stand in a message: tokens masked, control characters escaped, at most `limit` characters.

    Source: wire spec, faults rules 5 and 6.
    """
    # Cut only after masking, lest half a token escape its pattern; the first cut bounds the work.
    masked = _SECRETS.sub("***", text[: 64 * limit])
    shown = _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), masked)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
