"""The transport a connection asked for, by its name. Source: public surface, §1."""

from __future__ import annotations

from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.auto import Auto
from datacloud_dbapi.transports.base import Transport
from datacloud_dbapi.transports.direct_v3 import DirectV3
from datacloud_dbapi.transports.hyper import Hyper
from datacloud_dbapi.transports.query_sql import QuerySql
from datacloud_dbapi.transports.rest_v1 import RestV1
from datacloud_dbapi.transports.rest_v2 import RestV2


def transport_for(params: ConnectParams, tokens: Tokens) -> Transport:
    """A transport of the kind that `params.transport` names."""
    if params.transport == "hyper":
        return Hyper(tokens if tokens.logs_in else None, params)
    makers: dict[str, type[Auto | RestV1 | RestV2 | QuerySql | DirectV3]] = {
        "auto": Auto,
        "rest-v1": RestV1,
        "rest-v2": RestV2,
        "query-sql": QuerySql,
        "direct-v3": DirectV3,
    }
    return makers[params.transport](tokens, params)
