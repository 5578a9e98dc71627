"""Account Engagement as SQL, through the library Shillelagh (extra `engagement-sql`).

    from shillelagh.backends.apsw.db import connect

    connection = connect(":memory:", ["engagementapi"], {"engagementapi": {"business_unit_id": "0Uv…", …}})
    for row in connection.execute('SELECT id, email FROM "engagement://prospects" WHERE score > 50 LIMIT 100'):
        ...

Source: wire spec, account-engagement §21.
"""

from datacloud_dbapi.engagement.sql.adapter import EngagementAdapter, close_clients
from datacloud_dbapi.engagement.sql.explaining import explain

__all__ = ["EngagementAdapter", "close_clients", "explain"]
