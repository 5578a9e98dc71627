"""The one org an emulator plays: everything its APIs need to answer, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datacloud_emulator.accounts import Accounts, Credentials, TenantToken, TokenRefusedError
from datacloud_emulator.clock import Clock, SkewedClock
from datacloud_emulator.engagement.business_units import Engagement
from datacloud_emulator.queries import Queries
from datacloud_emulator.quirks import Quirks
from datacloud_emulator.quota import Quota
from datacloud_emulator.results import Results

if TYPE_CHECKING:
    from datacloud_emulator.store import Dataspace, Store


@dataclass(frozen=True)
class Org:
    """Org and tenant of one emulator; they share one origin (`http://127.0.0.1:PORT`)."""

    origin: str
    store: Store
    default_dataspace: str
    accounts: Accounts
    queries: Queries
    results: Results
    quota: Quota
    clock: Clock
    quirks: Quirks
    engagement: Engagement
    writable: bool
    page_rows: int
    page_bytes: int

    @classmethod
    def assemble(
        cls,
        origin: str,
        store: Store,
        credentials: Credentials,
        *,
        default_dataspace: str = "default",
        clock: Clock,
        quirks: Quirks,
        engagement: Engagement | None = None,
        writable: bool = False,
        page_rows: int = 49_999,
        page_bytes: int = 8_000_000,
    ) -> Org:
        """An org at its beginning: nobody has logged in, no query runs."""
        if quirks.clock_skew:
            clock = SkewedClock(clock, quirks.clock_skew)
        return cls(
            origin=origin,
            store=store,
            default_dataspace=default_dataspace,
            accounts=Accounts(credentials, clock, quirks),
            queries=Queries(clock, batch_gap=quirks.batch_gap, result_life=quirks.result_life),
            results=Results(clock, quirks.kept_result_life),
            quota=Quota(clock, quirks),
            clock=clock,
            quirks=quirks,
            engagement=Engagement(clock) if engagement is None else engagement,
            writable=writable,
            page_rows=page_rows,
            page_bytes=page_bytes,
        )

    def dataspace(self, token: TenantToken) -> Dataspace:
        """The data space a token opens."""
        found = self.store.dataspace(token.dataspace)
        if found is None:
            raise TokenRefusedError("UNAUTHENTICATED: Invalid JWT (unknown data space)")
        return found
