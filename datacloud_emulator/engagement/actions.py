"""The calls under `do/`, and the counters of a list e-mail; jobs have theirs elsewhere.

What they answer is published for few of them (wire spec, account-engagement §25 row 5): choice, 204 where there is
nothing to say, and the new thing's id with 201 where something was made.

Source: wire spec, account-engagement §7, §13-14, §19-20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from datacloud_emulator.engagement import bodies, derived, fields, prospects
from datacloud_emulator.engagement.calls import Call, named
from datacloud_emulator.engagement.refusals import RefusedError, answer, not_found
from datacloud_emulator.engagement.store import Condition, Row
from datacloud_emulator.engagement.values import address, integer

_TAGGED = "id,objectId,objectType,tagId,createdAt"
# Of visitor activities that a list e-mail led to. choice: the members' names are not published.
_STATS = {"sent": 6, "opens": 11, "clicks": 1, "bounces": 13, "spamComplaints": 14, "optOuts": 12}


def _arguments(call: Call, *parameters: str) -> Row:
    call.only(*parameters)
    return bodies.arguments(call.request, call.item.actions[call.part])


def add_tag(call: Call) -> Response:
    tagged_object = named("TaggedObject")
    selection = call.fields(_TAGGED, item=tagged_object)
    body = _arguments(call, "fields")
    call.needs("Create")
    call.needs("Create", named("Tag"))
    with call.store.writing():
        row = call.row()
        tag = call.store.get("Tag", integer(body["tagId"]) or 0)
        if tag is None:
            raise RefusedError(242)
        standing = _tagged(call, row["id"], tag["id"])
        # choice: a tag that the record has already is answered with what there is.
        number = standing[0]["id"] if standing else _tag(call, row, tag["id"])
        _recount(call, tag["id"])
    found = call.store.get("TaggedObject", number) or {}
    return call.shown(found, selection or fields.Selection(tagged_object), call.settings.add_tag_status)


def remove_tag(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Create")
    with call.store.writing():
        row = call.row()
        tag = integer(body["tagId"]) or 0
        standing = _tagged(call, row["id"], tag)
        if not standing:
            raise RefusedError(242)
        for tagged in standing:
            call.store.remove("TaggedObject", tagged["id"])
        _recount(call, tag)
    return Response(status=204)


def merge_tags(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Create")
    with call.store.writing():
        into = call.row()["id"]
        merged = set(body["tagIds"])
        if into in merged or not merged:
            raise RefusedError(206, "tagIds")
        if any(call.store.get("Tag", number) is None for number in merged):
            raise RefusedError(242)
        for number in sorted(merged):
            for tagged in call.store.select("TaggedObject", [Condition("tagId", "eq", number)]):
                twin = _on(call, tagged["objectType"], tagged["objectId"], into)
                if twin:
                    call.store.remove("TaggedObject", tagged["id"])
                else:
                    call.store.update("TaggedObject", tagged["id"], {"tagId": into})
            call.store.remove("Tag", number)
        _recount(call, into)
    return Response(status=204)


def _tagged(call: Call, number: int, tag: int) -> list[Row]:
    return _on(call, call.item.kind, number, tag)


def _on(call: Call, kind: str, number: int, tag: int) -> list[Row]:
    conditions = [Condition("objectId", "eq", number), Condition("tagId", "eq", tag)]
    return [row for row in call.store.select("TaggedObject", conditions) if row["objectType"] == kind]


def _tag(call: Call, row: Row, tag: int) -> int:
    return call.records.create(
        named("TaggedObject"),
        {
            "tagId": tag,
            "objectType": call.item.kind,
            "objectId": row["id"],
            "objectName": derived.display_name(row),
        },
    )


def _recount(call: Call, tag: int) -> None:
    number = call.store.count("TaggedObject", [Condition("tagId", "eq", tag)])
    if call.store.get("Tag", tag) is not None:
        call.store.update("Tag", tag, {"objectCount": number})


def undelete(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Delete")
    number, email = body.get("id"), body.get("email")
    if number is None and email is None:
        raise RefusedError(207, ", ".join(call.item.actions[call.part].body))
    with call.store.writing():
        if number is not None:
            row = call.existing(call.item, integer(number), deleted=True)
            if email is not None and row["email"] != email:
                raise RefusedError(44)
        else:
            found = prospects.by_email(call.store, str(email), deleted="true")
            found = found or prospects.by_email(call.store, str(email))
            if found is None:
                raise not_found()
            row = found
        call.records.restore(call.item, row)
    return Response(status=204)


def upsert_latest_by_email(call: Call) -> Response:
    body = _arguments(call)
    asked = ",".join(body.get("fields") or ["id"])
    selection = fields.selected(asked, call.item, call.store, on_query=False)
    email = address(body["matchEmail"])
    call.needs("Create")
    with call.store.writing():
        # choice: an account without shared addresses always looks into the bin.
        everywhere = body.get("secondaryDeletedSearch") or not call.settings.shared_emails
        row = prospects.by_email(call.store, email, deleted="all" if everywhere else "false")
        given = body["prospect"]
        if row is None:
            given = {**given, "email": given.get("email") or email}
        values = bodies.properties(given, call.item, call.store, call.settings, create=row is None)
        if row is None:
            number = call.records.create(call.item, values)
        else:
            number = row["id"]
            call.records.restore(call.item, row)
            call.records.update(call.item, row, values)
    if not call.can_view:
        return Response(status=204)
    status = call.settings.upsert_created_status if row is None else 200
    return call.shown(call.store.get(call.item.name, number) or {}, selection, status)


def connect_salesforce_campaign(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Create")
    if not call.settings.connected_campaigns:
        raise RefusedError(218)
    with call.store.writing():
        call.records.update(call.item, call.row(), {"salesforceId": body["salesforceCampaignId"]})
    return Response(status=204)


def reorder_form_fields(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Create")
    with call.store.writing():
        of_form = call.store.select("FormField", [Condition("formId", "eq", call.row()["id"])])
        for position, number in enumerate(_all_of(body["formFieldIds"], of_form), 1):
            call.store.update("FormField", number, {"sortOrder": position})
    return Response(status=204)


def _all_of(asked: list[int] | None, there: list[Row]) -> list[int]:
    """Ids in a new order, which must be those that there are; code 206 for others."""
    if asked is None or sorted(asked) != sorted(row["id"] for row in there):
        raise RefusedError(206, "each id once, and no other")
    return asked


def _add_below(call: Call, kept: str, flag: str, entry: Mapping[str, Any]) -> Response:
    """Something that hangs on a form field and has an id of its own."""
    call.needs("Create")
    with call.store.writing():
        row = call.row()
        standing = row.get(kept) or []
        number = max((other["id"] for other in standing), default=0) + 1
        call.records.update(call.item, row, {kept: [*standing, {"id": number, **entry}], flag: True})
    return answer({"id": number}, 201)


def add_dependent(call: Call) -> Response:
    body = _arguments(call)
    if body.get("formFieldId") is None:
        raise RefusedError(207, "formFieldId")
    call.existing(call.item, integer(body["formFieldId"]))
    return _add_below(call, "_dependents", "hasDependents", body)


def add_progressive(call: Call) -> Response:
    body = _arguments(call)
    if body.get("prospectApiFieldId") is None:
        raise RefusedError(207, "prospectApiFieldId")
    return _add_below(call, "_progressives", "hasProgressives", body)


def add_value(call: Call) -> Response:
    body = _arguments(call)
    if body.get("value") is None:
        raise RefusedError(207, "value")
    return _add_below(call, "_values", "hasValues", body)


def reorder_form_field_values(call: Call) -> Response:
    body = _arguments(call)
    call.needs("Create")
    with call.store.writing():
        row = call.row()
        values = {value["id"]: value for value in row.get("_values") or ()}
        order = _all_of(body.get("formFieldValueIds"), list(values.values()))
        call.records.update(call.item, row, {"_values": [values[number] for number in order]})
    return Response(status=204)


def assign_to_prospect(call: Call) -> Response:
    """choice: what the visitor has done until now becomes the prospect's."""
    body = _arguments(call)
    call.needs("Create")
    with call.store.writing():
        row = call.row()
        number = integer(body["prospectId"])
        prospect = call.existing(named("Prospect"), number, deleted=bool(body.get("assignDeletedProspect")))
        call.records.update(call.item, row, {"prospectId": prospect["id"], "isIdentified": True})
        of_visitor = [Condition("visitorId", "eq", row["id"])]
        for name in ("Visit", "VisitorActivity"):
            for done in call.store.select(name, of_visitor):
                call.store.update(name, done["id"], {"prospectId": prospect["id"], "updatedAt": call.records.now})
    return Response(status=204)


def identify_company(call: Call) -> Response:
    _arguments(call)
    call.needs("Create")
    if not call.row()["ipAddress"]:
        raise RefusedError(217)
    return Response(status=204)


def stats(call: Call) -> Response:
    call.only()
    call.needs("View")
    number = call.row(lagging=True)["id"]
    activities = [row for row in call.store.select("VisitorActivity") if row["listEmailId"] == number]
    return answer({name: sum(row["type"] == kind for row in activities) for name, kind in _STATS.items()})


ACTIONS: Mapping[str, Callable[[Call], Response]] = {
    "addTag": add_tag,
    "removeTag": remove_tag,
    "mergeTags": merge_tags,
    "undelete": undelete,
    "upsertLatestByEmail": upsert_latest_by_email,
    "connectSalesforceCampaign": connect_salesforce_campaign,
    "reorderFormFields": reorder_form_fields,
    "addDependent": add_dependent,
    "addProgressive": add_progressive,
    "addValue": add_value,
    "reorderFormFieldValues": reorder_form_field_values,
    "assignToProspect": assign_to_prospect,
    "identifyCompany": identify_company,
    "stats": stats,
}
