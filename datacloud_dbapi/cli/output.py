"""Where results go: standard output, or a file that appears complete or not at all.

Source: public surface, §5.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import click


@contextmanager
def destination(path: str | None) -> Iterator[BinaryIO]:
    """A binary stream to write the result to; no path is standard output.

    A file is written under another name beside it and takes its own name when the block ends well, so that a failure
    leaves neither a short file nor a gap where an old one was.
    """
    if path is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has read enough, which is no failure. Python flushes once more at exit: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        # A device or a pipe: to be written to, not to be replaced.
        with open(target, "wb") as file:
            yield file
        return
    # Named before it is made: an interrupt may come at the very moment it appears.
    partial = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{secrets.token_hex(8)}")
    try:
        try:
            file = open(partial, "xb", opener=_private)  # noqa: SIM115 - closed below, apart from what opening may raise
        except OSError as error:
            raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
        with file:
            yield file
        os.chmod(partial, _mode_of(target))
        os.replace(partial, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial)
        raise


def _private(path: str, flags: int) -> int:
    """Opens a file that nobody else may read while it is written."""
    return os.open(path, flags, 0o600)


def _mode_of(target: str) -> int:
    """The permissions the file has already, or those a new one gets."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
