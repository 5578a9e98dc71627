"""The blocking cursor of PEP 249. Its rules are in `base_cursor`, its twin is in `aio`. Source: public surface, §1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from datacloud_dbapi import frames
from datacloud_dbapi.base_cursor import BaseCursor, Description, Owner, describe_columns, interrupted
from datacloud_dbapi.errors import Error
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.page import Page, QueryHandle
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.partition import Partition
from datacloud_dbapi.result import Piece, Result
from datacloud_dbapi.transports.base import Parameters, Transport

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Self

    from datacloud_dbapi.flow.sync import PagesAhead, Runner


class Cursor(BaseCursor):
    """A blocking cursor. Belongs to one thread at a time."""

    def __init__(self, owner: Owner, transport: Transport, runner: Runner, params: ConnectParams) -> None:
        super().__init__(owner, transport, params, runner.tell)
        self._runner = runner
        self._pages: PagesAhead | None = None

    def execute(
        self,
        sql: str,
        parameters: Parameters | None = None,
        *,
        timeout: float | None = None,
        arrow: bool | None = None,
        settings: Mapping[str, str] | None = None,
        workload: str | None = None,
    ) -> Self:
        """Run a statement and return the cursor itself.

        A mapping binds `:name`, a sequence binds `?`. `timeout` (seconds; default `query_timeout`) bounds the wait for
        the first rows and for each further page. `arrow` asks for the result in Arrow where the transport has it; left
        out, that is what the cursor's last result was fetched as. `settings` stand over the connection's for this
        statement alone, and so does `workload`, the name shown in the service's monitoring.

        Raises ProgrammingError for SQL the service refuses, with its text and position, NotSupportedError for settings
        where the transport takes none.
        """
        self._check_usable()
        self._forget_result()
        self._tune(settings, workload)
        with self._traced(sql, parameters):
            self._open(self._begin(sql, parameters, timeout, arrow))
        return self

    def executemany(
        self,
        sql: str,
        parameters: Iterable[Parameters],
        *,
        settings: Mapping[str, str] | None = None,
        workload: str | None = None,
    ) -> Self:
        """Run a statement once for each set of parameters.

        The last one's result can be fetched; of rows that were changed, `rowcount` is the sum.
        """
        self._check_usable()
        self._count_changed(
            [self.execute(sql, each, settings=settings, workload=workload)._changed for each in parameters]
        )
        return self

    def fetchone(self) -> Any:
        """The next row, or None after the last."""
        row = self._ready_row()
        if row is not None:
            return row
        rows = self._take(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next `size` rows (default `arraysize`), fewer only at the end."""
        return self._take(self.arraysize if size is None else size)

    def fetchall(self) -> list[Any]:
        """All further rows."""
        return self._take(None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        row = self._ready_row()
        if row is not None:
            return row
        rows = self._take(1)
        if not rows:
            raise StopIteration
        return rows[0]

    def fetch_arrow_table(self) -> pyarrow.Table:
        """All further rows as a `pyarrow.Table`, with the same schema whichever transport carried them."""
        result = self._arrow_result()
        self._fill(result, None)
        return frames.table(result.columns, result.take_pieces())

    def fetch_record_batch(self) -> pyarrow.RecordBatchReader:
        """All further rows as a `pyarrow.RecordBatchReader` that reads page by page."""
        result = self._arrow_result()

        def pieces() -> list[Piece]:
            self._check_current(result)
            self._fill(result, 1)
            return result.take_pieces()

        return frames.reader(result.columns, pieces)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The further rows by the Arrow PyCapsule protocol, for any library that speaks it."""
        capsule: object = self.fetch_record_batch().__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]  # pyarrow's stubs leave it out
        return capsule

    def fetch_df(self, dtype_backend: str | None = None) -> pandas.DataFrame:
        """All further rows as a pandas DataFrame; `dtype_backend` "pyarrow" keeps the Arrow types."""
        return frames.pandas_frame(self.fetch_arrow_table(), dtype_backend)

    def fetch_polars(self) -> polars.DataFrame:
        """All further rows as a polars DataFrame."""
        return frames.polars_frame(self.fetch_arrow_table())

    def describe(self, sql: str, parameters: Parameters | None = None) -> list[Description]:
        """The columns `sql` would give, in `description`'s form, without its rows. Leaves this cursor's result be."""
        return describe_columns(self._runner.run(self._describe(sql, parameters)))

    def attach(self, query_id: str) -> Self:
        """Read a result that was computed earlier. Raises NotSupportedError where the transport keeps none."""
        self._check_usable()
        self._forget_result()
        self._open(self._attach(query_id))
        return self

    def partitions(self, n: int | None = None) -> list[Partition]:
        """The executed result in `n` pieces (default `fetch_parallelism`) for other processes to read.

        Waits until the result is complete. Every row is in exactly one piece; `connection.read_partition` reads one.
        Raises NotSupportedError where the transport cannot go to any row.
        """
        return self._runner.run(self._split(n))

    def read_partition(self, partition: Partition) -> Self:
        """Read a piece of a result that was executed elsewhere with the same login."""
        self._check_usable()
        self._forget_result()
        self._open(self._partition(partition))
        return self

    def cancel(self) -> None:
        """Stop the running query at the service. Raises NotSupportedError where the transport cannot."""
        self._runner.run(self._cancel())

    def close(self) -> None:
        """Close the cursor, and stop a query that still runs at the service; a second call does nothing."""
        running = self._left_running()
        self._forget_result()
        self._closed = True
        if running is not None:
            with suppress(Error):
                self._runner.run(running)

    def __enter__(self) -> Self:
        self._check_usable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, flow: Flow[tuple[QueryHandle, Page]]) -> None:
        self._opening, self._unwanted = True, False
        try:
            handle, page = self._runner.run(flow, self._took)
            self._took(handle)
        except Exception:  # whatever it is, there is no query to speak of any more
            if self._unwanted:
                self._abandon()
            self._handle = None
            raise
        except BaseException:
            # Ctrl-C while the query runs: the service need not finish it for nobody.
            self._abandon()
            raise
        finally:
            self._opening = False
        self._started(handle, page)
        if not page.done:
            self._pages = self._runner.read_ahead(*self._further_pages(handle))

    def _forget_result(self) -> None:
        if self._pages is not None:
            self._pages.close()
        self._handle = self._result = self._pages = self._make_row = None

    def _take(self, size: int | None) -> list[Any]:
        result = self._open_result()
        self._fill(result, size)
        return self._shaped(result.take(size))

    def _fill(self, result: Result, size: int | None) -> None:
        """Fetch until `size` rows are here (None: all); a failure waits behind the rows for its turn."""
        while result.wants_page(size):
            assert self._pages is not None  # noqa: S101 - a result that wants a page has its source
            try:
                page = self._pages.get()
                with self._pages.undisturbed():
                    self._feed(result, page)
                del page  # its text is as large as its rows
            except Error as error:
                result.fail(error)
            except BaseException as error:
                # Ctrl-C: the page under way may be lost, and with it the rest of the result.
                result.fail(interrupted(error))
                self._abandon()
                raise

    def _abandon(self) -> None:
        """Cancel the query at the service if it can be; nobody waits for whether that went well."""
        flow = self._abandoned()
        if flow is not None:
            with suppress(Error):
                self._runner.run(flow)
