"""A DB-API 2.0 (PEP 249) driver for Salesforce Data Cloud.

    import datacloud_dbapi

    with datacloud_dbapi.connect("datacloud://CLIENT_ID:CLIENT_SECRET@acme.my.salesforce.com/default") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT ssot__Id__c FROM ssot__Individual__dlm WHERE ssot__LastName__c = :name", {"name": "Ito"})
        print(cursor.fetchall())

Importing this loads nothing heavy: httpx and the transport come with the first `connect`.
Source: PEP 249; public surface, §1.
"""

from datacloud_dbapi.base_cursor import QueryStatus
from datacloud_dbapi.connection import Connection, connect
from datacloud_dbapi.cursor import Cursor
from datacloud_dbapi.errors import (
    AuthenticationError,
    ConnectionLostError,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
    QueryTimeoutError,
    RateLimitError,
    ResultExpiredError,
    ServerUnreachableError,
    UntrustedServerError,
    Warning,
)
from datacloud_dbapi.events import Event
from datacloud_dbapi.flow.limits import RateLimit
from datacloud_dbapi.rows import dict_row, namedtuple_row, tuple_row
from datacloud_dbapi.types import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
)

apilevel = "2.0"
threadsafety = 2
paramstyle = "named"

__version__ = "0.1.0"

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "AuthenticationError",
    "Binary",
    "Connection",
    "ConnectionLostError",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "Event",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "ProtocolError",
    "QueryStatus",
    "QueryTimeoutError",
    "RateLimit",
    "RateLimitError",
    "ResultExpiredError",
    "ServerUnreachableError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "UntrustedServerError",
    "Warning",
    "apilevel",
    "connect",
    "dict_row",
    "namedtuple_row",
    "paramstyle",
    "threadsafety",
    "tuple_row",
]
