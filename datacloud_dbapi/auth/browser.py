"""Asks the user to log in with this machine's browser, and waits for it to come back to a local address.

Blocking, and run on behalf of a flow: the listener serves 127.0.0.1 alone, answers one address, and ends with it.
Source: wire spec, auth §2.4.
"""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from datacloud_dbapi.auth.authorization_code import Authorization
from datacloud_dbapi.dsn import is_loopback
from datacloud_dbapi.errors import AuthenticationError, InterfaceError

# choice: how long a user may take to log in.
PATIENCE = 300.0
_PAGE = b"<!doctype html><meta charset=utf-8><title>Logged in</title><p>You may close this window.\n"


def ask_in_browser(
    authorization: Authorization, *, open_page: Callable[[str], bool] = webbrowser.open, patience: float = PATIENCE
) -> str:
    """Open the login page and return the address the browser is sent back to.

    Where no browser can be opened, the address to open is told on standard error, if that is a terminal. Raises
    InterfaceError when redirect_uri is not on this machine or its port is taken, AuthenticationError when there is
    nobody to ask or nobody came back in time.
    """
    target = urlsplit(authorization.redirect_uri)
    if target.scheme != "http" or not is_loopback(target.hostname or ""):
        raise InterfaceError(
            "The browser can only be awaited at a redirect_uri such as http://localhost:1717/OauthRedirect",
            hint="run `datacloud login --paste`",
        )
    with _listen(target.port or 80, target.path or "/") as listener:
        if not open_page(authorization.url):
            if not sys.stderr.isatty():
                raise AuthenticationError(
                    "There is no browser to log in with, and nobody to tell", hint="run `datacloud login --paste`"
                )
            sys.stderr.write(f"To log in, open this address in a browser on this machine:\n{authorization.url}\n")
            sys.stderr.flush()
        return listener.await_browser(patience)


class _Listener(HTTPServer):
    """Takes requests until one is for the expected path."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.path = path
        self.redirected: str | None = None

    def await_browser(self, patience: float) -> str:
        end = time.monotonic() + patience
        while self.redirected is None:
            self.timeout = max(0.0, end - time.monotonic())
            if self.timeout == 0.0:
                raise AuthenticationError(
                    f"Nobody logged in within {patience:.0f} seconds",
                    hint="on a machine without a browser, run `datacloud login --paste`",
                )
            self.handle_request()
        return self.redirected

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that opens a connection and goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    # Browsers open connections in advance and say nothing on them.
    timeout = 5

    def do_GET(self) -> None:
        known = urlsplit(self.path).path == self.server.path
        if known:
            self.server.redirected = self.path
        page = _PAGE if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *arguments: object) -> None:
        """The address holds the code: it is not logged."""


def _listen(port: int, path: str) -> _Listener:
    try:
        return _Listener(port, path)
    except OSError as error:
        raise InterfaceError(
            f"Port {port} of redirect_uri cannot be listened on: {error.strerror}",
            hint="end the program that holds it, or register another redirect_uri with the app",
        ) from error
