"""Connection parameters: keywords, a `datacloud://` URL and the environment become one checked `ConnectParams`.

Reads no file (`profiles` does) and asks no network; whatever is wrong with a connect call is found here, before
anything is sent.
Source: public surface §1 (names, defaults, precedence); wire spec, auth §2.1 (grants), faults rules 3, 6 and 7.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.credentials import GRANT_NAMES, Secret, unused_credentials, work_out_grant
from datacloud_dbapi.dsn import Dsn, is_loopback, normal_origin, parse_dsn, render_dsn
from datacloud_dbapi.errors import InterfaceError, sealed
from datacloud_dbapi.events import Event

# --- one reader per kind of value; each takes text too, and raises ValueError saying what would do ---


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {type(value).__name__}")
    if not value:
        raise ValueError("is empty")
    return value


def _path(value: object) -> str:
    return _text(os.fspath(value) if isinstance(value, os.PathLike) else value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    meaning = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if isinstance(value, str) and value.strip().lower() in meaning:
        return meaning[value.strip().lower()]
    raise ValueError("must be true or false")


def _whole(minimum: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = value.strip() if isinstance(value, str) else ""
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif text.isascii() and text.isdigit() and len(text) <= 18:
            number = int(text)
        else:
            raise ValueError(f"must be a whole number from {minimum}")
        if number < minimum:
            raise ValueError(f"must be a whole number from {minimum}")
        return number

    return read


def _seconds(value: object) -> float:
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError("must be a number of seconds above 0")
    return seconds


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was likely meant, if any."""
    import difflib  # most programs never misspell one

    return next(iter(difflib.get_close_matches(word, known, n=1)), None)


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value in choices:
            return str(value)
        near = nearest(str(value), choices)
        raise ValueError(f"must be one of {', '.join(choices)}" + (f"; did you mean {near}?" if near else ""))

    return read


def _token(value: object) -> object:
    return value if callable(value) else _text(value)


def _hosts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, Iterable):
        raise ValueError("must be host names, as a list or separated by commas")
    return tuple(_text(host).lower() for host in value)


def _business_unit(value: object) -> str:
    if not re.fullmatch("0Uv[A-Za-z0-9]{15}", _text(value), re.ASCII):
        raise ValueError("must be the id of a business unit: 0Uv and 15 more letters and digits")
    return str(value)


def _settings(value: object) -> dict[str, str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if isinstance(value, Mapping) and all(isinstance(part, str) for item in value.items() for part in item):
        return dict(value)
    raise ValueError("must map names to text; in a URL or the environment, a JSON object")


def _cache(value: object) -> object:
    """None is off, as False is."""
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in ("true", "false")):
        return _flag(value) or None
    return value if hasattr(value, "get") and hasattr(value, "put") else _path(value)


def _callable(value: object) -> object:
    if not callable(value):
        raise ValueError("must be a callable")
    return value


def _object(value: object) -> object:
    if isinstance(value, str):
        raise ValueError("cannot be given as text")
    return value


_TRANSPORTS = ("auto", "rest-v2", "rest-v1", "query-sql", "direct-v3", "hyper")


def _param(doc: str, read: Callable[[object], object], *, default: Any = None, secret: bool = False) -> Any:
    return field(default=default, metadata={"doc": doc, "read": read, "secret": secret})


@dataclass(frozen=True, slots=True, repr=False)
class ConnectParams:
    """Everything a connection is made from, checked and with its defaults.

    Each field's `metadata` holds "doc", its meaning, and "secret", whether it is masked where it is shown.
    """

    login_url: str = _param(
        "org to log in to: its My Domain, https://test.salesforce.com, an emulator",
        _text,
        default="https://login.salesforce.com",
    )
    auth: str = _param("grant to log in with; worked out from what is given", _one_of(*GRANT_NAMES), default="")
    client_id: str | None = _param("consumer key of the connected app", _text)
    client_secret: str | None = _param("consumer secret of the connected app", _text, secret=True)
    username: str | None = _param("user to log in as", _text)
    password: str | None = _param(
        "the user's password, with the security token appended if need be", _text, secret=True
    )
    private_key: str | None = _param("PEM text of the RSA key for auth=jwt", _text, secret=True)
    private_key_file: str | None = _param("file that holds this key", _path)
    private_key_passphrase: str | None = _param("passphrase of an encrypted key", _text, secret=True)
    jwt_audience: str | None = _param("audience of the assertion for auth=jwt; by default login_url", _text)
    refresh_token: str | None = _param("OAuth refresh token", _text, secret=True)
    access_token: str | Callable[[], str] | None = _param(  # noqa: RUF009 - it is a dataclasses.field
        "org token obtained elsewhere; a callable is asked again when the token is refused", _token, secret=True
    )
    instance_url: str | None = _param("org that access_token belongs to", _text)
    redirect_uri: str = _param(
        "callback of the app for auth=authorization-code", _text, default="http://localhost:1717/OauthRedirect"
    )
    sf_org: str | None = _param("alias or user name of a Salesforce CLI login", _text)
    datacloud_token: str | None = _param("exchanged token obtained elsewhere: no login at all", _text, secret=True)
    tenant_url: str | None = _param("tenant that datacloud_token belongs to", _text)
    hyper_address: str | None = _param("host:port of a Hyper gRPC endpoint; by default the tenant's", _text)
    hyper_database: str | None = _param("database file that a bare hyperd is to attach", _path)
    token_cache: object = _param("true, a path, or an object with get and put; off by default", _cache)
    dataspace: str = _param("data space of the token exchange", _text, default="default")
    transport: str = _param(
        "query API; auto is Query API V2, or V1 where there is no V2", _one_of(*_TRANSPORTS), default="auto"
    )
    connect_timeout: float = _param("seconds to wait for a connection", _seconds, default=10.0)
    read_timeout: float = _param("seconds of silence borne while an answer arrives", _seconds, default=120.0)
    query_timeout: float | None = _param("seconds a whole query may take; unlimited by default", _seconds)
    max_attempts: int = _param("tries of one request", _whole(1), default=3)
    max_in_flight: int = _param(
        "requests under way at the same time, for all connections of one login", _whole(1), default=5
    )
    page_replay: bool = _param("ask once more for a page whose answer was lost", _flag, default=False)
    max_response_bytes: int = _param("largest answer taken, after decompression", _whole(1), default=256 * 2**20)
    ca_bundle: str | None = _param("file of the certificate authorities to trust", _path)
    proxy: str | None = _param("URL of an HTTP proxy", _text, secret=True)
    allowed_hosts: tuple[str, ...] = _param("hosts beside Salesforce's that may see a token", _hosts, default=())
    allow_insecure_loopback: bool = _param("allow plain http to this machine's own address", _flag, default=False)
    prefetch: int = _param("pages fetched ahead of the reader; 0 turns it off", _whole(0), default=1)
    fetch_parallelism: int = _param("concurrent range requests where a transport has them", _whole(1), default=4)
    workload: str | None = _param("name shown in the service's own monitoring", _text)
    settings: Mapping[str, str] | None = _param("query settings such as the time zone", _settings)
    on_event: Callable[[Event], object] | None = _param(  # noqa: RUF009 - it is a dataclasses.field
        "callable that is told of every request, retry, refresh and page", _callable
    )
    business_unit_id: str | None = _param(
        "Account Engagement business unit, `0Uv` and 15 more characters", _business_unit
    )
    demo: bool = _param("Account Engagement of a sandbox or a developer org", _flag, default=False)
    engagement_url: str | None = _param("where Account Engagement answers, when that is not Salesforce's", _text)
    profile: str | None = _param("section of connections.toml", _text)
    config_file: str | None = _param("the connections.toml to read", _path)
    http_transport: object | None = _param("httpx transport to use instead of sockets", _object)

    def __repr__(self) -> str:
        """The parameters that differ from their default, secrets masked."""
        shown = (
            f"{name}={'***' if _is_secret(name) else repr(value)}" for name, value in _differing(self) if name != "auth"
        )
        return f"ConnectParams(auth={self.auth!r}, {', '.join(shown)})"

    @classmethod
    @sealed
    def resolve(
        cls,
        dsn: str | None,
        given: Mapping[str, object],
        environ: Mapping[str, str] | None = None,
        profile: Mapping[str, object] | None = None,
    ) -> ConnectParams:
        """Keywords beat the URL, that beats `DATACLOUD_<NAME>` in `environ`, that `profile`, that the default.

        `profile` is a section of a connections file, as `profiles` reads it. A keyword of None and an empty text in
        URL or environment count as not given. Raises InterfaceError for whatever is unknown, malformed, missing or
        ambiguous.
        """
        values: dict[str, object] = dict(profile or {})
        for name in FIELDS:
            text = (environ or {}).get(f"DATACLOUD_{name.upper()}")
            if text:
                values[name] = text
        direct: dict[str, object] = _from_dsn(parse_dsn(dsn), given) if dsn is not None else {}
        direct |= {name: value for name, value in given.items() if value is not None}
        for name in (*values, *direct):
            _check_known(name)
        values |= direct
        params = {name: read_param(name, value) for name, value in values.items()}
        auth = params.get("auth")
        grant = work_out_grant(str(auth) if auth else None, params, direct)
        params["auth"] = grant
        for name in unused_credentials(grant):
            params.pop(name, None)
        _check_bare_endpoint(params)
        insecure = params.get("allow_insecure_loopback") is True
        for name in ("login_url", "instance_url", "tenant_url", "engagement_url"):
            if name in params:
                params[name] = _origin(name, str(params[name]), insecure)
        return cls(**params)  # type: ignore[arg-type]  # each value came from its own field's reader

    def to_url(self, *, hide_secrets: bool = True) -> str:
        """The `datacloud://` URL that resolves to these parameters; secrets are `***` unless they are asked for.

        Raises InterfaceError when a parameter is an object that text cannot hold.
        """
        shown = {
            name: "***" if hide_secrets and _is_secret(name) else _as_text(name, value)
            for name, value in _differing(self)
        }
        if self.auth == "client-credentials":
            shown.pop("auth")  # what is worked out anyway
        host = None
        scheme, _, rest = self.login_url.partition("://")
        # `@HOST` stands for http exactly where plain http to loopback is allowed, see _from_dsn.
        if (scheme == "http") == (self.allow_insecure_loopback and is_loopback(_host_of(rest))):
            host = rest
            shown.pop("login_url", None)
        return render_dsn(
            Dsn(
                client_id=shown.pop("client_id", None),
                client_secret=shown.pop("client_secret", None),
                host=host,
                dataspace=shown.pop("dataspace", self.dataspace),
                query=shown,
            )
        )


FIELDS: Mapping[str, dataclasses.Field[Any]] = {one.name: one for one in dataclasses.fields(ConnectParams)}


def _is_secret(name: str) -> bool:
    return bool(FIELDS[name].metadata["secret"])


def _differing(params: ConnectParams) -> list[tuple[str, object]]:
    pairs = [(name, getattr(params, name)) for name in FIELDS]
    return [(name, value) for name, value in pairs if value != FIELDS[name].default]


def _check_known(name: str) -> None:
    if name in FIELDS:
        return
    near = nearest(name.lower(), FIELDS)
    raise InterfaceError(
        f"There is no connection parameter {name!r}",
        hint=f"did you mean {near!r}?" if near else f"the parameters are {', '.join(FIELDS)}",
    )


def read_param(name: str, value: object) -> object:
    """A parameter's own value. Raises InterfaceError, which does not repeat what was given: it may be a secret."""
    try:
        read = FIELDS[name].metadata["read"](value)
        return Secret(read) if _is_secret(name) and isinstance(read, str) else read
    except ValueError as error:
        problem = str(error)
    raise InterfaceError(f"The connection parameter {name!r} {problem}")


def _check_bare_endpoint(params: Mapping[str, object]) -> None:
    """Without a login, there is only a Hyper endpoint on this machine to talk to."""
    if params["auth"] != "none":
        return
    address = str(params["hyper_address"])
    if params.get("transport") != "hyper":
        raise InterfaceError("hyper_address without a login needs transport='hyper'")
    if not is_loopback(_host_of(address)) or params.get("allow_insecure_loopback") is not True:
        raise InterfaceError(
            "Only a Hyper endpoint on this machine can be used without a login",
            hint="give hyper_address='127.0.0.1:PORT' with allow_insecure_loopback=True, or what to log in with",
        )


def _origin(name: str, url: str, insecure: bool) -> str:
    try:
        return normal_origin(url, allow_insecure_loopback=insecure)
    except ValueError as error:
        problem = str(error)
    raise InterfaceError(f"The connection parameter {name!r} {problem}")


def _host_of(host_and_port: str) -> str:
    host, colon, port = host_and_port.rpartition(":")
    return host if colon and port.isdigit() else host_and_port


def _from_dsn(dsn: Dsn, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters a URL names. A host is https, or plain http where it is loopback and that is allowed."""
    found: dict[str, object] = {name: text for name, text in dsn.query.items() if text or name not in FIELDS}
    insecure = given.get("allow_insecure_loopback")
    insecure = found.get("allow_insecure_loopback", False) if insecure is None else insecure
    login_url = None
    if dsn.host is not None:
        plain = is_loopback(_host_of(dsn.host)) and read_param("allow_insecure_loopback", insecure)
        login_url = f"{'http' if plain else 'https'}://{dsn.host}"
    parts = {
        "client_id": dsn.client_id,
        "client_secret": dsn.client_secret,
        "login_url": login_url,
        "dataspace": dsn.dataspace,
    }
    for name, text in parts.items():
        if text is not None and name in found:
            raise InterfaceError(f"The connection URL gives {name!r} twice: in its query and before it")
        if text is not None:
            found[name] = text
    return found


def _as_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, Mapping):
        return json.dumps(dict(value))
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InterfaceError(f"The connection parameter {name!r} is an object, which a URL cannot hold")
