"""Python values as Hyper SQL literals: exact, or refused.

| Python | SQL |
|---|---|
| None, bool | `NULL`, `TRUE`, `FALSE` |
| int | its digits; beyond 64 bits a NUMERIC |
| Decimal | its digits with a point, so that it stays NUMERIC |
| float | `CAST('…' AS DOUBLE PRECISION)`; NaN and the infinities too |
| str, UUID | `'…'` |
| date, time, naive datetime | `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'` |
| aware datetime | `TIMESTAMP WITH TIME ZONE '…+00:00'`, in UTC |
| timedelta | `INTERVAL '… days … seconds'` |
| bytes, bytearray, memoryview | `CAST('\\x…' AS BYTEA)` |
| list, tuple | `(…, …)` for IN; an empty one is refused, as the engine has no form of it that fits every type |
| Enum | its value |

What a value is in SQL, and which are refused, `scalars.py` says. Source: wire spec, query §13; hyper §4.1-4.2.
"""

from __future__ import annotations

import enum

from datacloud_dbapi.scalars import Scalar, refused, scalar


def literal(value: object, name: str) -> str:
    """The SQL literal of a value, which `name` names in the error where there is none."""
    parts = list_parts(value, name)
    if parts is None:
        return scalar_literal(scalar(value, name))
    return f"({', '.join(scalar_literal(scalar(part, f'{name}[{place}]')) for place, part in enumerate(parts))})"


def list_parts(value: object, name: str) -> list[object] | None:
    """The parts of a list or tuple, which stands for several values; None for any other value."""
    if isinstance(value, enum.Enum):
        value = value.value
    if not isinstance(value, (list, tuple)):
        return None
    if not value:
        raise refused(name, "is an empty list, and the engine has no empty IN (): leave the condition out")
    return list(value)


def scalar_literal(value: Scalar | None) -> str:
    """A scalar written into a statement."""
    if value is None:
        return "NULL"
    text = value.text
    if value.kind == "BOOLEAN":
        return text.upper()
    if value.kind in ("INTEGER", "BIGINT"):
        return _signed(text)
    if value.kind == "NUMERIC":
        return _signed(_with_point(text))
    if value.kind == "VARCHAR":
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    if value.kind in _CAST_NAMES:
        return f"CAST('{text}' AS {_CAST_NAMES[value.kind]})"
    return f"{value.kind} '{text}'"


_CAST_NAMES = {"DOUBLE": "DOUBLE PRECISION", "BINARY": "BYTEA"}


def _with_point(digits: str) -> str:
    """With a point it stays NUMERIC; without one the engine refuses digits beyond 64 bits."""
    if "." not in digits:
        return f"{digits}."
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    # The engine counts a leading zero as a digit.
    return sign + digits.lstrip("0")


def _signed(digits: str) -> str:
    # In brackets, as `a -:x` would otherwise begin a comment.
    return f"({digits})" if digits.startswith("-") else digits
