"""What the service fills in: defaults of a new record, fields that follow from others, and rows that mirror a record
in its folder.

Source: wire spec, account-engagement §4.3, §13, §19, §22 row 6. The texts of URLs and embed codes are ours; only that
they are there is documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from datacloud_emulator.engagement.catalogue import EngagementObject
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.store import Condition, Row, Store

_VANITY = ("CustomRedirect", "File", "LandingPage")  # the objects that have a `vanityUrlPath`
_UNIQUE = {"Tag": "name", "DynamicContent": "name", "CustomField": "fieldId"}
_BASED_ON = {"score": "score", "grade": "grade"}
_TEMPLATE_FLAGS = ("isOneToOneEmail", "isAutoResponderEmail", "isDripEmail", "isListEmail")


def uncategorised(item: EngagementObject) -> str:
    """The name of the folder for records of an object that were put into none."""
    return f"Uncategorized {item.collection}"


def complete(store: Store, item: EngagementObject, values: Row, old: Mapping[str, Any] | None, now: int) -> None:
    """Add to the values of a record what follows from them. `old` is the record as it was, None for a new one.

    Raises RefusedError for what cannot be with the records that there are.
    """
    row = {**(old or {}), **values}
    if old is None:
        _defaults(store, item, row)
    _check_unique(store, item, row)
    _place(store, item, row)
    special = _SPECIAL.get(item.name)
    if special is not None:
        special(store, row, old, now)
    known = {name: value for name, value in row.items() if name != "isDeleted"}
    values.update(known if old is None else {name: value for name, value in known.items() if value != old.get(name)})


def _defaults(store: Store, item: EngagementObject, row: Row) -> None:
    if "folderId" in item.fields and row.get("folderId") is None:
        found = store.select("Folder", [Condition("name", "eq", uncategorised(item))], limit=1)
        row["folderId"] = found[0]["id"] if found else None
    if "trackerDomainId" in item.fields and row.get("trackerDomainId") is None:
        primary = [domain for domain in store.select("TrackerDomain") if domain["isPrimary"]]
        row["trackerDomainId"] = primary[0]["id"] if primary else None


def _check_unique(store: Store, item: EngagementObject, row: Row) -> None:
    name = _UNIQUE.get(item.name)
    if name is None:
        return
    same = store.select(item.name, [Condition(name, "eq", row[name])], limit=2)
    if any(other["id"] != row["id"] for other in same):
        raise RefusedError(245, str(row[name]))


def _place(store: Store, item: EngagementObject, row: Row) -> None:
    """The URLs of a record that has a tracker domain."""
    if "trackerDomainId" not in item.fields:
        return
    domain = store.get("TrackerDomain", row["trackerDomainId"]) if row.get("trackerDomainId") else None
    host = f"https://{domain['domain']}" if domain else ""
    if item.name in _VANITY:
        _vanity(store, item, row, host)
    for name, text in {
        "url": f"{host}/l/{item.collection}/{row['id']}",
        "trackedUrl": f"{host}/e/{item.collection}/{row['id']}",
        "embedUrl": f"{host}/dcjs/{row['id']}",
        "embedCode": f'<iframe src="{host}/l/{item.collection}/{row["id"]}"></iframe>',
    }.items():
        if name in item.fields:
            row[name] = text


def _vanity(store: Store, item: EngagementObject, row: Row, host: str) -> None:
    path = row.get("vanityUrlPath")
    if path is None:
        row["vanityUrl"] = None
        return
    path = row["vanityUrlPath"] = f"/{path.lstrip('/')}"
    row["vanityUrl"] = f"{host}{path}"
    for name in _VANITY:
        same = store.select(
            name,
            [Condition("vanityUrlPath", "eq", path), Condition("trackerDomainId", "eq", row["trackerDomainId"])],
        )
        if any((name, other["id"]) != (item.name, row["id"]) for other in same):
            raise RefusedError(245, path)


# -- one object each -------------------------------------------------------------------------------------------------


def _custom_field(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    row["apiFieldId"] = f"{row['fieldId']}__c"


def _custom_redirect(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    if "://" not in row["destinationUrl"]:
        raise RefusedError(137)


def _dynamic_content(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    field = row["basedOnProspectApiFieldId"]
    row["basedOn"] = _BASED_ON.get(field, "custom" if field.endswith("__c") else "default")
    row["tagReplacementLanguage"] = "hml"


def _variation(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    words = [row["operator"], row.get("value1"), row.get("value2")]
    row["comparison"] = " ".join(word for word in words if word)


def _kind_of_message(row: Mapping[str, Any]) -> str:
    if row.get("htmlMessage") and row.get("textMessage"):
        return "htmlAndText"
    return "html" if row.get("htmlMessage") else "text"


def _template(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    if not any(row.get(flag) for flag in _TEMPLATE_FLAGS):
        raise RefusedError(220)
    row["type"] = row.get("type") or _kind_of_message(row)
    row["tagReplacementLanguage"] = "hml"


def _message(store: Store, row: Row, now: int) -> None:
    """The content of an e-mail that is sent, from its template unless it has its own, and when it is sent."""
    template = store.get("EmailTemplate", row["emailTemplateId"]) if row.get("emailTemplateId") else None
    for name in ("subject", "htmlMessage", "textMessage"):
        row[name] = row.get(name) or (template[name] if template else None)
    if not row["subject"] or not (row["htmlMessage"] or row["textMessage"]):
        raise RefusedError(153, "emailTemplateId, or subject and htmlMessage or textMessage")
    row["type"] = _kind_of_message(row)
    row["clientType"] = "API"
    row["sentAt"] = row.get("scheduledTime") or now


def _email(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    _message(store, row, now)
    prospect = store.get("Prospect", row["prospectId"]) or {}
    if (prospect.get("optedOut") and not row.get("isOperational")) or prospect.get("isDoNotEmail"):
        raise RefusedError(98)
    row["userId"] = row["createdById"]


def _list_email(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    _message(store, row, now)
    row["isSent"] = row["sentAt"] <= now
    row["isPaused"] = False


def send_due(store: Store, now: int) -> None:
    """Mark the list e-mails as sent whose time has come."""
    waiting = [Condition("isSent", "eq", 0), Condition("isPaused", "eq", 0), Condition("sentAt", "le", now)]
    for row in store.select("ListEmail", waiting, columns=["id"]):
        # `updatedAt` stays: nobody has changed it.
        store.update("ListEmail", row["id"], {"isSent": True})


def _form(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    row["isUseRedirectLocation"] = bool(row.get("redirectLocation"))
    for name in ("fontSize", "fontFamily", "labelAlignment", "radioAlignment", "checkboxAlignment"):
        row[name] = row.get(name) or "default"


def _form_field(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    if row["prospectApiFieldId"] == "email" and row.get("isRequired") is False:
        raise RefusedError(215)
    if old is None:
        row["isRequired"] = row.get("isRequired") or row["prospectApiFieldId"] == "email"
        row["sortOrder"] = 1 + store.count("FormField", [Condition("formId", "eq", row["formId"])], deleted="all")


def _landing_page(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    row["isUseRedirectLocation"] = bool(row.get("redirectLocation"))
    row["layoutType"] = "Layout Template" if row.get("layoutTemplateId") else "Landing Page Builder"


def _membership(store: Store, row: Row, old: Mapping[str, Any] | None, now: int) -> None:
    same = store.select(
        "ListMembership",
        [Condition("prospectId", "eq", row["prospectId"]), Condition("listId", "eq", row["listId"])],
    )
    if any(other["id"] != row["id"] for other in same):
        raise RefusedError(58)
    # choice: the rules of a dynamic list say who is in it, and nobody else.
    if old is None and (store.get("List", row["listId"]) or {}).get("isDynamic"):
        raise RefusedError(236)


_SPECIAL: Mapping[str, Callable[[Store, Row, Mapping[str, Any] | None, int], None]] = {
    "CustomField": _custom_field,
    "CustomRedirect": _custom_redirect,
    "DynamicContent": _dynamic_content,
    "DynamicContentVariation": _variation,
    "Email": _email,
    "EmailTemplate": _template,
    "Form": _form,
    "FormField": _form_field,
    "LandingPage": _landing_page,
    "ListEmail": _list_email,
    "ListMembership": _membership,
}


# -- rows that mirror a record ---------------------------------------------------------------------------------------


def display_name(row: Mapping[str, Any]) -> str | None:
    """The name that tags and folders show a record by."""
    return row.get("name") or row.get("email") or row.get("label")


def folder_content(item: EngagementObject, row: Mapping[str, Any]) -> Row:
    """What `folder-contents` says of a record in a folder, without the stamps; its URLs without the origin."""
    return {
        "folderId": row["folderId"],
        "folderRef": f"/api/v5/objects/folders/{row['folderId']}",
        "objectType": item.kind,
        "objectId": row["id"],
        "objectName": display_name(row),
        "objectRef": f"{item.path}/{row['id']}",
        "_deleted": row["_deleted"],
    }


def mirror(store: Store, item: EngagementObject, row: Mapping[str, Any], now: int) -> None:
    """Keep what stands in `folder-contents` and `tagged-objects` for a record as the record is now."""
    name = display_name(row)
    for tagged in store.select("TaggedObject", [Condition("objectId", "eq", row["id"])]):
        if tagged["objectType"] == item.kind and tagged["objectName"] != name:
            store.update("TaggedObject", tagged["id"], {"objectName": name})
    if row.get("folderId") is None or item.name == "Folder":
        return
    content = {
        **folder_content(item, row),
        "updatedAt": now,
        "updatedById": row.get("updatedById") or row.get("createdById"),
    }
    found = store.select("FolderContents", [Condition("objectId", "eq", row["id"])], deleted="all")
    for standing in found:
        if standing["objectType"] == item.kind:
            store.update("FolderContents", standing["id"], content)
            return
    store.insert("FolderContents", {**content, "createdAt": now, "createdById": content["updatedById"]})
