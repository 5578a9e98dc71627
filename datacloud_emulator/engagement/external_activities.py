"""External activities: how one is taken in, and the prospect it belongs to.

Source: wire spec, account-engagement §18.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from datacloud_emulator.engagement import prospects
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Row, Store
from datacloud_emulator.engagement.values import address

_EXTENSION, _TYPE = "0Xe", "0Xa"  # key prefixes of ours for the two records in Salesforce


def complete(store: Store, values: Mapping[str, Any], settings: EngagementSettings, now: int) -> Row:
    """The row to store for the values of a create: without the address, with the prospect that it means.

    Code 52 for a value that is too long, 4 for an address that is none or no prospect has, and the setting's for an
    extension or type that is not known.
    """
    if len(values["value"]) > settings.activity_value_most:
        raise RefusedError(52, f"value must be {settings.activity_value_most} characters at most")
    extension, kind = values["extension"], values["type"]
    if not extension or not kind or (settings.activity_types and (extension, kind) not in settings.activity_types):
        raise RefusedError(settings.unknown_activity_code, f"extension {extension}, type {kind}")
    prospect = prospects.by_email(store, address(values["email"]))
    if prospect is None:
        raise RefusedError(4)
    return {
        **{name: value for name, value in values.items() if name != "email"},
        "extensionSalesforceId": _salesforce_id(_EXTENSION, extension),
        "typeSalesforceId": _salesforce_id(_TYPE, f"{extension}/{kind}"),
        "prospectId": prospect["id"],
        "activityDate": values.get("activityDate") or now,
    }


def _salesforce_id(prefix: str, name: str) -> str:
    """An id for a record in Salesforce that is not there, always the same for a name."""
    return f"{prefix}{hashlib.sha256(name.encode()).hexdigest()[:15]}"
