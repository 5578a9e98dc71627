"""The engine's process and its gRPC side. Source: wire spec, hyper §1-2, §6."""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from datacloud_emulator.engine import hyperd as engine_module
from datacloud_emulator.engine.hyperd import Engine, missing_engine
from datacloud_emulator.engine.wire import EngineQuery, JsonPart, QueryProgress
from datacloud_emulator.errors import EngineUnavailableError, SqlError

posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups and shells are POSIX")


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def eventually(condition: object, seconds: float = 20.0) -> bool:
    """Other processes end in their own time; this gives them some."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_start_and_stop() -> None:
    engine = Engine()
    work_dir = engine.work_dir
    assert engine.is_running()
    if sys.platform != "win32":
        assert work_dir.stat().st_mode & 0o777 == 0o700
    engine.close()
    engine.close()
    assert not engine.is_running()
    assert not work_dir.exists()
    assert sys.platform == "win32" or group_is_gone(engine.process_group)
    with pytest.raises(EngineUnavailableError, match="closed"):
        engine.wire.execute("select 1", None)


def test_engines_share_nothing() -> None:
    with Engine() as one, Engine() as two:
        assert one.work_dir != two.work_dir
        one.close()
        assert two.wire.execute("select 1", None).wait_finished() == QueryProgress(1, finished=True)


@posix
def test_nothing_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    script = """
        import sys
        from datacloud_emulator.engine.hyperd import Engine
        from datacloud_emulator.store import Store
        engine = Engine()
        store = Store(engine, sys.argv[1])
        store.dataspace("default").submit("select pg_sleep(60)")
        print(engine.process_group, engine.work_dir, flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        group, work_dir = parent.stdout.readline().split()
        assert not group_is_gone(int(group))
        assert (Path(work_dir) / "databases").is_dir()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert eventually(lambda: group_is_gone(int(group)))
    assert eventually(lambda: not Path(work_dir).exists())


@posix
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no licence; exit 3", r"ended with status 3. It said: no licence$"),
        ("exit 0", r"ended with status 0. It said: nothing$"),
        ("exec sleep 600", r"was not ready after 1 s. It said: nothing$"),
        ("trap '' TERM INT HUP; while :; do sleep 600; done", r"was not ready after 1 s"),
    ],
)
def test_an_engine_that_does_not_start_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    fake = tmp_path / "hyperd"
    fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{script}\n")
    fake.chmod(0o700)
    monkeypatch.setattr(engine_module, "START_SECONDS", 1.0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    with pytest.raises(EngineUnavailableError, match=message):
        Engine(hyperd=fake)
    pid = int((tmp_path / "pid").read_text())
    assert eventually(lambda: not Path(f"/proc/{pid}").exists() if Path("/proc").exists() else True)
    assert list((tmp_path / "temp").iterdir()) == []


@posix
def test_an_engine_that_dies_says_so() -> None:
    with Engine() as engine:
        os.killpg(engine.process_group, signal.SIGKILL)
        with pytest.raises(EngineUnavailableError, match="SQL engine"):
            engine.wire.execute("select 1", None).wait_finished()
    assert not engine.work_dir.exists()


@pytest.mark.parametrize(
    ("system", "machine", "libc", "words"),
    [
        ("Linux", "x86_64", "glibc", "pip install 'datacloud-dbapi[emulator]'"),
        ("Darwin", "arm64", "", "pip install"),
        ("Windows", "AMD64", "", "pip install"),
        ("Linux", "aarch64", "glibc", "has no build for Linux on aarch64"),
        ("Linux", "x86_64", "", "has no build for Linux on x86_64 without glibc"),
        ("Windows", "ARM64", "", "has no build for Windows on ARM64"),
        ("FreeBSD", "amd64", "", "has no build for FreeBSD on amd64"),
    ],
)
def test_one_line_says_why_there_is_no_engine(system: str, machine: str, libc: str, words: str) -> None:
    line = missing_engine(system, machine, libc)
    assert words in line
    assert "\n" not in line
    assert "work without it" in line


def test_without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailableError, match="work without it"):
        Engine()


# --- statements ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Iterator[Engine]:
    """An engine whose results come in chunks of a few rows."""
    with Engine(small_chunks=True, single_thread=True) as engine:
        yield engine


def parts(query: EngineQuery, offset: int, rows: int, size: int = 8_000_000) -> tuple[bytes, int]:
    found: list[JsonPart] = list(query.rows_json(offset, rows, size))
    return b",".join(part.rows for part in found), sum(part.count for part in found)


@pytest.mark.parametrize("page", [1, 7, 997, 5000])
def test_pages_add_up_to_the_result(small: Engine, page: int) -> None:
    query = small.wire.execute("select i, 'x' || i from generate_series(1, 5000) as g(i) order by i desc", None)
    total = query.wait_finished()
    assert total == QueryProgress(5000, finished=True)
    for offset in range(0, 5000, 499 if page == 1 else page):
        text, count = parts(query, offset, page)
        expected = [f'[{i},"x{i}"]' for i in range(5000 - offset, max(5000 - offset - page, 0), -1)]
        assert (text.decode(), count) == (",".join(expected), len(expected))


def test_a_byte_limit_cuts_between_rows_but_gives_one(small: Engine) -> None:
    query = small.wire.execute("select repeat('x', 1000) from generate_series(1, 50)", None)
    query.wait_finished()
    _, count = parts(query, 0, 50, 10_000)
    assert 5 <= count <= 10
    assert parts(query, 0, 50, 1)[1] == 1
    assert parts(query, 49, 50, 10**12)[1] == 1


def test_asking_past_the_end_is_an_error(small: Engine) -> None:
    query = small.wire.execute("select 1", None)
    query.wait_finished()
    with pytest.raises(SqlError) as caught:
        parts(query, 1, 1)
    assert caught.value.sqlstate == "22023"


def test_a_wide_row_passes(small: Engine) -> None:
    query = small.wire.execute("select repeat('x', 10000000) as x", None)
    query.wait_finished()
    text, count = parts(query, 0, 1)
    assert (len(text), count) == (10_000_004, 1)


def test_a_result_is_read_while_it_is_made(engine: Engine) -> None:
    sql = "select i from generate_series(1, 20000000) as g(i) union all select 1 where pg_sleep(600)"
    query = engine.wire.execute(sql, None)
    progress = query.wait(1000)
    assert progress.row_count >= 1000
    assert not progress.finished
    assert parts(query, 0, 1000)[1] == 1000
    query.cancel()


def test_waiting_no_longer_than_asked(engine: Engine) -> None:
    query = engine.wire.execute("select pg_sleep(600)", None)
    assert query.wait(1, timeout=0.05) == QueryProgress(0, finished=False)
    query.cancel()
    with pytest.raises(SqlError) as caught:
        query.wait_finished()
    assert caught.value.sqlstate == "57014"
    with pytest.raises(SqlError) as caught:
        parts(query, 0, 1)
    assert caught.value.sqlstate == "57014"
    query.cancel()


def test_a_finished_result_survives_a_cancel(engine: Engine) -> None:
    query = engine.wire.execute("select 1", None)
    query.wait_finished()
    query.cancel()
    assert parts(query, 0, 1) == (b"[1]", 1)


@pytest.mark.parametrize(
    ("sql", "state", "begin"),
    [
        ("selec 1", "42601", 1),
        ("select '🎉' + nope", "42703", 14),
        ("select nope(1)", "42883", 8),
        ("select 1/(i - 5) from generate_series(1, 9) as g(i)", "22012", None),
        ("select cast('x' as int) from generate_series(1, 9)", "22P02", None),
        ("select 2147483647 + i from generate_series(1, 9) as g(i)", "22003", None),
    ],
)
def test_errors_keep_their_fields(engine: Engine, sql: str, state: str, begin: int | None) -> None:
    with pytest.raises(SqlError) as caught:
        engine.wire.execute(sql, None).wait_finished()
    error = caught.value
    assert (error.sqlstate, error.position, error.source) == (state, begin, "User")
    assert error.message
    assert str(error) == error.message


def test_an_error_can_be_pickled_and_shown() -> None:
    error = SqlError("no", "42601", hint="try", detail="line 1", position=3, position_end=5, source="User")
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert repr(copy) == "SqlError(42601: 'no', position=3)"
