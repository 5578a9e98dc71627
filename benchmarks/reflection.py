"""What reflecting an org of 10,000 objects takes: seconds, and the most memory the process needs for it.

The org is synthetic. An object has 20 fields: an id with its key qualifier, four system columns that every object
has, and 14 whose names and labels no other object has, so that little can be kept once for many. It has a key and a
relationship to each of two others, which both ends list. The metadata is one answer, served over loopback by another
process; each way runs in a process of its own, from an engine that has connected and knows nothing yet.

The floors are what no dialect can go below: parsing the answer, and SQLAlchemy's own work of making the Tables.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks.peak import MB, peak_bytes

OBJECTS = int(os.environ.get("BENCH_OBJECTS", "10000"))
SYSTEM = ("DataSource__c", "DataSourceObject__c", "InternalOrganization__c", "cdp_sys_SourceVersion__c")
OWN = 14
FIELDS = 2 + len(SYSTEM) + OWN
# About as often as an org has them.
TYPES = ("STRING", "STRING", "NUMBER", "STRING", "STRING", "DATE_TIME", "STRING", "NUMBER", "STRING", "BOOLEAN")


MADE: dict[str, Any] = {
    "STRING": sa.VARCHAR,
    "NUMBER": lambda: sa.NUMERIC(38, 18),
    "DATE_TIME": lambda: sa.TIMESTAMP(timezone=True),
    "BOOLEAN": sa.BOOLEAN,
}


def own(number: int, field: int) -> str:
    """The name of one of the object's own fields; the first two refer to other objects."""
    return f"Object{number}Field{field}__c"


def targets(number: int) -> list[int]:
    """The objects that this one refers to, by its first field and by its second."""
    return [] if number == 0 else [number // 2, number // 3]


def entity(number: int, incoming: dict[int, list[dict[str, str]]]) -> dict[str, Any]:
    """An object as the Metadata API writes one."""
    fields = [
        {"name": "Id__c", "displayName": "Id", "type": "STRING", "keyQualifier": "KQ_Id__c", "businessType": "TEXT"},
        {"name": "KQ_Id__c", "displayName": "Key Qualifier Id", "type": "STRING", "businessType": "TEXT"},
        *({"name": name, "displayName": name, "type": "STRING", "businessType": "TEXT"} for name in SYSTEM),
    ]
    for field in range(OWN):
        kind = TYPES[field % len(TYPES)]
        label = f"Field {field} of object {number}"
        fields.append({"name": own(number, field), "displayName": label, "type": kind, "businessType": kind})
    return {
        "fields": fields,
        "indexes": [],
        "category": "Related",
        "name": f"Object{number}__dlm",
        "displayName": f"Object {number}",
        "relationships": outgoing(number) + incoming.get(number, []),
        "primaryKeys": [{"name": "Id__c", "displayName": "Id", "indexOrder": "1"}],
    }


def outgoing(number: int) -> list[dict[str, str]]:
    return [
        {
            "fromEntity": f"Object{number}__dlm",
            "toEntity": f"Object{target}__dlm",
            "fromEntityAttribute": own(number, field),
            "toEntityAttribute": "Id__c",
            "cardinality": "NTOONE",
        }
        for field, target in enumerate(targets(number))
    ]


def answer() -> bytes:
    """The metadata of the whole org."""
    incoming: dict[int, list[dict[str, str]]] = {}
    for number in range(OBJECTS):
        for target, link in zip(targets(number), outgoing(number), strict=True):
            incoming.setdefault(target, []).append(link)
    return json.dumps({"metadata": [entity(number, incoming) for number in range(OBJECTS)]}).encode()


class Service(BaseHTTPRequestHandler):
    """Answers every request with the metadata of the org."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def each_asked(engine: sa.engine.Engine) -> int:
    """What an inspector says of every object, one after the other, as a tool that lists an org asks for it."""
    inspector = sa.inspect(engine)
    names = inspector.get_table_names()
    for name in names:
        inspector.get_columns(name)
        inspector.get_pk_constraint(name)
        inspector.get_foreign_keys(name)
        inspector.get_indexes(name)
        inspector.get_table_comment(name)
    return len(names)


def all_asked(engine: sa.engine.Engine) -> int:
    """The same in five questions, each answered for the whole org; the answers are dropped one by one."""
    inspector = sa.inspect(engine)
    questions: list[Any] = [
        inspector.get_multi_columns,
        inspector.get_multi_pk_constraint,
        inspector.get_multi_foreign_keys,
        inspector.get_multi_indexes,
        inspector.get_multi_table_comment,
    ]
    return min(len(question()) for question in questions)


def every_table(engine: sa.engine.Engine) -> int:
    """`MetaData.reflect()`: a Table and its Columns for each object."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    return len(metadata.tables)


def only_parsed(engine: sa.engine.Engine) -> int:
    """A floor: the answer as Python's own values."""
    tenant = str(engine.url.query["tenant_url"])
    return len(json.loads(httpx.get(f"{tenant}/api/v1/metadata").content)["metadata"])


def by_hand(engine: sa.engine.Engine) -> int:
    """A floor: the same Tables made from what is known beforehand, nothing reflected."""
    metadata = sa.MetaData()
    for number in range(OBJECTS):
        described = [(name, name, "STRING") for name in ("Id__c", "KQ_Id__c", *SYSTEM)]
        described += [
            (own(number, field), f"Field {field} of object {number}", TYPES[field % len(TYPES)]) for field in range(OWN)
        ]
        columns: list[Any] = [
            sa.Column(
                name,
                MADE[kind](),
                primary_key=name == "Id__c",
                comment=label,
                info={"business_type": kind},
                autoincrement=False,
            )
            for name, label, kind in described
        ]
        keys = [
            sa.ForeignKeyConstraint([own(number, field)], [f"Object{target}__dlm.Id__c"])
            for field, target in enumerate(targets(number))
        ]
        sa.Table(f"Object{number}__dlm", metadata, *columns, *keys, comment=f"Object {number}")
    return len(metadata.tables)


WAYS = {
    "json.loads (floor)": only_parsed,
    "inspector, each": each_asked,
    "inspector, get_multi": all_asked,
    "Tables by hand (floor)": by_hand,
    "MetaData.reflect": every_table,
}


def reflect(way: str, url: str) -> None:
    """In the child: reflect the org, print what it took."""
    engine = sa.create_engine(url)
    with engine.connect():
        before = peak_bytes()
        started, busy = time.perf_counter(), time.process_time()
        count = WAYS[way](engine)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
    assert count == OBJECTS
    peak = peak_bytes()
    print(json.dumps({"seconds": seconds, "busy": busy, "peak_mb": peak / MB, "more_mb": (peak - before) / MB}))


def main() -> None:
    Service.body = gzip.compress(answer(), 1)
    print(f"Reflecting {OBJECTS:,} objects of {FIELDS} fields, SQLAlchemy {sa.__version__}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = (
        f"datacloud://@127.0.0.1:{server.server_port}/?datacloud_token=x"
        f"&tenant_url=http://127.0.0.1:{server.server_port}&allow_insecure_loopback=true"
    )
    print(f"{'way':24} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'more MB':>8}")
    code = "import sys; from benchmarks.reflection import reflect; reflect(*sys.argv[1:])"
    for way in WAYS:
        if way == "inspector, get_multi" and sa.__version__ < "2":
            continue  # new in 2.0
        done = subprocess.run([sys.executable, "-c", code, way, url], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        times = f"{found['seconds']:8.1f} {found['busy']:8.1f}"
        print(f"{way:24} {times} {found['peak_mb']:8.0f} {found['more_mb']:8.0f}")
    server.shutdown()
    server.server_close()
