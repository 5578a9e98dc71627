"""The JWT bearer grant: a short-lived assertion signed with the user's RSA key, made anew for every try.

PyJWT and its cryptography load only here and only when a key is read. Source: wire spec, auth §2.2; faults T2.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datacloud_dbapi.auth.grants import OAuthToken, request_token
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.credentials import Secret
from datacloud_dbapi.errors import InterfaceError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.retry import READ, RetryPolicy

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# choice: two minutes, as Salesforce's newer clients; the service asks for three at most.
LIFE = 120


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """A user who has approved the app before, proven by the key whose certificate the app has.

    `audience` is `scheme://host` of the login host unless the user says otherwise. `wall` is the time of day.
    """

    login_url: str
    client_id: str
    username: str
    key: RSAPrivateKey = field(repr=False)
    audience: str
    wall: Callable[[], float] = time.time
    renewable = True

    def login(self, policy: RetryPolicy, hosts: TrustedHosts) -> Flow[OAuthToken]:
        return (yield from request_token(self.login_url, self._form(), READ, policy, hosts, again=self._form))

    def _form(self) -> Mapping[str, str]:
        import jwt

        issued = int(self.wall())
        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.audience,
            "iat": issued,
            "exp": issued + LIFE,
            # Times are whole seconds, and two tries may fall into one.
            "jti": secrets.token_hex(16),
        }
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "client_id": self.client_id,
            "assertion": Secret(jwt.encode(claims, self.key, algorithm="RS256")),
        }


def read_private_key(pem: str | None, path: str | None, passphrase: str | None) -> RSAPrivateKey:
    """The RSA key of a PEM text or file, PKCS#8 or PKCS#1, encrypted or not.

    Raises InterfaceError, which shows nothing of the key, when it cannot be had.
    """
    try:
        import jwt  # noqa: F401 - asked for here, so that a login does not fail half-way
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise InterfaceError(
            f"auth='jwt' needs {error.name}, which is not installed", hint="pip install 'datacloud-dbapi[jwt]'"
        ) from error
    source = "private_key" if path is None else f"private_key_file {path!r}"
    if path is not None:
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise InterfaceError(f"{source} cannot be read: {error.strerror}") from error
    else:
        # An environment variable or a URL often holds the line breaks as two characters.
        data = (pem or "").replace("\\n", "\n").strip().encode()
    problem, hint = None, "it must be PEM text that begins with -----BEGIN PRIVATE KEY-----"
    try:
        key = load_pem_private_key(data, passphrase.encode() if passphrase is not None else None)
    except TypeError:
        problem = "is encrypted" if passphrase is None else "is not encrypted"
        hint = "give private_key_passphrase" if passphrase is None else "leave out private_key_passphrase"
    except (ValueError, UnsupportedAlgorithm):
        problem = "is no private key" if passphrase is None else "is no private key, or the passphrase is wrong"
    # Outside `except`, so that no cause with the key in it hangs on the error.
    del data
    if problem is not None:
        raise InterfaceError(f"{source} {problem}", hint=hint)
    if not isinstance(key, RSAPrivateKey):
        raise InterfaceError(f"{source} is not an RSA key", hint="Salesforce takes RS256 signatures only")
    return key
