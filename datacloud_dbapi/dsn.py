"""Reading and writing `datacloud://CLIENT_ID:CLIENT_SECRET@HOST[:PORT]/DATASPACE?param=…`, and the hosts it may name.

Text in, text out: which parameters exist and what they mean is known to `params.py`. Every character survives, as
each part is percent-encoded on its own, the way SQLAlchemy's URLs are.
Source: public surface §3; wire spec, auth §2.6 (hosts), faults rule 6 (https, plain http to loopback alone).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from datacloud_dbapi.errors import InterfaceError, sealed

SCHEME = "datacloud"


class Dsn(NamedTuple):
    """The parts of a URL as text, decoded; `host` is `HOST[:PORT]`. A part that is absent or empty is None."""

    client_id: str | None
    client_secret: str | None
    host: str | None
    dataspace: str | None
    query: Mapping[str, str]


@sealed
def parse_dsn(url: str) -> Dsn:
    """Take a `datacloud://` URL apart.

    Raises InterfaceError when it is no such URL. What it says never repeats the URL, which may hold a secret.
    """
    parts = _split(url)
    if parts is None:
        raise InterfaceError(
            "The connection URL is malformed",
            hint=f"{SCHEME}://CLIENT_ID:CLIENT_SECRET@HOST/DATASPACE, with / ? # @ : % inside a part percent-encoded",
        )
    user_info, _, host = parts.netloc.rpartition("@")
    client_id, _, client_secret = user_info.partition(":")
    query: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name in query:
            raise InterfaceError(f"The connection URL gives {name!r} twice")
        query[name] = value
    return Dsn(unquote(client_id) or None, unquote(client_secret) or None, host or None, _dataspace(parts.path), query)


def _split(url: str) -> SplitResult | None:
    """The parts of a well-formed `datacloud://` URL, else None: the reasons of `urlsplit` would repeat the secret."""
    try:
        # urlsplit drops line breaks and tabs without a word; in a secret that would be a change.
        parts = urlsplit(url) if not re.search(r"[\x00-\x1f\x7f]", url) else None
        if parts is None or parts.scheme != SCHEME or "://" not in url or "#" in url:
            return None
        # Read for their checks: a port that is no number, a percent sequence that is not UTF-8.
        _ = parts.port
        unquote(f"{parts.netloc}{parts.path}", errors="strict")
        parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    except ValueError:
        return None
    return parts


def _dataspace(path: str) -> str | None:
    name = path.removeprefix("/").removesuffix("/")
    if "/" in name:
        raise InterfaceError("The path of the connection URL must be one data space name")
    return unquote(name) or None


def render_dsn(dsn: Dsn) -> str:
    """The URL that `parse_dsn` takes apart into `dsn` again."""
    user_info = ""
    if dsn.client_id is not None or dsn.client_secret is not None:
        secret = "" if dsn.client_secret is None else f":{quote(dsn.client_secret, safe='*')}"
        user_info = f"{quote(dsn.client_id or '', safe='')}{secret}"
    query = f"?{urlencode(dsn.query, safe='*')}" if dsn.query else ""
    return f"{SCHEME}://{user_info}@{dsn.host or ''}/{quote(dsn.dataspace or '', safe='')}{query}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port, is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def normal_origin(url: str, *, allow_insecure_loopback: bool = False) -> str:
    """`https://host[:port]` of a URL or a bare host, in lower case and without its closing slash.

    Plain http stands only for a loopback address and with `allow_insecure_loopback`. Raises ValueError, whose text
    says what is wrong without repeating the URL.
    Source: wire spec, faults rule 6 and T8; auth §2.6, §3 (a tenant's URL comes with and without a scheme).
    """
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    if parts is None or not host or not _HOST.fullmatch(host) or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("is not a URL such as https://acme.my.salesforce.com")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be a scheme and a host only, without path, query or fragment")
    if parts.scheme == "http" and is_loopback(host):
        if not allow_insecure_loopback:
            raise ValueError("is plain http: pass allow_insecure_loopback=True to speak it with this machine")
    elif parts.scheme != "https":
        raise ValueError("must be https")
    shown = f"[{host}]" if ":" in host else host
    default_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{shown}" if port in (None, default_port) else f"{parts.scheme}://{shown}:{port}"


_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]+", re.ASCII)
