"""Where tokens may be kept between processes: a keyring, a file only its owner can read, or an object of the user's.

A cache maps a key to a text, `get(key) -> str | None` and `put(key, text)`; what the text says is `memory.py`'s.
Blocking, and run on behalf of a flow. Source: public surface §1 (`token_cache`); wire spec, faults K4.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from datacloud_dbapi.errors import InterfaceError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_SERVICE = "datacloud-dbapi"


class TokenCache(Protocol):
    """What may be given as `token_cache`. Both calls may come from any thread."""

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A cache and the place of its locks, which keep two processes from logging in at once.

    An object of the user's has no place: there only the threads and tasks of one process wait for each other.
    """

    cache: TokenCache
    lock_stem: str | None


def open_cache(setting: object, environ: Mapping[str, str]) -> Kept | None:
    """The cache that a connection's `token_cache` asks for; None is none.

    choice: on a build machine (`CI` is set) `True` is off, as nobody asked that machine to keep anything.
    """
    if setting is None or setting is False:
        return None
    if setting is not True:
        if isinstance(setting, (str, os.PathLike)):
            path = os.path.abspath(os.path.expanduser(os.fspath(setting)))
            return Kept(FileCache(path), path)
        cache: Any = setting
        return Kept(cache, None)
    if environ.get("CI", "").strip().lower() not in ("", "0", "false", "no"):
        return None
    path = default_path(environ)
    keyring = _usable_keyring()
    return Kept(FileCache(path) if keyring is None else KeyringCache(keyring), path)


def default_path(environ: Mapping[str, str]) -> str:
    """`datacloud/tokens.json` in the user's folder for caches, as the platform has it."""
    if sys.platform == "win32":
        folder = environ.get("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local")
    elif sys.platform == "darwin":
        folder = os.path.expanduser("~/Library/Caches")
    else:
        folder = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(folder, "datacloud", "tokens.json")


class KeyringCache:
    """The desktop's keyring, through the package `keyring` where it is installed and has a backend."""

    def __init__(self, keyring: Any) -> None:
        self._keyring = keyring

    def __str__(self) -> str:
        return "the keyring"

    def get(self, key: str) -> str | None:
        found = self._keyring.get_password(_SERVICE, key)
        return found if isinstance(found, str) else None

    def put(self, key: str, value: str) -> None:
        self._keyring.set_password(_SERVICE, key, value)


def _usable_keyring() -> Any | None:
    try:
        import keyring
        from keyring.backends.fail import Keyring as NoBackend
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), NoBackend) else keyring


class FileCache:
    """One JSON object in a file that only its owner may read; replaced as a whole, never written in place.

    | found | what happens |
    |---|---|
    | no folder | made, 0700 |
    | a folder others may write to | InterfaceError, except where they may only add to it (sticky) |
    | a file others may read, a link, no plain file, somebody else's | InterfaceError |
    | a file that is no JSON object | taken for empty |
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __str__(self) -> str:
        return self._path

    def get(self, key: str) -> str | None:
        found = self._read().get(key)
        return found if isinstance(found, str) else None

    def put(self, key: str, value: str) -> None:
        folder = os.path.dirname(self._path)
        _make_folder(folder)
        release = FileLock(f"{self._path}.lock").wait()
        try:
            entries = {**self._read(), key: value}
            # Named before it is made: an interrupt may come at the very moment it appears.
            partial = os.path.join(folder, f".tokens-{secrets.token_hex(8)}")
            try:
                descriptor = _open_private(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(entries, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, self._path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(partial)
                raise
        finally:
            release()

    def _read(self) -> dict[str, object]:
        try:
            descriptor = _open_private(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return {}
        with os.fdopen(descriptor, "rb") as file:
            data = file.read()
        try:
            entries = json.loads(data)
        except (ValueError, RecursionError):
            return {}
        return entries if isinstance(entries, dict) else {}


class FileLock:
    """A lock between processes that ends with its holder, however that ends."""

    def __init__(self, path: str) -> None:
        self._path = path

    def attempt(self) -> Callable[[], None] | None:
        """A function that releases the lock, or None while another holds it."""
        _make_folder(os.path.dirname(self._path))
        descriptor = _open_private(self._path, os.O_RDWR | os.O_CREAT)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        # Closing releases it.
        return lambda: os.close(descriptor)

    def wait(self) -> Callable[[], None]:
        """The same for a lock that is held for a moment only."""
        while (release := self.attempt()) is None:
            time.sleep(0.01)
        return release


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _open_private(path: str, flags: int) -> int:
    """Open a file of the cache; one that is not safely the user's own is refused before it is read."""
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        link = os.path.islink(path)
        raise _unsafe(path, "is a link" if link else f"cannot be opened: {error.strerror}") from error
    try:
        _check_private(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_private(path: str, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise _unsafe(path, "is no plain file")
    if sys.platform == "win32":
        return  # The user's profile folder is private there, and modes say nothing.
    if facts.st_uid != os.geteuid():
        raise _unsafe(path, "belongs to another user")
    if facts.st_mode & 0o077:
        raise _unsafe(path, "can be read by others", f"chmod 600 {path}; and log in anew if others were here")


def _make_folder(folder: str) -> None:
    """Make sure of a folder where nobody else can replace a file: 0700 when it is ours to make."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(each, 0o700)
    if not missing and sys.platform != "win32":
        facts = os.stat(folder)
        foreign = facts.st_uid not in (os.geteuid(), 0)
        if foreign or (facts.st_mode & 0o022 and not facts.st_mode & stat.S_ISVTX):
            raise _unsafe(folder, "is a folder that others may write to")


def _unsafe(path: str, why: str, hint: str = "name another token_cache, or remove it") -> InterfaceError:
    return InterfaceError(f"The token cache is not safe: {path} {why}", hint=hint)
