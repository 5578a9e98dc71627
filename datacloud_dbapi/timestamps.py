"""Reads every spelling of dates, times and timestamps seen on the wire. Text in; a value, or ValueError.

No zone is ever guessed or taken from the machine. What Python's years 1 to 9999 cannot hold comes back as the text
it was. Fraction digits past microseconds are cut. Source: wire spec, query §5 (spellings) and §12; faults V4-V6.
"""

from __future__ import annotations

import datetime
import re

_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
_ZONE = r"\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d){0,2})"
_TIME = re.compile(rf"{_CLOCK}(?:{_ZONE})?", re.ASCII | re.IGNORECASE)
_TIMESTAMP = re.compile(rf"([+-]?\d{{4,}})-(\d\d)-(\d\d)(?:[T ]{_CLOCK})?(?:{_ZONE})?(\sBC)?", re.ASCII | re.IGNORECASE)
# What the service sends nearly always, and `fromisoformat` reads on every Python.
_USUAL = re.compile(r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?)?)(Z| UTC|\+00:00)?", re.ASCII)
_UTC = datetime.timezone.utc


def read_date(text: str) -> datetime.date | str:
    """The date; a timestamp's text is one too when it says midnight, as nothing is lost then."""
    value, _ = _moment(text)
    if value is None:
        return text
    if value.time() != datetime.time():
        raise ValueError(f"not midnight: {text!r}")
    return value.date()


def read_time(text: str) -> datetime.time:
    """The time of day, with its offset if it has one."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"no time of day: {text!r}")
    hour, minute, second, fraction, zone = match.groups()
    return datetime.time(
        int(hour), int(minute), int(second or 0), _microseconds(fraction), tzinfo=_zone(zone) if zone else None
    )


def read_timestamp(text: str) -> datetime.datetime | str:
    """The naive timestamp, also where the text says UTC of its own accord.

    choice: another offset is kept and the value is aware, in UTC, as dropping the offset would change it.
    """
    value, zone = _moment(text)
    if value is None:
        return text
    return value if zone is None or zone is _UTC else _in_utc(value, zone) or text


def read_timestamp_with_zone(text: str) -> datetime.datetime | str:
    """The aware timestamp in UTC; text without a zone is UTC already."""
    value, zone = _moment(text)
    return text if value is None else _in_utc(value, zone or _UTC) or text


def _moment(text: str) -> tuple[datetime.datetime | None, datetime.timezone | None]:
    """What a text says: no datetime where Python has no such year, no zone where none is said."""
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        try:
            return datetime.datetime.fromisoformat(usual[1]), _UTC if usual[2] else None
        except ValueError:
            # The year 0000, or no such day: told apart below.
            pass
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"no date or timestamp: {text!r}")
    year, month, day, hour, minute, second, fraction, zone, before_christ = match.groups()
    in_range = not before_christ and len(year) < 6 and 1 <= int(year) <= 9999
    value = datetime.datetime(  # noqa: DTZ001 - the zone is put on by who knows the column
        # The leap year 2000 stands in, so that month, day and clock are checked in every year.
        int(year) if in_range else 2000,
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        _microseconds(fraction),
    )
    return value if in_range else None, _zone(zone) if zone else None


def _in_utc(value: datetime.datetime, zone: datetime.timezone) -> datetime.datetime | None:
    if zone is _UTC:
        return value.replace(tzinfo=_UTC)
    try:
        return value.replace(tzinfo=zone).astimezone(_UTC)
    except OverflowError:
        # In UTC it falls into a year Python does not have.
        return None


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _zone(text: str) -> datetime.timezone:
    if text[0] not in "+-":
        return _UTC
    digits = text[1:].replace(":", "").ljust(6, "0")
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    if int(digits[2:4]) > 59 or int(digits[4:]) > 59:
        raise ValueError(f"no offset from UTC: {text!r}")
    return datetime.timezone(-offset if text[0] == "-" else offset) if offset else _UTC
