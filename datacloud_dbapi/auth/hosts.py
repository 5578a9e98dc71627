"""Where a token may be sent: Salesforce's own hosts, the user's `allowed_hosts`, and loopback when allowed.

Source: wire spec, faults rule 6 and row T8; auth §2.6 and §3.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from datacloud_dbapi.dsn import is_loopback, normal_origin
from datacloud_dbapi.errors import AuthenticationError
from datacloud_dbapi.params import ConnectParams

# choice: the domains Salesforce serves orgs and tenants from, its government and China clouds included.
SALESFORCE_DOMAINS = (
    "salesforce.com",
    "force.com",
    "my.site.com",
    "salesforce.mil",
    "sfcrmapps.cn",
    "sfcrmproducts.cn",
)


@dataclass(frozen=True, slots=True)
class TrustedHosts:
    """Decides whether an address that a server handed out may be given a token."""

    allowed_hosts: tuple[str, ...] = ()
    allow_insecure_loopback: bool = False

    @classmethod
    def of(cls, params: ConnectParams) -> TrustedHosts:
        return cls(params.allowed_hosts, params.allow_insecure_loopback)

    def origin(self, address: str, *, insecure_default: bool = False) -> str:
        """`address` as `scheme://host[:port]`; a bare host gets https, or http on loopback when `insecure_default`.

        Raises AuthenticationError for an address no token may go to.
        """
        text = address.strip()
        if insecure_default and "://" not in text:
            plain = self.allow_insecure_loopback and is_loopback(text.rpartition(":")[0] or text)
            text = f"{'http' if plain else 'https'}://{text}"
        try:
            origin = normal_origin(text, allow_insecure_loopback=self.allow_insecure_loopback)
        except ValueError as error:
            raise _untrusted(str(error)) from None
        parts = urlsplit(origin)
        if parts.scheme == "https" and not self._allows(parts.hostname or ""):
            raise _untrusted(f"host {parts.hostname} belongs neither to Salesforce nor to allowed_hosts")
        return origin

    def trusts(self, origin: str) -> bool:
        """Whether `origin` accepts the address and would leave it as it is."""
        try:
            return self.origin(origin) == origin
        except AuthenticationError:
            return False

    def _allows(self, host: str) -> bool:
        return any(_within(host, domain) for domain in (*SALESFORCE_DOMAINS, *self.allowed_hosts))


def _within(host: str, domain: str) -> bool:
    domain = domain.lower().removeprefix("*").strip(".")
    return host == domain or host.endswith(f".{domain}")


def _untrusted(reason: str) -> AuthenticationError:
    return AuthenticationError(
        f"The login answered with an address that is not to be trusted: {reason}",
        hint="if the address is right, name its host in allowed_hosts",
    )
