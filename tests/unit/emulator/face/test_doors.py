"""Doors: in process and over sockets, plain and TLS; the life of an emulator."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from datacloud_emulator import Emulator
from datacloud_emulator.__main__ import main
from datacloud_emulator.doors.http import HttpDoor
from datacloud_emulator.doors.inprocess import AsyncInProcessTransport
from datacloud_emulator.errors import DataLoadError

from .client import ORIGIN, Face


@pytest.fixture(scope="module")
def emulator(data_folder: Path) -> Iterator[Emulator]:
    with Emulator(data_folder, page_rows=2) as running:
        yield running


def first_value(http: httpx.Client, emulator: Emulator) -> object:
    """Log in, exchange, ask; the client knows what `connect_params` says and nothing more."""
    given = emulator.connect_params()
    login = {
        "grant_type": "client_credentials",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
    }
    org = http.post(f"{given['login_url']}/services/oauth2/token", data=login).raise_for_status().json()
    exchange = {
        "grant_type": "urn:salesforce:grant-type:external:cdp",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": org["access_token"],
        "dataspace": given["dataspace"],
    }
    tenant = http.post(f"{org['instance_url']}/services/a360/token", data=exchange).raise_for_status().json()
    scheme = urlsplit(emulator.login_url).scheme
    answer = http.post(
        f"{scheme}://{tenant['instance_url']}/api/v2/query",
        json={"sql": "SELECT COUNT(*) FROM ssot__Individual__dlm"},
        headers={"Authorization": f"Bearer {tenant['access_token']}"},
    )
    return answer.raise_for_status().json()["data"]


def test_in_process(emulator: Emulator) -> None:
    with httpx.Client(transport=emulator.http_transport) as http:
        assert first_value(http, emulator) == [[2]]
        with pytest.raises(httpx.ConnectError):
            http.get("http://127.0.0.1:1/")
        with pytest.raises(httpx.ConnectError):
            http.get(emulator.login_url.replace("http:", "https:"))


@pytest.mark.sockets
def test_over_sockets(emulator: Emulator) -> None:
    with httpx.Client() as http:
        assert first_value(http, emulator) == [[2]]
        answer = http.get(f"{emulator.login_url}/nowhere")
        assert (answer.status_code, answer.headers["transfer-encoding"]) == (404, "chunked")
        assert http.head(f"{emulator.login_url}/nowhere").status_code == 404
        form = b"grant_type=none"
        chunked = http.post(f"{emulator.login_url}/services/oauth2/token", content=iter([form[:7], form[7:]]))
        assert chunked.json()["error"] == "unsupported_grant_type"


def test_in_process_async(face: Face) -> None:
    async def several() -> list[int]:
        transport = AsyncInProcessTransport(face.app, ORIGIN)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            logins = [http.post("/services/oauth2/token", data=face.login_form()) for _ in range(5)]
            answers = await asyncio.gather(*logins, http.get("/nowhere"))
            with pytest.raises(httpx.ConnectError):
                await http.get("http://elsewhere.test/")
            return [answer.status_code for answer in answers]

    assert asyncio.run(several()) == [200] * 5 + [404]


@pytest.mark.sockets
def test_tls(data_folder: Path) -> None:
    with Emulator(data_folder, tls=True) as emulator:
        assert emulator.login_url.startswith("https://127.0.0.1:")
        ca_file = emulator.ca_file
        assert ca_file is not None
        assert emulator.connect_params()["ca_bundle"] == ca_file
        assert emulator.connect_params()["allowed_hosts"] == "127.0.0.1"
        assert "allow_insecure_loopback" not in emulator.connect_params()
        with httpx.Client(verify=ssl.create_default_context(cafile=ca_file)) as http:
            assert first_value(http, emulator) == [[2]]
        with httpx.Client() as stranger, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            stranger.get(emulator.login_url)
    assert not Path(ca_file).exists()


@pytest.mark.fault("M1")
@pytest.mark.sockets
def test_it_listens_on_loopback_only() -> None:
    door = HttpDoor(0)
    try:
        port = urlsplit(door.origin).port
        assert port is not None
        assert urlsplit(door.origin).hostname == "127.0.0.1"
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
            other.bind(("127.0.0.2", port))  # would fail if the port were taken on every address
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            HttpDoor(port)
    finally:
        door.close()


@pytest.mark.sockets
def test_requests_made_before_the_door_opens_wait_for_it(face: Face) -> None:
    door = HttpDoor(0)
    try:
        answers: list[int] = []
        early = threading.Thread(target=lambda: answers.append(httpx.get(f"{door.origin}/nowhere").status_code))
        early.start()
        door.open(face.app)
        early.join()
        assert answers == [404]
    finally:
        door.close()


def test_what_an_emulator_says_of_itself(emulator: Emulator) -> None:
    assert emulator.tenant_url == emulator.login_url
    assert emulator.ca_file is None
    parts = urlsplit(emulator.url)
    assert (parts.scheme, parts.hostname, parts.path) == ("datacloud", "127.0.0.1", "/default")
    assert f"http://127.0.0.1:{parts.port}" == emulator.login_url
    assert unquote(parts.username or "") == emulator.client_id
    assert unquote(parts.password or "") == emulator.client_secret
    assert parts.query == "allow_insecure_loopback=true"
    assert emulator.connect_params() == {
        "login_url": emulator.login_url,
        "client_id": emulator.client_id,
        "client_secret": emulator.client_secret,
        "dataspace": "default",
        "allow_insecure_loopback": True,
    }
    assert emulator.client_secret not in repr(emulator)
    assert emulator.password not in repr(emulator)


SECRET = ("client_id", "client_secret", "login_url")


@pytest.mark.parametrize(
    ("auth", "names"),
    [
        ("client-credentials", SECRET),
        ("password", (*SECRET, "username", "password")),
        ("jwt", ("client_id", "login_url", "username", "private_key")),
        ("refresh-token", (*SECRET, "refresh_token")),
        ("authorization-code", ("client_id", "login_url")),
        ("access-token", ("access_token", "instance_url")),
        ("datacloud-token", ("datacloud_token", "tenant_url")),
    ],
)
def test_ready_keywords_for_every_grant(emulator: Emulator, auth: str, names: tuple[str, ...]) -> None:
    params = emulator.connect_params(auth)
    assert params.pop("auth", "datacloud-token") == auth
    assert params.pop("dataspace") == "default"
    assert params.pop("allow_insecure_loopback") is True
    assert set(params) == set(names)
    for name in set(names) - {"access_token", "instance_url", "datacloud_token"}:
        assert params[name] == getattr(emulator, name)


def test_ready_tokens_open_the_doors_they_are_for(emulator: Emulator) -> None:
    org, tenant = emulator.connect_params("access-token"), emulator.connect_params("datacloud-token")
    one, other = org["access_token"](), org["access_token"]()
    assert one != other
    with httpx.Client(transport=emulator.http_transport) as http:
        for token in (one, other):
            url = f"{org['instance_url']}/services/oauth2/userinfo"
            assert http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        url = f"{tenant['tenant_url']}/api/v1/metadata"
        bearer = {"Authorization": f"Bearer {tenant['datacloud_token']}"}
        assert http.get(url, headers=bearer).status_code == 200


def test_a_grant_that_nobody_knows(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="client-credentials"):
        emulator.connect_params("magic")


def test_ready_keywords_for_a_transport(emulator: Emulator) -> None:
    assert emulator.connect_params(transport="query-sql") == {**emulator.connect_params(), "transport": "query-sql"}
    hyper = {"transport": "hyper", "hyper_address": emulator.hyper_address}
    assert emulator.connect_params(transport="hyper") == {**emulator.connect_params(), **hyper}
    host, _, port = emulator.hyper_address.partition(":")
    assert host == "127.0.0.1"
    with socket.create_connection((host, int(port))):
        pass


def test_credentials_are_new_each_time() -> None:
    one, other = Emulator(), Emulator()
    assert one.client_secret != other.client_secret
    assert one.client_id != other.client_id
    assert one.password != other.password
    assert one.private_key != other.private_key


@pytest.mark.parametrize(
    "arguments", [{"dataspaces": ()}, {"dataspaces": "default"}, {"page_rows": 0}, {"page_bytes": 0}]
)
def test_arguments_that_make_no_sense(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Emulator(**arguments)  # type: ignore[arg-type]  # the point of the test


def test_start_and_close_again_and_again(data_folder: Path) -> None:
    emulator = Emulator(data_folder, dataspaces=["emea"])
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.login_url
    emulator.start()
    url = emulator.login_url
    emulator.start()
    assert emulator.login_url == url
    assert urlsplit(emulator.url).path == "/emea"
    with httpx.Client(transport=emulator.http_transport) as http:
        http.get(f"{url}/nowhere")
    assert [record.path for record in emulator.requests] == ["/nowhere"]
    threads = [threading.Thread(target=emulator.close) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    emulator.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(RuntimeError, match="closed"):
        emulator.start()


def test_a_start_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    emulator = Emulator(tmp_path / "nowhere")
    with pytest.raises(DataLoadError, match="nowhere"):
        emulator.start()
    assert threading.active_count() == before
    assert "not running" in repr(emulator)
    emulator.close()


@pytest.fixture
def launch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python with arguments; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def launched(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield launched
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.sockets
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_interrupted(
    launch: Callable[..., subprocess.Popen[str]], data_folder: Path, number: signal.Signals
) -> None:
    process = launch("-m", "datacloud_emulator", "--data", str(data_folder), "--port", "0")
    assert process.stdout is not None
    url = urlsplit(process.stdout.readline().strip())
    login = {
        "grant_type": "client_credentials",
        "client_id": unquote(url.username or ""),
        "client_secret": unquote(url.password or ""),
    }
    assert httpx.post(f"http://127.0.0.1:{url.port}/services/oauth2/token", data=login).status_code == 200
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "Ctrl-C" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["--data", "/no/such/folder", "--port", "0"], 1, "/no/such/folder"),
        (["--port", "70000"], 2, "65535"),
        (["--page-rows", "0"], 2, "at least 1"),
        (["--magic"], 2, "--magic"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    capfd: pytest.CaptureFixture[str], arguments: list[str], status: int, complaint: str
) -> None:
    try:
        returned = main(arguments)
    except SystemExit as exit_:
        returned = exit_.code  # type: ignore[assignment]  # argparse leaves with a number
    out, err = capfd.readouterr()
    assert (returned, out) == (status, "")
    assert complaint in err.strip().splitlines()[-1]
    if status == 1:
        assert len(err.strip().splitlines()) == 1


@pytest.mark.sockets
def test_a_port_in_use_is_one_line(capfd: pytest.CaptureFixture[str], emulator: Emulator, data_folder: Path) -> None:
    port = str(urlsplit(emulator.login_url).port)
    assert main(["--data", str(data_folder), "--port", port]) == 1
    assert f"127.0.0.1:{port}" in capfd.readouterr().err


def test_a_missing_engine_is_one_line(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tableauhyperapi", None)
    assert main(["--port", "0"]) == 1
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert "datacloud-dbapi[emulator]" in lines[0]


def test_a_program_that_forgets_to_close_still_ends(
    launch: Callable[..., subprocess.Popen[str]], data_folder: Path
) -> None:
    code = f"from datacloud_emulator import Emulator; e = Emulator({str(data_folder)!r}); e.start(); print('up')"
    out, err = launch("-c", code).communicate(timeout=60)
    assert (out.strip(), err) == ("up", "")


def test_importing_the_package_and_its_plugin_loads_nothing_heavy(
    launch: Callable[..., subprocess.Popen[str]],
) -> None:
    code = (
        "import sys, datacloud_emulator, datacloud_emulator.pytest_plugin, datacloud_emulator.__main__\n"
        "heavy = {'tableauhyperapi', 'pyarrow', 'grpc', 'werkzeug', 'cheroot', 'jwt', 'httpx', 'msgspec'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "print(dir(datacloud_emulator), datacloud_emulator.Quirks())"
    )
    out, err = launch("-c", code).communicate(timeout=60)
    assert err == ""
    assert out.splitlines()[0] == "[]"
    assert "'Emulator'" in out


def test_the_fixture_serves_the_folder_its_option_names(tmp_path: Path, data_folder: Path) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ndatacloud_emulator_data = {data_folder}\n", "utf-8")
    (tmp_path / "test_it.py").write_text(
        "import httpx\n"
        "def test_it(datacloud_emulator):\n"
        "    assert httpx.get(datacloud_emulator.login_url).status_code == 404\n"
        "    assert datacloud_emulator.url.startswith('datacloud://')\n",
        "utf-8",
    )
    installed = "datacloud_emulator.pytest_plugin"
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", installed, "-p", "no:cacheprovider", "-q", str(tmp_path)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "1 passed" in process.stdout
