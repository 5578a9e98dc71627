"""The Universal ID Lookup API: every source record of the person that one source record belongs to.

Source: wire spec, universal-id-lookup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datacloud_dbapi import frames
from datacloud_dbapi.errors import DataError, ProtocolError
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import R, Service, flow_method
from datacloud_dbapi.page import Column
from datacloud_dbapi.services.gateway import Gateway, segment
from datacloud_dbapi.services.records import Record, read_rows, table
from datacloud_dbapi.types import DataType

if TYPE_CHECKING:
    import pandas
    import pyarrow

PATH = "/api/v1/universalIdLookup"

NAMES = ("SourceRecordId__c", "UnifiedRecordId__c", "ssot__DataSourceId__c", "ssot__DataSourceObjectId__c")


class SourceRecords(list[Record]):
    """The source records of one unified record, each a dict with the four names of the link object.

    Empty where the record is not known, or not unified yet.
    """

    @property
    def unified_id(self) -> str | None:
        """The id of the unified record; None without records. Raises DataError when they name several."""
        found = {record["UnifiedRecordId__c"] for record in self}
        if len(found) > 1:
            raise DataError("The source records belong to several unified records")
        return next(iter(found), None)

    def to_arrow(self) -> pyarrow.Table:
        """The records as a `pyarrow.Table`."""
        return table([Column(name, DataType("VARCHAR")) for name in NAMES], self)

    def to_df(self, dtype_backend: str | None = None) -> pandas.DataFrame:
        """The records as a pandas DataFrame; `dtype_backend` "pyarrow" keeps the Arrow types."""
        return frames.pandas_frame(self.to_arrow(), dtype_backend)


class UniversalId(Service[R]):
    """`conn.universal_id`: from one source record to all of the same person."""

    def __init__(self, runner: R, gateway: Gateway) -> None:
        Service.__init__(self, runner)
        self._gateway = gateway

    @flow_method
    def lookup(
        self, entity: str, data_source: str, data_source_object: str, source_record_id: str
    ) -> Flow[SourceRecords]:
        """Every source record of the unified record that this one belongs to, itself among them; one request.

        `entity` is the link object of an identity resolution ruleset, such as `IndividualIdentityLink__dlm`.
        Of an unknown record there are none, and as the service does not tell the two apart, of an unknown entity too.
        """
        first = f"{PATH}/{segment(entity, 'The entity')}"
        source = segment(data_source, "The data source")
        kind = segment(data_source_object, "The data source object")
        record = segment(source_record_id, "The source record's id")
        shown = f"{first}/{source}/{kind}/…"
        reply = yield from self._gateway.ask(f"{first}/{source}/{kind}/{record}", shown=shown)
        if reply.response.status == 404:
            # choice: not found is no error, as it is none in the other form of this answer, an empty list.
            return SourceRecords()
        if reply.response.status != 200:
            raise reply.refusal(f"GET {shown}", "metadata")
        rows, _ = read_rows(reply, f"GET {shown}")
        return SourceRecords(_record(row, f"GET {shown}") for row in rows)


_KNOWN = {name.lower().removeprefix("ssot__"): name for name in NAMES}


def _record(row: Mapping[str, Any], label: str) -> Record:
    """The four names of a row, which older link objects have without their prefix; what else there is is left aside."""
    record: Record = dict.fromkeys(NAMES)
    for key, value in row.items():
        name = _KNOWN.get(key.lower().removeprefix("ssot__"))
        if name is None:
            continue
        if record[name] is not None and record[name] != value:
            raise ProtocolError(f"The answer has two values of {name}", request=label)
        if value is not None and not isinstance(value, str):
            raise DataError(f"The answer has a {name} that is no text", request=label)
        record[name] = value
    if record["SourceRecordId__c"] is None:
        raise ProtocolError("The answer has a row without SourceRecordId__c", request=label)
    return record
