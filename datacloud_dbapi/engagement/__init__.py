"""Account Engagement (Pardot) API v5: every object, blocking here and awaited in `aio`.

    from datacloud_dbapi import engagement

    with engagement.connect(business_unit_id="0Uv…", client_id=…, client_secret=…, login_url=…) as ae:
        for prospect in ae.prospects.query(["id", "email", "score"], filters={"updatedAtAfter": since}):
            ...

Source: public surface, §4; wire spec, account-engagement.
"""

# Which file a change belongs to:
#
#   objects, fields, filters, error codes   `catalogue.json`, which `catalogue` reads
#   logins, hosts, one request, its answer  `client`, `aio`, `gateway`, `errors`; what may be sent again: `resending`
#   values                                  from the wire `values`; to it `sent_values`, `sent_bodies`, `multipart`
#   a query, a read                         `reading`, checked by `checks`; pages: `paging`, `place`; given as `records`
#   one write                               `writing`, made and sent by `writes`
#   many writes                             `many`, of `given_rows`; what came of them: `written`
#   jobs                                    `jobs`; `exports`, `export_*`; `imports`, `import_rows`; `bulk_actions`
#   SQL                                     `sql/`

from datacloud_dbapi.engagement.bulk_actions import BulkResult
from datacloud_dbapi.engagement.client import Engagement, connect
from datacloud_dbapi.engagement.errors import (
    ConcurrencyLimitError,
    ConfigurationError,
    ConflictError,
    DailyLimitError,
    DependencyError,
    DuplicateError,
    EmailSendError,
    EngagementWarning,
    InvalidRequestError,
    JobStateError,
    MethodNotAllowedError,
    MissingParameterError,
    NotFoundError,
    NotWritableError,
    PermissionDeniedError,
    QuotaError,
    RecycledRecordError,
    RedactedResultWarning,
    Remark,
    ServerError,
    TokenExpiredError,
)
from datacloud_dbapi.engagement.export_results import Export
from datacloud_dbapi.engagement.gateway import Usage
from datacloud_dbapi.engagement.imports import Imported
from datacloud_dbapi.engagement.jobs import Progress
from datacloud_dbapi.engagement.multipart import FilePart
from datacloud_dbapi.engagement.records import Record, Records
from datacloud_dbapi.engagement.written import Written
from datacloud_dbapi.errors import AuthenticationError, Error, QueryTimeoutError, RateLimitError

__all__ = [
    "AuthenticationError",
    "BulkResult",
    "ConcurrencyLimitError",
    "ConfigurationError",
    "ConflictError",
    "DailyLimitError",
    "DependencyError",
    "DuplicateError",
    "EmailSendError",
    "Engagement",
    "EngagementWarning",
    "Error",
    "Export",
    "FilePart",
    "Imported",
    "InvalidRequestError",
    "JobStateError",
    "MethodNotAllowedError",
    "MissingParameterError",
    "NotFoundError",
    "NotWritableError",
    "PermissionDeniedError",
    "Progress",
    "QueryTimeoutError",
    "QuotaError",
    "RateLimitError",
    "Record",
    "Records",
    "RecycledRecordError",
    "RedactedResultWarning",
    "Remark",
    "ServerError",
    "TokenExpiredError",
    "Usage",
    "Written",
    "connect",
]
