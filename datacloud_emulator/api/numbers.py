"""Whole numbers within bounds, from a request's parameters and from its body.

choice: what the service answers to one out of bounds is not documented; here it is refused, with the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request

MOST = 2**63 - 1  # what the engine counts up to


class NumberError(Exception):
    """A number that is none or lies out of its bounds; the message names it and them."""


def parameter(request: Request, name: str, default: int | None, *, least: int = 0, most: int = MOST) -> int:
    """A parameter of the URL; left out it is the default, and refused where there is none."""
    text = request.args.get(name, "")
    if not text and default is not None:
        return default
    if not re.fullmatch("[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise NumberError(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def field(given: Mapping[str, Any], name: str, *, least: int = 0, most: int = MOST) -> int | None:
    """A field of the body; None when it is left out."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NumberError(f"{name} must be a whole number from {least} to {most}")
    return value
