"""What differs between orgs and between versions of the service, as one value.

The defaults are the documented form; every other form has been seen in official samples, fixtures, or clients, and a
client has to live with it. Sources stand beside each field; pages are those of the wire spec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Quirks:
    """Ways in which one Data Cloud differs from the next; an immutable value given to `Emulator(quirks=…)`."""

    # Tokens (auth §3-4, §8)
    exchange_full_url: bool = False  # the exchange answers `https://host` rather than a bare `host`
    core_token_once: bool = False  # an org token can be exchanged a single time, then HTML answers
    core_token_on_tenant_401: bool = False  # E1 rather than an empty 400 (status-codes §6)
    core_token_life: float = 7200.0  # seconds; an org setting, two hours where nobody changed it
    tenant_token_life: float = 7193.0  # seconds, the `expires_in` of the exchange

    # Query API V2 (query §4-5, §15)
    place_in_order_base: Literal[0, 1] = 0
    timestamp_style: Literal["documented", "iso"] = "documented"  # `… 08:30:00.000 UTC` or `…T08:30:00.000+00:00`
    timestamptz_type_code: Literal[2014, 93] = 2014
    decimals_as_numbers: bool = False  # plain DECIMAL columns as JSON numbers, as aggregates always are
    empty_intermediate_batch: bool = False  # the second batch of a longer result holds no rows
    next_batch_id_when_done: Literal["absent", "empty", "present"] = "absent"
    omit_done_when_finished: bool = False
    omit_metadata_when_empty: bool = False  # no `metadata` key in the answer of a result without rows
    batch_gap: float = 180.0  # seconds between two batches, at most
    result_life: float = 3600.0  # seconds from the POST until the last batch id stops working

    # Metadata API (metadata §2.2, §8)
    old_org_metadata: bool = False  # no `displayName` on fields, no `primaryKeys`

    # Quotas (limits §1, §3, §6)
    concurrency: int = 15
    requests_per_second: int = 500
    requests_per_day: int = 1000
    enforce_rate: bool = False  # choice: the headers count, but nobody is refused unless a test asks for it
