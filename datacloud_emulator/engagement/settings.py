"""What one Account Engagement differs in from the next, and the fault switches, as one value that tests may change.

Every decision where the public record is silent is a field here rather than a literal in the code. Unlike the quirks
of the rest of the emulator these are read at each request, so `emulator.engagement.settings.shared_emails = True` holds
from the next one on.

Source: wire spec, account-engagement §4-11, §13, §22.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BUSINESS_UNIT = "0Uv000000000001AAA"


@dataclass
class EngagementSettings:
    """Switches of the emulator's Account Engagement; a mutable value, given to `Emulator(engagement=…)`."""

    sample: bool = True  # begin with the sample records rather than with the few that an account is never without

    # The account and its API user (§3, §11-13)
    daily_calls: int = 100_000  # per business unit; choice: the Advanced edition's. 0: an edition without the API
    calls_at_once: int = 5
    shared_emails: bool = False  # several prospects may have one address (else code 9)
    connected_campaigns: bool = True  # off: connectSalesforceCampaign is code 218
    user_offset_minutes: int = -300  # of every timestamp that is sent; choice: fixed, without summer time
    account_offset_minutes: int = -300  # whose midnight begins a day of calls
    # (object, View | Create | Delete), and (Prospect, Assign): code 46
    lacking_abilities: set[tuple[str, str]] = field(default_factory=set)
    redacted_fields: set[tuple[str, str]] = field(default_factory=set)  # (object, field): null, with warning 202
    required_scope: str = ""  # `pardot_api`, where the app's scopes are to be looked at; code 49 without it

    # Queries (§5-6)
    sequence_ceiling: int = 100_000  # records that one sequence of tokens gives
    token_life: float = 4 * 3600.0  # seconds a page token can be used
    filter_fields: int = 3
    id_list: bool = True  # choice: `idList` filters, as on the newer pages; off: an unknown parameter
    id_list_most: int = 1000  # choice: as many as a page can hold

    # Faults that are not scripted (§8, §22 row 10)
    replica_lag_seconds: float = 0.0  # reads and queries answer from a copy that is this far behind
    replica_lag_most: float = 60.0  # a copy further behind is not asked; the primary store answers
    details_timeout_limit: int | None = None  # 504 for `details` of visitor-activities with a limit above it
    wrong_host: bool = False  # the caller has come to the host of another kind of org: code 201
    work_seconds: float = 0.0  # that each call takes, on the machine's own clock

    # Codes and statuses that are not published (§5, §10, §25)
    statuses: dict[int, int] = field(default_factory=dict)  # error code → HTTP status, where not the catalogue's
    unlisted_filter_code: int = 51
    unlisted_order_code: int = 51
    token_with_others_code: int = 5
    dead_token_code: int = 51
    wrong_id_code: int = 16
    wrong_value_code: int = 51  # of a property, where its type has no code of its own
    wrong_date_code: int = 57

    # Records (§4, §22 row 5)
    upsert_created_status: int = 201
    add_tag_status: int = 201
    records_most: dict[str, int] = field(default_factory=dict)  # object → as many outside the bin; code 67 above it
    folder_most: int | None = None  # records in a folder, those in the bin too; code 216 above it
    # (object, id) → the code that refuses to change or delete it: 222 for the default template to resubscribe, 223
    protected_records: dict[tuple[str, int], int] = field(default_factory=dict)
    # What must not be left without a record: object, and for each (object, field) that refers to it.
    blocked_deletions: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {
            "List": [
                ("EngagementStudioProgram", "recipientListIds"),
                ("EngagementStudioProgram", "suppressionListIds"),
                ("ListEmail", "recipientListIds"),
                ("ListEmail", "suppressionListIds"),
            ],
            "LayoutTemplate": [("Form", "layoutTemplateId"), ("LandingPage", "layoutTemplateId")],
        }
    )

    # Jobs (§15-17): each state lasts this many reads of the job, or this many seconds of the emulator's clock
    job_polls: int | None = 1  # None: reads move nothing on, only time and `tick`; 0: the first read finds it done
    job_seconds: float | None = None  # None: time moves nothing on
    failing_jobs: set[str] = field(default_factory=set)  # `Export`, `Import`, `BulkAction`: Failed in place of Complete
    sees_others_jobs: bool = False  # the user may view the exports and imports of others (else code 46)
    file_most: int = 50 * 1024 * 1024  # bytes of an upload; code 204 above it
    export_days_kept: float = 7.0
    export_columns: int = 150
    export_file_least: int = 10_000_000  # the smallest `maxFileSizeBytes` (code 231); tests may lower it
    export_file_most: int = 200_000_000  # the greatest (code 232), and the default
    export_bounds_included: bool = False  # choice: `…After` and `…Before` leave their own second out
    export_needs_bound: bool = True  # code 176 for a procedure without any bound
    too_many_columns_code: int = 52
    import_days_kept: float = 7.0  # choice: as exports
    import_batches: int = 10  # per import, as in version 4; code 160 above it
    import_batches_per_day: int = 1000  # choice; code 164 above it
    import_lists: int = 20  # per row and column of lists
    import_list_separator: str = ";"  # choice: what stands between lists within a cell is not published
    import_several_matches: bool = False  # a header may have several match columns, of which each row fills one
    bulk_action_rows: int = 100_000
    activity_value_most: int = 100  # characters of an external activity's value
    unknown_activity_code: int = 51  # of an extension or a type
    # Extension and type by their developer names; empty: any are known and active
    activity_types: set[tuple[str, str]] = field(default_factory=set)

    @property
    def lag(self) -> float:
        """Seconds by which the copy that is read is behind; 0 when the primary store answers."""
        return self.replica_lag_seconds if self.replica_lag_seconds <= self.replica_lag_most else 0.0
