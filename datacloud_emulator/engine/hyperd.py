"""One `hyperd` process: how it is found, started, tied to our life and stopped.

The engine is the one inside the wheel `tableauhyperapi`; we start it ourselves, so that it listens for gRPC on a port
of its own choosing. It gets a private work directory (0700) that holds everything it writes: databases, staging files,
results, its log.

How its life is bound to ours:

    we listen on a loopback socket ── the engine connects to it ("callback connection") and tells where it listens
    that connection breaks for any reason, our death by SIGKILL included ── the engine stops by itself
    the engine is gone ── the small shell that started it removes the work directory, and is gone as well

Its output goes to a file, not a pipe: a pipe whose reader is dead would kill the engine before it has cleaned up.

Source: wire spec, hyper §1.1-1.4, §7.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from datacloud_emulator.engine.wire import EngineWire
from datacloud_emulator.errors import EngineUnavailableError

log = logging.getLogger(__name__)

START_SECONDS = 30.0  # choice: an idle machine needs 0.1 s
STOP_SECONDS = 10.0
INIT_USER = "admin"
# The unix socket's whole name must fit sockaddr_un: 104 bytes on macOS, 108 on Linux.
UNIX_SOCKET_NAME_BYTES = 100

# Runs the engine ("$@"), then removes the work directory ($0) it leaves behind, whoever of us is still alive.
_RUN_AND_REMOVE = '"$@"; status=$?; rm -rf -- "$0"; exit $status'


def find_hyperd() -> Path:
    """The engine's executable. Loads nothing. Raises EngineUnavailableError where the wheel is missing."""
    try:
        spec = importlib.util.find_spec("tableauhyperapi")
    except (ImportError, ValueError):
        spec = None
    if spec is not None and spec.origin is not None:
        name = "hyperd.exe" if sys.platform == "win32" else "hyperd"
        path = Path(spec.origin).parent / "bin" / "hyper" / name
        if path.is_file():
            return path
    raise EngineUnavailableError(missing_engine(platform.system(), platform.machine(), platform.libc_ver()[0]))


def missing_engine(system: str, machine: str, libc: str) -> str:
    """The one line for a machine without the engine: how to install it, or that there is no build.

    Arguments as `platform` spells them. Source: wire spec, hyper §1.1.
    """
    builds = {"Linux": {"x86_64", "amd64"}, "Darwin": {"x86_64", "arm64"}, "Windows": {"amd64", "x86_64"}}
    has_build = machine.lower() in builds.get(system, set()) and (system != "Linux" or libc == "glibc")
    here = f"{system} on {machine}" + (" without glibc" if system == "Linux" and libc != "glibc" else "")
    works = "the driver, the dialect and the command line work without it against a real org"
    if has_build:
        return f"The emulator needs its SQL engine: pip install 'datacloud-dbapi[emulator]' ({here}); {works}."
    return f"The emulator's SQL engine (PyPI: tableauhyperapi) has no build for {here}; {works}."


class Engine:
    """A running engine; a context manager. `close()` stops it and removes everything it wrote.

    `single_thread` makes the row order of unordered results repeat from run to run; `small_chunks` makes results of a
    few rows span several chunks; `hyperd` is another executable than the wheel's. All three are for tests.
    Raises EngineUnavailableError when the engine cannot be found or started.
    """

    def __init__(self, *, single_thread: bool = False, small_chunks: bool = False, hyperd: Path | None = None) -> None:
        self._closing = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: EngineWire | None = None
        self._leash: socket.socket | None = None
        self.grpc_address = ""  # `127.0.0.1:PORT`; whoever can reach it may do everything
        hyperd = hyperd or find_hyperd()
        self.work_dir = Path(tempfile.mkdtemp(prefix="datacloud-emulator-")).resolve()
        try:
            self._start(hyperd, _test_settings(single_thread=single_thread, small_chunks=small_chunks))
            self._self_test()
        except BaseException:
            self.close()
            raise

    @property
    def wire(self) -> EngineWire:
        """The gRPC side, for queries."""
        if self._wire is None or self._closed:
            raise EngineUnavailableError("The emulator's SQL engine is closed.")
        return self._wire

    @property
    def database_dir(self) -> Path:
        """The only directory the engine opens databases in."""
        return self.work_dir / "databases"

    @property
    def staging_dir(self) -> Path:
        """The only directory the engine reads files from."""
        return self.work_dir / "staging"

    @property
    def process_group(self) -> int:
        """The process group the engine runs in (POSIX), so that a test can look whether it lives."""
        return self._process.pid if self._process is not None else 0

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start(self, hyperd: Path, extra_settings: dict[str, object]) -> None:
        for directory in (self.database_dir, self.staging_dir, self.work_dir / "results", self.work_dir / "domain"):
            directory.mkdir(mode=0o700)
        config = self.work_dir / "hyper.yaml"
        settings = self._settings() | extra_settings
        # JSON values are YAML values, so nothing needs quoting rules of its own.
        config.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items()), "utf-8")
        output_path = self.work_dir / "output"
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            output_path.open("wb") as output,
            output_path.open("rb") as said,  # a reader of its own, which outlives the file
        ):
            port = listener.getsockname()[1]
            arguments = [
                str(hyperd),
                "run",
                f"--config={config}",
                f"--init-user={INIT_USER}",
                f"--log-dir={self.work_dir}",
                f"--callback-connection=tab.tcp://127.0.0.1:{port}",
            ]
            if sys.platform != "win32":
                arguments = ["/bin/sh", "-c", _RUN_AND_REMOVE, str(self.work_dir), *arguments]
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell expands them
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.work_dir,
                # Its own session: Ctrl-C in the terminal reaches us and not the engine, which we stop in order.
                start_new_session=True,
            )
            deadline = time.monotonic() + START_SECONDS
            self._leash, self.native_endpoint = self._accept(listener, said, deadline)
            self.grpc_address = self._grpc_address(said, deadline)
        self._wire = EngineWire(self.grpc_address)

    def _settings(self) -> dict[str, object]:
        """Wire spec, hyper §1.4."""
        socket_name = self.work_dir / "domain" / ".s.PGSQL.4194304"
        if sys.platform == "win32" or len(os.fsencode(socket_name)) > UNIX_SOCKET_NAME_BYTES:
            native = "tab.tcp://127.0.0.1:auto"
        else:
            native = f"tab.domain://{self.work_dir}/domain/auto"
        return {
            "listen-connection": f"{native},tcp.grpc://127.0.0.1:auto",
            "skip-license": True,
            "no-password": True,
            "strict-settings-mode": True,
            "language": "en_US",
            "grpc_threads": 2,
            "grpc_persist_results": True,
            # Small pieces: freed 4 MiB blocks pile up in the allocator, one set for each thread that serves.
            "grpc_result_target_message_size": "256k",
            "grpc_service_roles": json.dumps({"default": {"user": INIT_USER, "authorizations": []}}),
            "default_database_version": 4,
            "experimental_data_type_persistence": True,
            "experimental_pg_sleep": True,
            "identifier_resolution": "case_insensitive",
            "identifier_normalization": "verbatim",
            "hyper_temp_directory_override": str(self.work_dir / "results"),
            "external_file_whitelist": str(self.staging_dir),
            "database_dir_whitelist": str(self.database_dir),
            "log_resource_usage_mode": 0,
            "log_config": "file,json,warning,hyperd,0",
        }

    def _accept(self, listener: socket.socket, said: BinaryIO, deadline: float) -> tuple[socket.socket, str]:
        """The engine's callback connection and the native endpoint it reports."""
        listener.settimeout(0.1)
        while True:
            self._check_starting(said, deadline)
            try:
                leash, _ = listener.accept()
            except TimeoutError:
                continue
            leash.settimeout(max(deadline - time.monotonic(), 0.1))
            try:
                endpoint = _read_endpoint(leash)
            except OSError:
                endpoint = None
            if endpoint is not None and endpoint.startswith("tab."):
                leash.settimeout(None)
                return leash, endpoint
            leash.close()  # somebody else knocked

    def _grpc_address(self, said: BinaryIO, deadline: float) -> str:
        while True:
            found = re.search(rb"^gRPC listening on (\S+)$", _read_all(said), re.MULTILINE)
            if found:
                return found[1].decode("ascii")
            self._check_starting(said, deadline)
            time.sleep(0.005)

    def _check_starting(self, said: BinaryIO, deadline: float) -> None:
        status = self._process.poll() if self._process is not None else None
        if status is None and time.monotonic() < deadline:
            return
        words = _read_all(said).decode("utf-8", "replace").strip()
        what = f"was not ready after {START_SECONDS:.0f} s" if status is None else f"ended with status {status}"
        raise EngineUnavailableError(f"The emulator's SQL engine {what}. It said: {words or 'nothing'}")

    def _self_test(self) -> None:
        """The settings used are not promised between versions of the wheel: prove what we live on, once.

        Source: wire spec, hyper §7 row 16.
        """
        try:
            query = self.wire.execute("SELECT 1.50::numeric(38,18) AS a UNION ALL SELECT NULL ORDER BY a", None)
            progress = query.wait_finished()
            rows = b",".join(part.rows for part in query.rows_json(0, 10, 1_000_000))
        except Exception as error:
            raise EngineUnavailableError(f"The emulator's SQL engine failed its self-test: {error}") from error
        expected = b"[1.500000000000000000],[null]"
        if (progress.row_count, progress.finished, rows.replace(b" ", b"")) != (2, True, expected):
            raise EngineUnavailableError(f"The emulator's SQL engine failed its self-test: {progress}, {rows!r}")

    def close(self) -> None:
        """Stops the engine and removes its work directory; a second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            if self._wire is not None:
                self._wire.close()
            if self._leash is not None:
                self._leash.close()
            if self._process is not None:
                self._end_process(self._process)
            shutil.rmtree(self.work_dir, ignore_errors=True)

    def _end_process(self, process: subprocess.Popen[bytes]) -> None:
        if self._leash is None:
            # It never called back, so nothing but a signal reaches it.
            _kill_group(process)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("the SQL engine did not stop in %.0f s and is killed", STOP_SECONDS)
            _kill_group(process)
            process.wait()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Engine {'closed' if self._closed else 'running'} in {self.work_dir}>"


def _test_settings(*, single_thread: bool, small_chunks: bool) -> dict[str, object]:
    settings: dict[str, object] = {}
    if single_thread:
        settings["soft_concurrent_query_thread_limit"] = 1
    if small_chunks:
        settings |= {"result_target_chunk_size": 1, "arrow_write_buffer_initial_tuple_limit": 4}
    return settings


def _read_endpoint(connection: socket.socket) -> str | None:
    """One length byte, then that many bytes of text ending in NUL."""
    message = b""
    while not message or len(message) <= message[0]:
        block = connection.recv(256)
        if not block:
            return None
        message += block
    return message[1 : 1 + message[0]].rstrip(b"\0").decode("utf-8", "replace")


def _read_all(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
