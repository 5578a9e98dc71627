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
    exchange_refusal: Literal["page", "redirect", "error"] = "page"  # what a dead org token gets at the exchange
    no_data_cloud: bool = False  # an org without it knows no exchange: 404

    # Logins (auth §2, §5)
    scope: str = "api cdp_query_api cdp_profile_api"  # what the app may do; the exchange asks for cdp_query_api
    login_error: tuple[str, str] | None = None  # (error, description) of every login: inactive_user, inactive_org …
    jwt_unapproved: bool = False  # the user never approved the app, so an assertion for them is refused
    refresh_token_rotation: bool = False  # each use of a refresh token ends it and gives the next one
    authorization_denied: bool = False  # the user says no in the browser
    authorization_code_life: float = 900.0  # seconds
    pkce_required: bool = False  # an authorization without a code challenge is refused
    clock_skew: float = 0.0  # seconds by which the service's clock is ahead of `Emulator.clock`; negative: behind

    # gRPC (query §11)
    no_grpc: bool = False  # nothing listens at the address of the Hyper service

    # Which query APIs the org offers (query §1); one that is missing answers 404
    no_v1: bool = False
    no_v2: bool = False
    no_v3: bool = False
    no_query_sql: bool = False

    # Query APIs V1 and V2 (query §3-6, §15)
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

    arrow_when_empty: Literal["stream", "null", "absent"] = "stream"  # `arrowStream` of an answer without rows

    # Connect query-sql and Direct V3 (query §9-10, limits §2, §4)
    adaptive_wait: float = 5.0  # seconds a POST waits for its first rows; choice: the service's own is not documented
    running_first: bool = False  # a POST is answered before there are rows, however fast the query is
    query_sql_chunk_bytes: int = 2_000_000  # the most of rows in one answer of query-sql
    query_sql_underscore_ids: bool = False  # the newer `base64_uuid` rather than `base64%2Fuuid`
    query_sql_flat_status: bool = False  # a status as documented only: without the nested copy older clients look for
    query_sql_row_objects: bool = False  # `{"row": […]}` as the schema has it, rather than the bare arrays of samples
    query_sql_delete_204: bool = False  # rather than an empty 200
    kept_result_life: float = 86_400.0  # seconds a result can be read again
    no_status_header: bool = False  # V3 without `x-hyperdb-status`

    # Metadata API (metadata §2.2, §8)
    old_org_metadata: bool = False  # no `displayName` on fields, no `primaryKeys`

    # Profile API, insights, universal ids, data graphs (profile §2-6, calculated-insights §1-6, universal-id-lookup
    # §1-3, data-graphs §3)
    record_limit: int = 49_999  # the rows of a profile call that names no `limit`; 100 and 4,999 have been documented
    record_limit_most: int = 49_999  # the highest `limit` of a profile call; 4,999 in other versions
    insight_limit: int = 4_999  # of an insight call, both
    find_without_filters: bool = False  # a DMO can be read without `filters`
    fields_when_absent: Literal["first_ten", "key"] = "first_ten"  # without `fields`: by name, or the key only
    never_done: bool = False  # `done` is false even on the last page, as in the documented samples
    omit_nulls: bool = False  # rows without the keys whose value is NULL
    lower_case_keys: bool = False  # the names in rows in lower case, as Query API V1 once had them
    record_moments: Literal["zulu", "bare", "sql"] = "zulu"  # `…T08:30:00.000Z`, `…T08:30:00`, `… 08:30:00`
    record_extras: bool = False  # rows come with `startTime`, `rowCount`, `queryId`, `metadata`, as the Apex class has
    guide_errors: bool = False  # error bodies as the guide's prose has them: `error`, `errorCode`, `details`
    metadata_as_object: bool = False  # metadata of one object or insight: that object, rather than a list of one
    upper_case_category: bool = False  # `PROFILE`, as in prose, rather than `Profile`
    omit_rollupable: bool = False  # measures that do not say whether they roll up
    insight_caps: bool = True  # at most 10 dimensions and 5 measures; newer pages name no caps
    insight_path_aliases: bool = False  # the two misprinted paths of an insight answer too
    universal_id_without_prefix: bool = False  # `/universalIdLookup/…` answers too
    universal_id_bare_names: bool = False  # an older link: `DataSourceId__c` rather than `ssot__DataSourceId__c`
    nothing_found_404: bool = False  # an unknown source record or data graph id is 404 rather than no rows
    graph_blob: Literal["text", "escaped", "object"] = "text"  # JSON in a text, the same with `&quot;`, or no blob
    graph_version: bool = False  # `version__c` beside the blob

    # Quotas (limits §1, §3, §6)
    concurrency: int = 15
    requests_per_second: int = 500
    requests_per_day: int = 1000
    profile_capped: bool = False  # the calls at once of the profile API count as well, as in older pages (profile §7)
    enforce_rate: bool = False  # choice: the headers count, but nobody is refused unless a test asks for it
