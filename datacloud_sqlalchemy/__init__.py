"""A SQLAlchemy dialect for Salesforce Data Cloud: `create_engine("datacloud://…")`.

Registered under the entry points `datacloud`, `datacloud.rest` and `datacloud.emulator`; nothing needs importing.
"""

from datacloud_sqlalchemy.base import DataCloudDialect

__all__ = ["DataCloudDialect"]
