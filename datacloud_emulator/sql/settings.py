"""Which of the engine's settings a request may change.

The engine knows hundreds, some of which change how a statement is read or what it may touch; what is let through are
those a service's client has a use for. Source: wire spec, query §9.2, §10; hyper §2.5.
"""

from __future__ import annotations

from datacloud_emulator.errors import SqlError

# fmt: off
ALLOWED = frozenset({
    "date_style", "date_style_lenient", "enable_row_types", "language", "lc_time", "query_result_cache_probe",
    "query_result_cache_store", "query_timeout", "time_zone", "timezone", "trino_compatible_output_column_names",
    "unique_output_names",
})
# fmt: on
_IGNORED = frozenset({"external_client_context"})  # a caller's note on itself


def checked(given: object) -> dict[str, str]:
    """A request's settings as the engine takes them. Raises SqlError as the engine does for a name it does not know."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise SqlError("settings must be texts by name", sqlstate="22023")
    settings: dict[str, str] = {}
    for name, value in given.items():
        if name in _IGNORED:
            continue
        if name not in ALLOWED:
            raise SqlError(f"unrecognized configuration parameter '{name}'", sqlstate="42601")
        settings["time_zone" if name == "timezone" else name] = value
    return settings
