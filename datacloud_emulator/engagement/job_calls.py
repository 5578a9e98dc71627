"""The calls of the objects that have ways of their own: jobs, files, programs and external activities.

Source: wire spec, account-engagement §15-18.
"""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Response

from datacloud_emulator.engagement import (
    bodies,
    bulk_actions,
    exports,
    external_activities,
    imports,
    multipart,
    operations,
)
from datacloud_emulator.engagement.calls import Call, Handler, named
from datacloud_emulator.engagement.multipart import Upload
from datacloud_emulator.engagement.refusals import RefusedError, not_found
from datacloud_emulator.engagement.store import Row
from datacloud_emulator.engagement.values import integer


def query(call: Call) -> Response:
    """A query of jobs, which moves none on."""
    call.jobs.refresh(call.item.name)
    return operations.query(call, call.jobs.own_only())


def read(call: Call) -> Response:
    """A read of a job: a poll, unless the call is refused."""
    if call.fields() is None:
        raise RefusedError(13, "fields")
    call.needs("View")
    number = _number(call)
    call.jobs.record(call.item.name, number)
    call.jobs.poll(call.item.name, number)
    return operations.read(call)


def create_export(call: Call) -> Response:
    selection = call.fields()
    values, _ = _values(call, create=True)
    return call.created(exports.create(call.jobs, values, call.origin), selection)


def create_import(call: Call) -> Response:
    selection = call.fields()
    values, upload = _values(call, create=True)
    return call.created(imports.create(call.jobs, values, upload, call.origin), selection)


def create_bulk_action(call: Call) -> Response:
    selection = call.fields()
    values, upload = _values(call, create=True)
    call.needs("Delete", named("Prospect"))
    return call.created(bulk_actions.create(call.jobs, values, upload, call.origin), selection)


def create_file(call: Call) -> Response:
    """A File or a program, from a form with the file."""
    selection = call.fields()
    values, upload = _values(call, create=True)
    values.update(multipart.stored(call.item, values, upload, create=True))
    return call.created(call.records.create(call.item, values), selection)


def create_external_activity(call: Call) -> Response:
    selection = call.fields()
    values, _ = _values(call, create=True)
    with call.store.writing():
        row = external_activities.complete(call.store, values, call.settings, call.records.now)
        number = call.records.create(call.item, row)
    return call.created(number, selection)


def update_job(call: Call) -> Response:
    selection = call.fields()
    values, _ = _values(call, create=False)
    change = imports.update if call.item.name == "Import" else bulk_actions.update
    change(call.jobs, _number(call), values)
    return call.updated(selection)


def update_file(call: Call) -> Response:
    selection = call.fields()
    values, upload = _values(call, create=False)
    with call.store.writing():
        row = call.row(deleted=True)
        if row["_deleted"]:
            raise RefusedError(219)
        call.records.update(call.item, row, {**values, **multipart.stored(call.item, values, upload, create=False)})
    return call.updated(selection)


def cancel(call: Call) -> Response:
    """`do/cancel` of an export or an import. choice: it answers nothing."""
    _no_arguments(call)
    stop = imports.cancel if call.item.name == "Import" else exports.cancel
    stop(call.jobs, _number(call))
    return Response(status=204)


def add_batch(call: Call) -> Response:
    call.only()
    upload = multipart.file(call.request, call.settings)
    call.needs("Create")
    imports.add_batch(call.jobs, _number(call), upload)
    return Response(status=204)


def results(call: Call) -> Response:
    call.only()
    call.needs("View")
    file_id = integer(call.path.get("file", ""))
    if file_id is None:
        raise not_found()
    return exports.download(call.jobs, _number(call), file_id)


def errors(call: Call) -> Response:
    call.only()
    call.needs("View")
    give = imports.errors if call.item.name == "Import" else bulk_actions.errors
    return give(call.jobs, _number(call))


def program_structure(call: Call) -> Response:
    call.only()
    call.needs("View")
    return multipart.structure(call.row())


JOB_CALLS: Mapping[tuple[str, str], Handler] = {
    ("Export", "query"): query,
    ("Export", "read"): read,
    ("Export", "create"): create_export,
    ("Export", "cancel"): cancel,
    ("Export", "downloadResults"): results,
    ("Import", "query"): query,
    ("Import", "read"): read,
    ("Import", "create"): create_import,
    ("Import", "update"): update_job,
    ("Import", "addBatch"): add_batch,
    ("Import", "cancel"): cancel,
    ("Import", "downloadErrors"): errors,
    ("BulkAction", "query"): query,
    ("BulkAction", "read"): read,
    ("BulkAction", "create"): create_bulk_action,
    ("BulkAction", "update"): update_job,
    ("BulkAction", "downloadErrors"): errors,
    ("ExternalActivity", "create"): create_external_activity,
    ("File", "create"): create_file,
    ("File", "update"): update_file,
    ("EngagementStudioProgram", "create"): create_file,
    ("EngagementStudioProgram", "downloadProgramStructure"): program_structure,
}


def _values(call: Call, *, create: bool) -> tuple[Row, Upload | None]:
    """The values of a create or update, in the store's form, and the file that came with them."""
    call.only("fields")
    body, upload = multipart.body(call.request, call.item, call.settings, create=create)
    values = bodies.properties(body, call.item, call.store, call.settings, create=create)
    call.needs("Create")
    return values, upload


def _no_arguments(call: Call) -> None:
    call.only("fields")
    bodies.arguments(call.request, call.item.actions[call.part])


def _number(call: Call) -> int:
    if call.number is None:
        raise not_found()
    return call.number
