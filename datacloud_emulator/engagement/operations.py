"""Query, read, create, update and delete, as every object of the catalogue has them.

Source: wire spec, account-engagement §3-8.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from werkzeug.wrappers import Response

from datacloud_emulator.engagement import bodies, fields, queries
from datacloud_emulator.engagement.calls import Call
from datacloud_emulator.engagement.fields import Renderer, Selection
from datacloud_emulator.engagement.refusals import CEILING, REDACTED, WARNING, RefusedError, answer, not_found
from datacloud_emulator.engagement.store import Condition

_TIMED_OUT = "<html>\n<head><title>504 Gateway Time-out</title></head>\n<body>504 Gateway Time-out</body>\n</html>\n"


def query(call: Call, beside: Iterable[Condition] = ()) -> Response:
    """A page of records; `beside` are conditions that hold beside the filters."""
    selection = _selection(call, on_query=True)
    asked = queries.asked(call.request.args, call.item, call.unit, call.settings, beside)
    call.needs("View")
    limit = call.settings.details_timeout_limit
    slow = call.item.name == "VisitorActivity" and "details" in selection.names
    if slow and limit is not None and asked.sequence.limit > limit:
        return Response(_TIMED_OUT, status=504, content_type="text/html; charset=UTF-8")
    page = queries.page(asked, selection, call.unit, call.settings)
    renderer = Renderer(call.unit, call.settings, lagging=True)
    further = None
    if page.token is not None:
        further = f"{call.origin}{call.item.path}?fields={quote(call.request.args['fields'], safe=',.')}"
        further += f"&nextPageToken={page.token}"
    values = renderer.records(page.rows, selection)
    response = answer({"nextPageToken": page.token, "nextPageUrl": further, "values": values})
    # The ceiling first: whoever joins the two reads a text that begins with it.
    if page.at_ceiling:
        response.headers.add(WARNING, CEILING)
    if renderer.redacted:
        response.headers.add(WARNING, REDACTED)
    return response


def read(call: Call) -> Response:
    selection = _selection(call, on_query=False)
    call.only("fields", "deleted")
    deleted = queries.deleted(call.request.args, call.item, ("false", "true"))
    call.needs("View")
    if call.item.singleton:
        found = call.store.select(call.item.name, limit=1, lagging=True)
        if not found:
            raise not_found()
        row = found[0]
    else:
        row = call.row(deleted=deleted != "false", lagging=True)
    changed, since = call.changed_at(row), call.request.if_modified_since
    if since is not None and changed is not None and changed <= since:
        return Response(status=304)
    return call.shown(row, selection, lagging=True)


def create(call: Call) -> Response:
    selection = call.fields()
    call.only("fields")
    body = bodies.read(call.request)
    values = bodies.properties(body, call.item, call.store, call.settings, create=True)
    call.needs("Create")
    return call.created(call.records.create(call.item, values), selection)


def update(call: Call) -> Response:
    selection = call.fields()
    call.only("fields")
    body = bodies.read(call.request)
    values = bodies.properties(body, call.item, call.store, call.settings, create=False)
    call.needs("Create")
    with call.store.writing():
        row = call.row(deleted=True)
        if row["_deleted"]:
            raise RefusedError(219)
        call.records.update(call.item, row, values)
    return call.updated(selection)


def delete(call: Call) -> Response:
    call.only()
    call.needs("Delete")
    with call.store.writing():
        call.records.delete(call.item, call.row())
    return Response(status=204)


def _selection(call: Call, *, on_query: bool) -> Selection:
    """What `fields` asks for, which a query or read must say."""
    text = call.request.args.get("fields", "")
    if not text:
        raise RefusedError(13, "fields")
    return fields.selected(text, call.item, call.store, on_query=on_query)
