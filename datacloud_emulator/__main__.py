"""`python -m datacloud_emulator`: serve a data folder, or Account Engagement alone, until interrupted.

Standard output carries one line, the URL to connect to; everything for the reader goes to standard error.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datacloud_emulator.emulator import Emulator

DEFAULT_PORT = 7484


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m datacloud_emulator") -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status: 0 then, 1 with one line when it cannot start.

    Bad arguments exit with 2, as argparse does. Must be called in the main thread.
    """
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    if arguments.no_sql and (arguments.data or arguments.writable):
        parser.error("--no-sql loads no data and runs no SQL: leave --data and --writable out")
    try:
        from datacloud_emulator.emulator import Emulator
        from datacloud_emulator.errors import DataLoadError, EngineUnavailableError
    except ImportError as error:
        return _fail(f"{error}; install what is missing with: pip install 'datacloud-dbapi[emulator]'")
    emulator = Emulator(
        arguments.data or None,
        dataspaces=arguments.dataspace or ("default",),
        tls=arguments.tls,
        writable=arguments.writable,
        page_rows=arguments.page_rows,
        port=arguments.port,
        sql=not arguments.no_sql,
    )
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        emulator.start()
        _tell(emulator, sql=not arguments.no_sql)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (DataLoadError, EngineUnavailableError, OSError) as error:
        return _fail(str(error))
    finally:
        for number in previous:  # a second Ctrl-C must not cut the cleaning up short
            signal.signal(number, signal.SIG_IGN)
        emulator.close()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog, description="A local Data Cloud on 127.0.0.1: your files, queried in SQL on the Hyper engine."
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        action="append",
        help="folder of CSV, Parquet, or Arrow files, one object per file (repeatable; default: the sample org)",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port to listen on, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument("--tls", action="store_true", help="serve https with a certificate authority of its own")
    parser.add_argument(
        "--dataspace", metavar="NAME", action="append", help="data space to serve (repeatable; default: default)"
    )
    parser.add_argument("--writable", action="store_true", help="let INSERT, UPDATE, CREATE TABLE … through")
    parser.add_argument(
        "--page-rows", metavar="N", type=_at_least_one, default=49_999, help="rows a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--no-sql", action="store_true", help="only logins and Account Engagement, with its sample; starts no engine"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _tell(emulator: Emulator, *, sql: bool) -> None:
    print(emulator.url if sql else emulator.engagement_dsn, flush=True)  # noqa: T201 (the line to copy)
    where = f'business_unit_id="{emulator.business_unit_id}", engagement_url="{emulator.login_url}"'
    if sql:
        _say(
            f"A local Data Cloud answers at {emulator.login_url}. The line above connects to it, secret included:\n"
            '    pandas.read_sql("SELECT 1", sqlalchemy.create_engine("<that line>"))\n'
            '    datacloud_dbapi.connect("<that line>")\n'
            f'    datacloud_dbapi.engagement.connect("<that line>", {where})\n'
            "Ctrl-C stops it."
        )
    else:
        _say(
            f"A local Account Engagement answers at {emulator.login_url}, for business unit "
            f"{emulator.business_unit_id}. The line above connects to it, secret included:\n"
            '    datacloud_dbapi.engagement.connect("<that line>")\n'
            "Ctrl-C stops it."
        )


def _fail(reason: str) -> int:
    _say(f"datacloud_emulator: {reason}")
    return 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (this is a command)


if __name__ == "__main__":
    sys.exit(main())
