"""Bodies in parts, `input` (JSON) and `file`, and what becomes of an uploaded file.

Source: wire spec, account-engagement §3, §4.3, §16-17, and the catalogue's notes on File and EngagementStudioProgram.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request, Response

from datacloud_emulator.engagement import bodies
from datacloud_emulator.engagement.catalogue import EngagementObject
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.settings import EngagementSettings
from datacloud_emulator.engagement.store import Row

_MULTIPART = "multipart/form-data"
_FILE_NEEDED = frozenset({"File", "EngagementStudioProgram"})  # to create one


@dataclass(frozen=True)
class Upload:
    """A file part."""

    name: str
    data: bytes


def body(
    request: Request, item: EngagementObject, settings: EngagementSettings, *, create: bool
) -> tuple[Row, Upload | None]:
    """The JSON object of a create or update, and the file that came with it.

    Parts are read where the object takes them, else only JSON is. Code 162 where a file is needed and there is none,
    166 for an `input` part that is left out or is no JSON object.
    """
    if request.mimetype != _MULTIPART or ("create" if create else "update") not in item.multipart:
        found = bodies.read(request)
        if create and item.name in _FILE_NEEDED:
            raise RefusedError(162)
        return found, None
    form, files = _parsed(request)
    texts = form.getlist("input")
    texts += [part.read().decode("utf-8", "replace") for part in files.getlist("input")]
    if len(texts) != 1:
        raise RefusedError(166)
    try:
        found = bodies.parsed(texts[0].encode())
    except RefusedError:
        raise RefusedError(166) from None
    needed = create and item.name in _FILE_NEEDED
    parts = files.getlist("file")
    return found, _upload(parts, settings) if needed or parts else None


def file(request: Request, settings: EngagementSettings) -> Upload:
    """The file part of a form; code 151 for a body of another kind, else as `body` refuses it."""
    if request.mimetype != _MULTIPART:
        raise RefusedError(151, request.mimetype or "none")
    _, files = _parsed(request)
    return _upload(files.getlist("file"), settings)


def _upload(parts: list[FileStorage], settings: EngagementSettings) -> Upload:
    """The one file. Code 162 for none, 163 for several, 204 for an empty one or one that is too long."""
    if not parts:
        raise RefusedError(162)
    if len(parts) > 1:
        raise RefusedError(163)
    data = parts[0].read()
    if not data or len(data) > settings.file_most:
        raise RefusedError(204)
    return Upload(parts[0].filename or "file", data)


def stored(item: EngagementObject, values: Mapping[str, Any], upload: Upload | None, *, create: bool) -> Row:
    """What an uploaded file adds to the values of a File or an EngagementStudioProgram.

    Code 239 for a program's structure that was changed after it was downloaded.
    """
    if upload is None:
        return {}
    if item.name == "File":
        name = {} if values.get("name") or not create else {"name": upload.name}
        return {**name, "size": len(upload.data)}
    if item.name == "EngagementStudioProgram":
        text = upload.data.decode("utf-8", "surrogateescape")
        _check_structure(text)
        return {"_structure": text, "status": "draft"}
    return {}


def structure(row: Mapping[str, Any]) -> Response:
    """`download-program-structure`: the file that the program was made from; one of ours where there was none.

    choice: the form of the file is not published. Ours is JSON with the steps and their checksum.
    """
    text = row.get("_structure")
    if text is None:
        steps = [{"type": "start"}, {"type": "action", "name": row["name"]}, {"type": "end"}]
        text = json.dumps({"steps": steps, "checksum": _checksum(steps)})
    return Response(
        text.encode("utf-8", "surrogateescape"),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="program-{row["id"]}.json"'},
    )


def _parsed(request: Request) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The texts and files of a form. In memory all of them: a spooled file would have to be closed."""
    parser = FormDataParser(stream_factory=_in_memory, max_form_memory_size=None)
    _, form, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    return form, files


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    return BytesIO()


def _check_structure(text: str) -> None:
    """choice: only a file with a checksum is checked."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if (
        isinstance(document, dict)
        and "checksum" in document
        and document["checksum"] != _checksum(document.get("steps"))
    ):
        raise RefusedError(239)


def _checksum(steps: Any) -> str:
    return hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()
