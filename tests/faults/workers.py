"""A program that gives its query to workers of multiprocessing; `test_processes` starts it.

Its input is what to connect with and how workers are started. It tells the rows that came piece by piece, those of
each worker's own query, what is said to a connection that is to travel, and the rows that its own cursor still gives.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from typing import Any

import datacloud_dbapi
from datacloud_dbapi.partition import Partition

NUMBERS = "SELECT n FROM generate_series(1, 103) AS t(n) ORDER BY n"


def piece(given: dict[str, Any], partition: Partition) -> list[Any]:
    with datacloud_dbapi.connect(**given) as connection:
        return connection.read_partition(partition).fetchall()


def whole(given: dict[str, Any]) -> list[Any]:
    with datacloud_dbapi.connect(**given) as connection:
        return connection.cursor().execute(NUMBERS).fetchall()


def main() -> None:
    given, method = json.load(sys.stdin)
    context = multiprocessing.get_context(method)
    refused = ""
    with datacloud_dbapi.connect(**given) as connection:
        cursor = connection.cursor().execute(NUMBERS)
        try:
            pieces = cursor.partitions(3)
        except datacloud_dbapi.NotSupportedError:
            pieces = []
        with context.Pool(2) as pool:
            found = pool.starmap(piece, [(given, each) for each in pieces])
            wholes = pool.map(whole, [given, given])
            try:
                pool.map(whole, [connection])
            except datacloud_dbapi.InterfaceError as error:
                refused = str(error)
            pool.close()
            pool.join()
        print(json.dumps([[row for rows in found for row in rows], wholes, refused, cursor.fetchall()]))
