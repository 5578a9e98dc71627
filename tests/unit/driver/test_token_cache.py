"""Tokens kept between processes: how safely, what of them, and one login at a time.

Source: public surface §1 (`token_cache`); wire spec, faults K4, T4, T5; auth §4.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from datacloud_dbapi.auth.cache import FileCache, FileLock, Kept, open_cache
from datacloud_dbapi.auth.exchange import DataCloudToken
from datacloud_dbapi.auth.grants import ClientCredentials, OAuthToken, RefreshToken
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.memory import Memory, Remembered, Tenant, memory_of
from datacloud_dbapi.auth.tokens import Call, Tokens
from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.flow.effects import Acquire, Response, Sleep
from datacloud_dbapi.flow.retry import READ, RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, json_answer, stage, tenant_login

POLICY = RetryPolicy()
ORG = "https://acme.my.salesforce.com"
WALL = 1_767_225_600.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither modes nor owners of this kind")


class Shelf(dict[str, str]):
    """A cache of the user's own."""

    def put(self, key: str, value: str) -> None:
        self[key] = value


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestFile:
    @pytest.mark.fault("K4")
    @posix
    @pytest.mark.usefixtures("no_umask")
    def test_k4_it_is_its_owners_alone_whatever_the_umask(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "deep" / "tokens.json"
        cache = FileCache(str(path))
        cache.put("a", "1")
        cache.put("b", "2")
        assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("1", "2", None)
        assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)
        assert {mode(each) for each in path.parent.iterdir()} == {0o600}

    @pytest.mark.fault("K4")
    def test_it_is_replaced_and_never_written_in_place(self, tmp_path: Path) -> None:
        path = tmp_path / "tokens.json"
        cache = FileCache(str(path))
        cache.put("a", "1")
        with path.open() as before:
            cache.put("a", "2")
            assert json.load(before) == {"a": "1"}
        assert json.loads(path.read_text()) == {"a": "2"}
        assert sorted(each.name for each in tmp_path.iterdir()) == ["tokens.json", "tokens.json.lock"]

    @pytest.mark.fault("K4")
    @posix
    @pytest.mark.parametrize(
        ("unsafe", "words"),
        [
            (lambda path: (path.write_text("{}"), path.chmod(0o644)), "can be read by others.*chmod 600"),
            (lambda path: (path.write_text("{}"), path.chmod(0o620)), "can be read by others"),
            (lambda path: path.symlink_to(path.parent / "elsewhere"), "is a link"),
            (lambda path: path.mkdir(), "is no plain file|cannot be opened"),
            (lambda path: os.mkfifo(path, 0o600), "is no plain file"),
        ],
    )
    def test_k4_an_unsafe_one_is_refused_unread_and_untouched(self, unsafe: Any, words: str, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text('{"a": "planted"}')
        (tmp_path / "elsewhere").chmod(0o600)
        path = tmp_path / "tokens.json"
        unsafe(path)
        before = os.lstat(path)
        cache = FileCache(str(path))
        with pytest.raises(InterfaceError, match=words):
            cache.get("a")
        with pytest.raises(InterfaceError, match=words):
            cache.put("a", "1")
        assert (os.lstat(path).st_ino, os.lstat(path).st_mode) == (before.st_ino, before.st_mode)
        assert (tmp_path / "elsewhere").read_text() == '{"a": "planted"}'

    @pytest.mark.fault("K4")
    @posix
    def test_k4_somebody_elses_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache = FileCache(str(tmp_path / "tokens.json"))
        cache.put("a", "1")
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InterfaceError, match="another user"):
            cache.get("a")

    @pytest.mark.fault("K4")
    @posix
    def test_k4_a_folder_others_may_write_to_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o777)
        with pytest.raises(InterfaceError, match="others may write"):
            FileCache(str(tmp_path / "tokens.json")).put("a", "1")
        tmp_path.chmod(0o1777)  # sticky, as /tmp is: nobody can replace another's file there
        FileCache(str(tmp_path / "tokens.json")).put("a", "1")

    @pytest.mark.parametrize("text", ["", "not json", "[]", '{"a": 5}', "[" * 100_000])
    def test_a_spoilt_one_is_empty_and_can_be_written_again(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "tokens.json"
        path.write_text(text)
        path.chmod(0o600)
        cache = FileCache(str(path))
        assert cache.get("a") is None
        cache.put("a", "1")
        assert cache.get("a") == "1"


class TestWhichCache:
    @pytest.mark.parametrize("setting", [None, False])
    def test_it_is_off_by_default(self, setting: object) -> None:
        assert open_cache(setting, {}) is None

    @pytest.mark.parametrize(("ci", "on"), [("true", False), ("1", False), ("", True), ("false", True), ("0", True)])
    def test_true_is_off_on_a_build_machine_and_a_path_is_not(self, ci: str, on: bool, tmp_path: Path) -> None:
        environ = {"CI": ci, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
        assert (open_cache(True, environ) is not None) == on
        assert open_cache(str(tmp_path / "t.json"), environ) is not None

    def test_an_object_of_the_users_is_used_as_it_is(self) -> None:
        shelf = Shelf()
        assert open_cache(shelf, {"CI": "true"}) == Kept(shelf, None)

    @pytest.mark.parametrize("usable", [True, False])
    def test_a_keyring_with_a_backend_comes_before_a_file(
        self, usable: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        class NoBackend:
            pass

        class Ring:
            def __init__(self) -> None:
                self.held: dict[tuple[str, str], str] = {}

        ring = Ring()
        modules: dict[str, Any] = {name: types.ModuleType(name) for name in ("keyring", "keyring.backends.fail")}
        modules["keyring.backends"] = types.ModuleType("keyring.backends")
        modules["keyring.backends.fail"].Keyring = NoBackend
        modules["keyring"].get_keyring = lambda: ring if usable else NoBackend()
        modules["keyring"].get_password = lambda service, key: ring.held.get((service, key))
        modules["keyring"].set_password = lambda service, key, text: ring.held.__setitem__((service, key), text)
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        kept = open_cache(True, {"XDG_CACHE_HOME": str(tmp_path)})
        assert kept is not None
        if not usable:
            assert isinstance(kept.cache, FileCache)
            return
        assert kept.cache.get("k") is None
        kept.cache.put("k", "text")
        assert kept.cache.get("k") == "text"
        assert ring.held == {("datacloud-dbapi", "k"): "text"}
        assert list(tmp_path.iterdir()) == []


class TestRemembered:
    WHOLE = Remembered(
        "5Aep.r",
        OAuthToken("00Dxx!core", ORG),
        {"default": Tenant("eyJ.t", "https://t.c360a.salesforce.com", 1.5), "emea": Tenant("eyJ.u", "https://u", None)},
    )

    def test_text_and_back(self) -> None:
        assert Remembered.from_text(self.WHOLE.to_text()) == self.WHOLE
        assert Remembered.from_text(None) == Remembered.from_text(Remembered().to_text()) == Remembered()

    @pytest.mark.parametrize(
        "text",
        [
            *("", "no", "[]", "5", '{"org": 5}', '{"org": ["a"]}', '{"org": [1, 2]}', '{"tenants": {"d": ["a", "b"]}}'),
            *('{"tenants": {"d": ["a", "b", "c"]}}', '{"refresh_token": 5}', '{"tenants": []}', "[" * 100_000),
        ],
    )
    def test_a_text_that_says_something_else_is_nothing(self, text: str) -> None:
        assert Remembered.from_text(text) == Remembered()

    def test_nothing_of_it_shows(self) -> None:
        for secret in ("5Aep", "00Dxx", "eyJ"):
            assert secret not in repr(self.WHOLE)


class Process:
    """What one process has: its own tokens and clock, and the cache it shares with others."""

    def __init__(self, kept: Kept, dataspace: str = "default", wall: float = WALL, refresh: bool = False) -> None:
        memory = Memory(kept, "a-login", lambda: wall)
        plain = ClientCredentials(ORG, "the-app", "s3cret")
        grant = RefreshToken(ORG, "the-app", "5Aep.first") if refresh else plain
        self.tokens = Tokens(grant, dataspace, TrustedHosts(), memory=memory)


class TestBetweenProcesses:
    def test_the_second_process_sends_nothing(self) -> None:
        kept = Kept(Shelf(), None)
        first = stage([LOGIN, tenant_login(7200)], clock=50.0).run(Process(kept).tokens.current(POLICY))
        # Another boot, another monotonic clock; half an hour later by the clock on the wall.
        second = stage([], clock=9000.0).run(Process(kept, wall=WALL + 1800).tokens.current(POLICY))
        assert second == replace(first, renew_at=9000.0 + 7200 - 60 - 1800)

    def test_a_token_that_ended_meanwhile_is_not_taken(self) -> None:
        kept = Kept(Shelf(), None)
        stage([LOGIN, tenant_login(7200)]).run(Process(kept).tokens.current(POLICY))
        scene = stage([LOGIN, tenant_login(7200)])
        scene.run(Process(kept, wall=WALL + 7141).tokens.current(POLICY))
        assert len(scene.requests) == 2

    def test_a_data_space_has_a_token_of_its_own(self) -> None:
        kept = Kept(Shelf(), None)
        for dataspace in ("default", "emea"):
            scene = stage([LOGIN, tenant_login()])
            scene.run(Process(kept, dataspace).tokens.current(POLICY))
            assert len(scene.requests) == 2
        assert stage([]).run(Process(kept, "emea").tokens.current(POLICY))

    def test_a_refused_token_is_not_taken_from_the_cache_again(self) -> None:
        kept = Kept(Shelf(), None)
        stage([LOGIN, tenant_login()]).run(Process(kept).tokens.current(POLICY))
        newer = json_answer({"access_token": "eyJ.newer", "instance_url": "abc.c360a.salesforce.com"})
        scene = stage([Response(401), LOGIN, newer, Response(200)])
        assert scene.run(Process(kept).tokens.send(Call("GET", "/x"), READ, POLICY)).response.status == 200
        # And a third process finds the new one, whose refusal nobody told it of.
        assert stage([]).run(Process(kept).tokens.current(POLICY)).access_token == "eyJ.newer"

    def test_the_orgs_token_is_shared_too(self) -> None:
        kept = Kept(Shelf(), None)
        stage([LOGIN]).run(Process(kept).tokens.current_org(POLICY))
        assert stage([]).run(Process(kept).tokens.current_org(POLICY)).access_token == "00Dxx!core"

    @pytest.mark.fault("T4")
    def test_t4_a_new_refresh_token_is_kept_before_the_access_token_is_used(self) -> None:
        shelf = Shelf()
        rotated = json_answer({"access_token": "00D!x", "instance_url": ORG, "refresh_token": "5Aep.second"})
        flow = Process(Kept(shelf, None), refresh=True).tokens.current(POLICY)
        scene = stage([rotated])
        with pytest.raises(AssertionError, match="nothing scripted for POST /services/a360/token"):
            scene.run(flow)
        assert Remembered.from_text(shelf["a-login"]).refresh_token == "5Aep.second"
        after = stage([LOGIN, tenant_login()])
        after.run(Process(Kept(shelf, None), refresh=True).tokens.current(POLICY))
        assert parse_qs(after.requests[0].body.decode())["refresh_token"] == ["5Aep.second"]

    @pytest.mark.parametrize("address", ["https://evil.example", "http://abc.c360a.salesforce.com", "evil"])
    def test_a_token_is_not_sent_where_a_cache_says(self, address: str) -> None:
        shelf = Shelf(
            {"a-login": Remembered(None, OAuthToken("t", address), {"default": Tenant("t", address, None)}).to_text()}
        )
        scene = stage([LOGIN, tenant_login()])
        process = Process(Kept(shelf, None))
        assert scene.run(process.tokens.current(POLICY)).tenant_url == "https://abc.c360a.salesforce.com"
        assert scene.run(process.tokens.current_org(POLICY)).org_url == ORG

    def test_a_login_anew_forgets_what_was_remembered(self) -> None:
        kept = Kept(Shelf(), None)
        stage([LOGIN, tenant_login()]).run(Process(kept, refresh=True).tokens.current(POLICY))
        stage([LOGIN]).run(Process(kept, refresh=True).tokens.log_in(POLICY))
        scene = stage([LOGIN, tenant_login()])
        scene.run(Process(kept, refresh=True).tokens.current(POLICY))
        assert len(scene.requests) == 2

    def test_a_cache_that_fails_costs_a_login_and_no_more(self, caplog: pytest.LogCaptureFixture) -> None:
        class Broken:
            def get(self, key: str) -> str | None:
                raise RuntimeError("locked: eyJ.secret")

            def put(self, key: str, value: str) -> None:
                raise RuntimeError("locked: eyJ.secret")

        stage([LOGIN, tenant_login()]).run(Process(Kept(Broken(), None)).tokens.current(POLICY))
        assert "cannot be written: RuntimeError" in caplog.text
        assert "eyJ" not in caplog.text


@pytest.mark.fault("T5")
def test_two_processes_do_not_log_in_at_once(tmp_path: Path) -> None:
    """T5 between processes: the second waits for the first, and finds its token."""
    stem = str(tmp_path / "tokens.json")
    kept = Kept(FileCache(stem), stem)
    first, second = Process(kept).tokens.current(POLICY), Process(kept).tokens.current(POLICY)
    answered: list[Any] = []

    def step(flow: Any, answer: object) -> Any:
        effect = flow.send(answer)
        while not isinstance(effect, (Sleep, type(None))) and not hasattr(effect, "request"):
            if isinstance(effect, Acquire):
                effect = flow.send(lambda: None)
            elif hasattr(effect, "work"):
                effect = flow.send(effect.work())
            else:
                effect = flow.send(1000.0)
        return effect

    assert step(first, None).request.label == "POST /services/oauth2/token"
    assert isinstance(step(second, None), Sleep)  # the first holds the lock
    assert step(first, LOGIN).request.label == "POST /services/a360/token"
    assert isinstance(step(second, None), Sleep)
    with pytest.raises(StopIteration) as end:
        step(first, tenant_login(7200))
    answered.append(end.value.value)
    with pytest.raises(StopIteration) as end:
        step(second, None)
    answered.append(end.value.value)
    assert [token.access_token for token in answered] == ["eyJ.tenant.token"] * 2


def test_a_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    path = str(tmp_path / "a.lock")
    code = (
        "import sys; from datacloud_dbapi.auth.cache import FileLock\n"
        f"held = FileLock({path!r}).attempt(); print(held is not None, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert FileLock(path).attempt() is None
        other.kill()
    release = FileLock(path).attempt()
    assert release is not None
    assert FileLock(path).attempt() is None  # two threads of one process exclude each other, too
    release()


class TestWhatIsKept:
    GIVEN: dict[str, Any] = {"client_id": "i", "client_secret": "s", "login_url": ORG}  # noqa: RUF012 - read only

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (GIVEN, True),
            ({**GIVEN, "username": "u", "password": "p"}, True),
            ({**GIVEN, "refresh_token": "r"}, True),
            ({**GIVEN, "auth": "authorization-code"}, True),
            ({"access_token": "t", "instance_url": ORG}, False),
            ({"datacloud_token": "t", "tenant_url": ORG}, False),
            ({"sf_org": "dev"}, False),
        ],
    )
    def test_what_was_handed_in_is_not_kept(self, given: dict[str, Any], kept: bool, tmp_path: Path) -> None:
        params = ConnectParams.resolve(None, {**given, "token_cache": str(tmp_path / "t.json")})
        assert (memory_of(params, {}) is not None) == kept

    def test_another_secret_finds_nothing(self) -> None:
        shelf = Shelf()
        for secret in ("s", "t"):
            memory = memory_of(
                ConnectParams.resolve(None, {**self.GIVEN, "client_secret": secret, "token_cache": shelf})
            )
            assert memory is not None
            scene = stage([])
            assert scene.run(memory.recall()) == Remembered()
            scene.run(memory.keep(lambda r: replace(r, refresh_token="x")))
        assert len(shelf) == 2
        assert not any("s3cret" in key for key in shelf)

    def test_an_ended_token_is_not_kept_for_ever(self) -> None:
        memory = Memory(Kept(Shelf(), None), "k", lambda: WALL)
        scene = stage([])
        for name, renew_at in (("ended", 900.0), ("live", 1100.0), ("open", None)):
            tenant = memory.tenant_at_rest(DataCloudToken(name, ORG, renew_at), 1000.0)
            scene.run(memory.keep(lambda r, n=name, t=tenant: replace(r, tenants={**r.tenants, n: t})))  # type: ignore[misc]  # the defaults bind now
        assert set(scene.run(memory.recall()).tenants) == {"live", "open"}
