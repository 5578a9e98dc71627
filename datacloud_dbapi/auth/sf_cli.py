"""The login that the Salesforce command line keeps: its own command is asked for the org's token.

Since May 2026 `sf org display` masks the token and `sf org auth show-access-token` tells it; older ones have no such
command. Both are asked as the answers demand. Source: wire spec, auth §2.1 (`sf` CLI); public: salesforcecli/plugin-org
pull requests 1667 and 1673.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.auth.grants import OAuthToken
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.error_bodies import server_text
from datacloud_dbapi.errors import AuthenticationError, InterfaceError
from datacloud_dbapi.flow.effects import Flow, perform
from datacloud_dbapi.flow.retry import RetryPolicy

# choice: the command refreshes the token on the way, which takes seconds.
PATIENCE = 60.0


def run_sf(arguments: Sequence[str]) -> str:
    """What `sf` with these arguments writes to standard output, whether it succeeds or not.

    Raises InterfaceError when there is no such command, AuthenticationError when it does not end.
    """
    command = shutil.which("sf")
    if command is None:
        raise InterfaceError(
            "sf_org needs the Salesforce command line, and no command `sf` is found", hint="install @salesforce/cli"
        )
    try:
        # The arguments are ours and an alias, given as a list: no shell reads them.
        done = subprocess.run(  # noqa: S603
            [command, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        done = None
    except OSError as error:
        raise InterfaceError(f"The command `sf` cannot be run: {error.strerror}") from error
    if done is None:
        raise AuthenticationError(f"The command `sf` did not answer within {PATIENCE:.0f} seconds")
    return done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class SalesforceCli:
    """An alias or user name that `sf org login` was run for."""

    org: str
    run: Callable[[Sequence[str]], str] = field(default=run_sf, repr=False)
    renewable = True

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        shown = yield from self._ask("org", "display")
        token = shown.get("accessToken")
        if not isinstance(token, str) or not token or token.startswith("["):
            told = yield from self._ask("org", "auth", "show-access-token")
            token = told.get("accessToken")
        address = shown.get("instanceUrl")
        if not isinstance(token, str) or not token or not isinstance(address, str):
            raise AuthenticationError(f"The command `sf` told no access token for {self.org!r}", hint="update `sf`")
        return OAuthToken(token, hosts.origin(address))

    def _ask(self, *words: str) -> Flow[dict[str, Any]]:
        text = yield from perform(lambda: self.run([*words, "--json", f"--target-org={self.org}"]))
        answer = _json_object(text)
        result = answer.get("result")
        if answer.get("status") != 0 or not isinstance(result, dict):
            said = answer.get("message")
            raise AuthenticationError(
                f"`sf {' '.join(words)}` failed: {server_text(said) if isinstance(said, str) else 'no reason given'}",
                code=str(answer["name"]) if isinstance(answer.get("name"), str) else None,
                hint=f"sf org login web --alias {self.org}",
            )
        return result


def _json_object(text: str) -> dict[str, Any]:
    """The JSON object in what was written, which warnings and colours may surround; empty when there is none."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    begin = plain.find("{")
    if begin < 0:
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(plain, begin)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
