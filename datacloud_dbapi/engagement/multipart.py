"""A request body of two parts: `input`, the JSON that a create would send, and `file`.

It is one block of bytes and may hold a file of 50 MB, the service's bound; nothing here touches the disk but
`read_file`, which a flow performs. Source: wire spec, account-engagement §3, §16-17; RFC 7578.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias

from datacloud_dbapi.errors import ProgrammingError

# Source: wire spec, account-engagement §11 and code 204.
MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file to send: its name, what is in it, and its media type."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


FileInput: TypeAlias = "str | os.PathLike[str] | FilePart | BinaryIO"


def read_file(file: FileInput) -> FilePart:
    """A file by its path or as an open binary one, read whole; a `FilePart` as it is. Waits for the disk.

    Raises ProgrammingError for what is empty, larger than 50 MB, missing, or no file.
    """
    if isinstance(file, FilePart):
        return _checked(file)
    if isinstance(file, (str, os.PathLike)):
        path = os.fspath(file)
        try:
            with open(path, "rb") as opened:
                return _checked(_part(path, opened.read(MOST_BYTES + 1)))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise ProgrammingError(f"The file cannot be read: {why}", hint="check its path") from error
    read = getattr(file, "read", None)
    content = read(MOST_BYTES + 1) if callable(read) else None
    if not isinstance(content, bytes):
        raise ProgrammingError(
            f"A file is a path, an open binary file or a FilePart, not {type(file).__name__}",
            hint="FilePart(name, content) takes bytes",
        )
    named = getattr(file, "name", None)
    return _checked(_part(named if isinstance(named, str) else "file", content))


def encode(values: bytes | None, file: FilePart) -> tuple[bytes, str]:
    """The body and its `Content-Type`. `values` is the JSON text of the part `input`; None leaves that part out."""
    parts: list[tuple[bytes, bytes]] = []
    if values is not None:
        parts.append((b'Content-Disposition: form-data; name="input"\r\nContent-Type: application/json', values))
    disposition = f'Content-Disposition: form-data; name="file"; filename="{_quoted(file.name)}"'
    # The name of a file on the disk may be no text: a Python that lists it stands in what it cannot read.
    parts.append((f"{disposition}\r\nContent-Type: {file.content_type}".encode("utf-8", "replace"), file.content))
    boundary = _boundary([content for _, content in parts])
    pieces = [b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary, head, content) for head, content in parts]
    return b"".join([*pieces, b"--%b--\r\n" % boundary]), f"multipart/form-data; boundary={boundary.decode()}"


def _part(path: str, content: bytes) -> FilePart:
    kind, packed = mimetypes.guess_type(path)
    # A packed file is not of the type of what is in it.
    return FilePart(os.path.basename(path), content, kind if kind and not packed else "application/octet-stream")


def _checked(part: FilePart) -> FilePart:
    texts = isinstance(part.name, str) and isinstance(part.content_type, str)
    if not texts or not isinstance(part.content, (bytes, bytearray)):
        raise ProgrammingError("A FilePart has a name and a media type, which are texts, and bytes")
    if not part.content:
        raise ProgrammingError(f"The file {part.name!r} is empty", hint="the service takes no empty file")
    if len(part.content) > MOST_BYTES:
        raise ProgrammingError(f"The file {part.name!r} is larger than 50 MB", hint="the service takes no larger one")
    if "\r" in part.content_type or "\n" in part.content_type or not part.content_type.isascii():
        raise ProgrammingError(f"The media type of the file {part.name!r} is none", hint="such as text/csv")
    return part


def _quoted(name: str) -> str:
    """A file name as browsers send it: UTF-8, and the three characters that would end it escaped."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _boundary(contents: list[bytes]) -> bytes:
    """A line that none of the contents has, the same for the same contents."""
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    while any((boundary := digest.hexdigest()[:48].encode()) in content for content in contents):
        digest.update(b"-")
    return boundary
