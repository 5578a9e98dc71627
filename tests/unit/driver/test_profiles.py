"""`connections.toml`: where it is, what may stand in it, and that it stands behind everything else.

Source: public surface §1 (precedence, `profile`, `config_file`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.profiles import default_path, resolve

FILE = """
[default]
login_url = "https://default.my.salesforce.com"
client_id = "default-app"
client_secret = "default-secret"
dataspace = "from-file"
prefetch = 3
connect_timeout = 2.5
allowed_hosts = ["a.example", "b.example"]
settings = { time_zone = "UTC" }

[signed]
auth = "jwt"
client_id = "signed-app"
username = "me@acme.example"
private_key_file = "keys/acme.pem"

[plain]
login_url = "https://plain.my.salesforce.com"
client_id = "plain-app"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for configuration that holds the file above, its owner's alone."""
    return written(tmp_path, FILE)


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "datacloud" / "connections.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return folder


def of(home: Path, dsn: str | None = None, environ: dict[str, str] | None = None, **given: Any) -> ConnectParams:
    return resolve(dsn, given, {"XDG_CONFIG_HOME": str(home), "APPDATA": str(home), **(environ or {})})


def test_the_default_section_needs_no_name(home: Path) -> None:
    params = of(home)
    assert (params.client_id, params.client_secret, params.dataspace) == ("default-app", "default-secret", "from-file")
    assert (params.prefetch, params.connect_timeout, params.settings) == (3, 2.5, {"time_zone": "UTC"})
    assert (params.login_url, params.allowed_hosts) == ("https://default.my.salesforce.com", ("a.example", "b.example"))


def test_precedence_is_keyword_url_environment_profile_default(home: Path) -> None:
    environ = {"DATACLOUD_DATASPACE": "env", "DATACLOUD_PREFETCH": "7", "DATACLOUD_CLIENT_SECRET": "env-secret"}
    assert of(home, environ=environ).dataspace == "env"
    params = of(home, "datacloud://@/?dataspace=url", environ, max_attempts=5)
    assert (params.dataspace, params.prefetch, params.connect_timeout, params.read_timeout) == ("url", 7, 2.5, 120.0)
    assert (params.client_id, params.client_secret, params.max_attempts) == ("default-app", "env-secret", 5)
    assert of(home, "datacloud://@/?dataspace=url", environ, dataspace="kw").dataspace == "kw"


@pytest.mark.parametrize(
    ("dsn", "environ", "given"),
    [
        (None, {}, {"profile": "signed"}),
        ("datacloud://@/?profile=signed", {}, {}),
        (None, {"DATACLOUD_PROFILE": "signed"}, {}),
        ("datacloud://@/?profile=plain", {"DATACLOUD_PROFILE": "plain"}, {"profile": "signed"}),
    ],
)
def test_a_section_is_named_as_any_parameter_is(
    dsn: str | None, environ: dict[str, str], given: dict[str, Any], home: Path
) -> None:
    params = of(home, dsn, environ, **given)
    assert (params.auth, params.client_id, params.profile) == ("jwt", "signed-app", "signed")
    # A path is relative to the file, wherever the program runs.
    assert params.private_key_file == str(home / "datacloud" / "keys" / "acme.pem")


@pytest.mark.parametrize("how", ["keyword", "url", "environment"])
def test_another_file_can_be_named(how: str, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('[default]\nclient_id = "mine"\n')
    environ = {"DATACLOUD_CLIENT_SECRET": "s", **({"DATACLOUD_CONFIG_FILE": str(file)} if how == "environment" else {})}
    dsn = f"datacloud://@/?config_file={file}" if how == "url" else None
    given = {"config_file": file} if how == "keyword" else {}
    assert of(tmp_path / "empty", dsn, environ, **given).client_id == "mine"


def test_a_named_sections_credentials_are_completed_by_the_call(home: Path) -> None:
    params = of(home, profile="plain", client_secret="from-the-call")
    assert (params.client_id, params.client_secret) == ("plain-app", "from-the-call")


@pytest.mark.parametrize(
    ("dsn", "given"),
    [
        (None, {"refresh_token": "r", "client_id": "i"}),
        (None, {"client_id": "i", "username": "u", "private_key": "k"}),
        ("datacloud://i:s@other.my.salesforce.com/", {}),
        (None, {"sf_org": "dev"}),
    ],
)
def test_a_section_nobody_named_adds_no_credentials_to_a_call_that_has_its_own(
    dsn: str | None, given: dict[str, Any], home: Path
) -> None:
    params = of(home, dsn, **given)
    assert params.client_secret == ("s" if dsn else None)
    assert (params.client_id, params.prefetch) == (None if "sf_org" in given else "i", 3)


def test_without_a_file_nothing_is_missed(tmp_path: Path) -> None:
    assert of(tmp_path, client_id="i", client_secret="s") == ConnectParams.resolve(
        None, {"client_id": "i", "client_secret": "s"}
    )


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        (None, {"profile": "dev"}, r"connections\.toml cannot be read"),
        (None, {"config_file": "/nowhere/c.toml"}, r"/nowhere/c\.toml cannot be read"),
        (FILE, {"profile": "nosuch"}, r"no section \[nosuch\].*\[default\], \[signed\], \[plain\]"),
        ("[default\n", {}, "is no TOML"),
        ('client_id = "i"\n', {"profile": "client_id"}, "outside any section"),
        ('[default]\nclient_secert = "sesame"\n', {}, "'client_secert'.*did you mean 'client_secret'"),
        ('[default]\nprofile = "other"\n', {}, "'profile' cannot stand in a section"),
        ('[default]\nclient_id = "i"\nprefetch = "many sesames"\n', {}, "'prefetch' must be a whole number"),
        ("[default]\nclient_id = 5\n", {}, "'client_id' must be text"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_repeated(
    text: str | None, given: dict[str, Any], words: str, tmp_path: Path
) -> None:
    if text is not None:
        written(tmp_path, text)
    with pytest.raises(InterfaceError, match=words) as caught:
        of(tmp_path, **given)
    assert "sesame" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing on Windows")
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    written(tmp_path, FILE, 0o640)
    with pytest.raises(InterfaceError, match=r"client_secret and can be read by others.*chmod 600") as caught:
        of(tmp_path)
    assert "default-secret" not in str(caught.value)
    # A section without a secret is nobody's business.
    assert of(tmp_path, profile="plain", client_secret="s").client_id == "plain-app"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the folder has another name there")
def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert default_path({}) == "/home/me/.config/datacloud/connections.toml"
    assert default_path({"XDG_CONFIG_HOME": "/etc/x"}) == os.path.join("/etc/x", "datacloud", "connections.toml")
