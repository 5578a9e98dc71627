"""Which way in the given credentials add up to. Names in, a name out; values are not looked at.

Source: wire spec, auth §2.1 (grants, and that an ambiguous mix is refused); public surface §1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from datacloud_dbapi.errors import InterfaceError


class Secret(str):
    """A text that does not show itself where it is displayed, such as among the locals of a traceback.

    Source: wire spec, faults K1 and K3.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Grant:
    """One way in. `mark` is the parameter no other grant uses; `needs` are all needed, of a tuple any one."""

    mark: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    may: tuple[str, ...] = ()

    def uses(self, name: str) -> bool:
        """Whether the grant takes the parameter at all."""
        return name in self.may or any(name in alternatives for alternatives in self.needs)


GRANTS = {
    "client-credentials": Grant((), (("client_id",), ("client_secret",))),
    "password": Grant(("password",), (("client_id",), ("client_secret",), ("username",), ("password",))),
    "jwt": Grant(
        ("private_key", "private_key_file"),
        (("client_id",), ("username",), ("private_key", "private_key_file")),
        ("private_key_passphrase", "jwt_audience"),
    ),
    "refresh-token": Grant(("refresh_token",), (("client_id",), ("refresh_token",)), ("client_secret",)),
    "access-token": Grant(("access_token",), (("access_token",), ("instance_url",))),
    "authorization-code": Grant((), (("client_id",),), ("client_secret", "username", "redirect_uri")),
    # These are worked out only; `auth` does not name them.
    "datacloud-token": Grant(("datacloud_token",), (("datacloud_token",), ("tenant_url",))),
    "sf-org": Grant(("sf_org",), (("sf_org",),)),
    "none": Grant((), ()),
}
GRANT_NAMES = ("client-credentials", "jwt", "refresh-token", "password", "access-token", "authorization-code")


def work_out_grant(auth: str | None, given: Collection[str], direct: Collection[str]) -> str:
    """The name of the grant, and proof that nothing it needs is missing and nothing is left over.

    `auth` is the grant asked for, `given` the parameters that have a value, `direct` those of them that stand in the
    call itself. choice: with `auth` named, a credential of another grant is an error when it stands in the call, and
    left alone when it comes from the environment.
    """
    name = auth or _marked(given)
    grant = GRANTS[name]
    considered = given if auth is None else direct
    left_over = [other for other in CREDENTIALS if other in considered and not grant.uses(other)]
    if left_over:
        raise InterfaceError(
            f"{' and '.join(left_over)} cannot go with auth={name!r}",
            hint="leave out what does not belong to it, or name another `auth`",
        )
    missing = [" or ".join(need) for need in grant.needs if not any(part in given for part in need)]
    if missing:
        raise InterfaceError(
            f"auth={name!r} needs {' and '.join(missing)}",
            hint="give each as a keyword, in the connection URL, or in the environment as "
            + ", ".join(f"DATACLOUD_{part.upper()}" for part in missing),
        )
    return name


def unused_credentials(name: str) -> frozenset[str]:
    """The credentials that the grant has no use for."""
    return frozenset(other for other in CREDENTIALS if not GRANTS[name].uses(other))


def _marked(given: Collection[str]) -> str:
    marks = {mark: name for name, grant in GRANTS.items() for mark in grant.mark if mark in given}
    if len(set(marks.values())) > 1:
        raise InterfaceError(
            f"{' and '.join(marks)} are ways to log in that exclude each other",
            hint="leave all but one out, or say which with `auth`",
        )
    if marks:
        return next(iter(marks.values()))
    # A Hyper endpoint of one's own asks for no login (wire spec, hyper §5).
    bare = "hyper_address" in given and not any(name in given for name in CREDENTIALS)
    return "none" if bare else "client-credentials"


def _named() -> tuple[str, ...]:
    every = [[name for need in grant.needs for name in need] + list(grant.may) for grant in GRANTS.values()]
    return tuple(dict.fromkeys(name for names in every for name in names))


CREDENTIALS = _named()
"""Every parameter that some grant takes and others do not."""
