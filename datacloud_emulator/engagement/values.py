"""Single values as calls write them: integers, DateTimes, and e-mail addresses.

Source: wire spec, account-engagement §12, §13 (addresses).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from datacloud_emulator.engagement.refusals import RefusedError

_LARGEST = 2**63 - 1
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
# `Z` and dates without an offset are outside the documented pattern.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
# Of the v3 API; choice: v5 has the same. Local part and domain have their greatest lengths, and all of it one.
_ADDRESS = re.compile(r"[^\s@]{1,64}@(?=[^@]{1,255}\Z)[^\s@.]+(?:\.[^\s@.]+)*\.[A-Za-z]{2,13}", re.ASCII)
_ADDRESS_MOST = 255


def integer(value: Any) -> int | None:
    """An integer, or a numeric text (which is accepted as well); None for anything else."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return value if fits else None


def seconds(text: str, name: str, code: int = 57) -> int:
    """Seconds since 1970 of a DateTime in the documented pattern, which has an offset; `code` for any other."""
    if _DATE_TIME.fullmatch(text):
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError):
            pass
    raise RefusedError(code, f"{name}. It must look like 2026-03-04T05:06:07-05:00.")


def address(text: str) -> str:
    """An e-mail address; code 4 for what cannot be one."""
    if len(text) > _ADDRESS_MOST or not _ADDRESS.fullmatch(text):
        raise RefusedError(4)
    return text
