"""A SQLAlchemy dialect for Salesforce Data Cloud: `create_engine("datacloud://…")`.

Registered under the entry points `datacloud`, `datacloud.rest` and `datacloud.emulator`; nothing needs importing.
"""

from datacloud_sqlalchemy.base import DataCloudDialect
from datacloud_sqlalchemy.urls import create_url

__all__ = ["DataCloudDialect", "create_url"]
