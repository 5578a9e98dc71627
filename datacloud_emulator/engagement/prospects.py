"""What is particular to prospects: addresses, assignment, and which of several is meant by an address.

Source: wire spec, account-engagement §4.3, §13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Condition, Row, Store
from datacloud_emulator.engagement.values import address


def complete(store: Store, values: Row, old: Mapping[str, Any] | None, now: int, settings: EngagementSettings) -> None:
    """Check and complete the values of a prospect; `old` is the record as it was, None for a new one."""
    if "email" in values:
        address(values["email"])
        if not settings.shared_emails:
            check_unique(store, values["email"], old["id"] if old else None)
    if ("Prospect", "Assign") in settings.lacking_abilities and {"userId", "salesforceOwnerId"} & set(values):
        raise RefusedError(46, "Prospect > Assign")
    _assign(store, values, old, now)
    if old is None:
        if values.get("campaignId") is None:
            oldest = store.select("Campaign", order="createdAt", limit=1, columns=["createdAt"])
            values["campaignId"] = oldest[0]["id"] if oldest else None
        values["score"] = values.get("score") or 0


def check_unique(store: Store, email: str, number: int | None) -> None:
    """Code 9 when another prospect outside the bin has this address."""
    same = store.select("Prospect", [Condition("email", "eq", email)], limit=2, columns=["id"])
    if any(other["id"] != number for other in same):
        raise RefusedError(9)


def latest(rows: list[Row]) -> Row | None:
    """The one with the latest activity. choice: then the one changed last, then the newest."""
    return max(rows, key=lambda row: (row["lastActivityAt"] or 0, row["updatedAt"] or 0, row["id"]), default=None)


def by_email(store: Store, email: str, *, deleted: str = "false") -> Row | None:
    """The prospect that an address means; one in the bin only where there is no other."""
    found = store.select("Prospect", [Condition("email", "eq", email)], deleted=deleted)
    return latest([row for row in found if not row["_deleted"]] or found)


def _assign(store: Store, values: Row, old: Mapping[str, Any] | None, now: int) -> None:
    user, owner = values.get("userId"), values.get("salesforceOwnerId")
    if "userId" in values and user is None and owner is None:
        values["assignedToId"] = None
    if user is not None and owner is not None:
        raise RefusedError(125)
    if owner is not None:
        # `salesforceId` of users is no filter of theirs, so there is no index; there are few users.
        found = [row for row in store.select("User") if row["salesforceId"] == owner]
        if not found:
            raise RefusedError(10, owner)
        values["userId"] = user = found[0]["id"]
    elif user is not None:
        values["salesforceOwnerId"] = (store.get("User", user) or {}).get("salesforceId")
    if user is not None:
        values["assignedToId"] = user
        if old is None or old["firstAssignedAt"] is None:
            values["firstAssignedAt"] = now
