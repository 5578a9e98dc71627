"""The transport a connection asked for, by its name. Source: public surface, §1.

Each loads where it is made: to import the package is not to load all of them.
"""

from __future__ import annotations

from importlib import import_module

from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports.base import Transport

# The module and the class of each; gRPC's asks for its token by itself, and may have none.
_KINDS = {
    "auto": ("auto", "Auto"),
    "rest-v1": ("rest_v1", "RestV1"),
    "rest-v2": ("rest_v2", "RestV2"),
    "query-sql": ("query_sql", "QuerySql"),
    "direct-v3": ("direct_v3", "DirectV3"),
    "hyper": ("hyper", "Hyper"),
}


def transport_for(params: ConnectParams, tokens: Tokens) -> Transport:
    """A transport of the kind that `params.transport` names."""
    module, name = _KINDS[params.transport]
    kind = getattr(import_module(f"datacloud_dbapi.transports.{module}"), name)
    made: Transport = kind(tokens if tokens.logs_in or params.transport != "hyper" else None, params)
    return made
