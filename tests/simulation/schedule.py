"""Makes a seeded random schedule: an org, a connection, readers with their steps, and the faults that strike meanwhile.

A schedule is a plain value and a function of its seed alone; `play` plays it. Everything that goes wrong in it can be
noticed by a careful client: a service that lies without contradicting itself is not drawn.

Source: wire spec, faults rules 1-4 and rows C, T, S, P, O.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal

from datacloud_emulator import Fault, Quirks

# Drawn by weight: the gRPC door is a real socket, which takes its time.
TRANSPORTS = {"rest-v2": 40, "rest-v1": 10, "query-sql": 20, "direct-v3": 20, "hyper": 1}
# Few enough that most of them are soon recorded, and on both sides of where pages end.
ROWS = (0, 0, 1, 1, 2, 3, 6, 7, 8, 11, 12, 20, 21, 25, 26, 40, 59)
OPERATIONS = {
    "rest-v1": ("query-v1",),
    "rest-v2": ("query", "batch", "batch", "batch"),
    "query-sql": ("query-sql", "query-sql-status", "query-sql-rows", "query-sql-rows", "query-sql-cancel"),
    "direct-v3": ("v3-query", "v3-status", "v3-rows", "v3-rows", "v3-chunk", "v3-metadata", "v3-cancel"),
    "hyper": ("ExecuteQuery", "GetQueryInfo", "GetQueryResult", "GetQueryResult"),
}
LOGINS = ("token", "exchange")
WITH_ID = frozenset({"batch", "v3-status", "v3-rows", "v3-chunk", "query-sql-status", "query-sql-rows"})
ARROW = frozenset({"rest-v2", "direct-v3", "hyper"})
RANDOM_ACCESS = frozenset({"query-sql", "direct-v3", "hyper"})


@dataclass(frozen=True)
class Place:
    """An org as a client may find it: how it cuts pages, and its quirks."""

    page_rows: int
    quirks: Quirks


# Tokens live for minutes rather than hours, so that they end in the middle of a result.
PLACES = (
    Place(7, Quirks(tenant_token_life=200.0, core_token_life=500.0, query_sql_chunk_bytes=400)),
    Place(
        3,
        Quirks(
            empty_intermediate_batch=True,
            place_in_order_base=1,
            next_batch_id_when_done="empty",
            running_first=True,
            query_sql_chunk_bytes=200,
            query_sql_row_objects=True,
            tenant_token_life=100.0,
        ),
    ),
    Place(
        11,
        Quirks(
            next_batch_id_when_done="present",
            arrow_when_empty="null",
            omit_metadata_when_empty=True,
            core_token_once=True,
            query_sql_underscore_ids=True,
            query_sql_flat_status=True,
            exchange_full_url=True,
        ),
    ),
    Place(25, Quirks(empty_intermediate_batch=True, running_first=True, kept_result_life=300.0)),
    Place(1, Quirks(tenant_token_life=40.0, arrow_when_empty="absent", query_sql_chunk_bytes=100)),
)


@dataclass(frozen=True)
class Step:
    """What a reader does next.

    | do | number is |
    |---|---|
    | execute | rows of the result |
    | fetchmany, iterate | rows to take |
    | partitions | pieces |
    | wait | seconds of the clock |
    | fetchone, fetchall, arrow, close, anew | nothing |
    """

    reader: int
    do: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.reader}.{self.do}({self.number or ''})"


@dataclass(frozen=True)
class Schedule:
    """Everything that a play needs to know; `steps` stand in the order of a blocking play."""

    seed: int
    face: Literal["blocking", "asyncio"]
    transport: str
    place: int
    parameters: dict[str, Any]
    arrow: bool
    asked_rows: int  # the rows that a client asks for at once, where it does
    packed: bool  # whether the client takes gzip
    faults: tuple[Fault, ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        words = [
            f"{self.face} {self.transport}{' arrow' if self.arrow else ''}{'' if self.packed else ' unpacked'}",
            f"place {self.place}, asks for {self.asked_rows} rows, {self.parameters}",
            *(f"fault: {shown(fault)}" for fault in self.faults),
            f"steps: {' '.join(map(str, self.steps))}",
        ]
        return "\n  ".join(words)


def shown(fault: Fault) -> str:
    """A fault's settings, without those that do nothing."""
    plain = Fault("*", delay=1.0)
    names = [field.name for field in fields(fault) if getattr(fault, field.name) != getattr(plain, field.name)]
    values = {name: getattr(fault, name) for name in names if name != "delay" or fault.delay}
    return ", ".join(f"{name}={getattr(value, '__name__', value)!r}" for name, value in values.items())


def schedule(seed: int) -> Schedule:
    """The schedule of that seed."""
    chance = random.Random(seed)
    transport = chance.choices(list(TRANSPORTS), list(TRANSPORTS.values()))[0]
    face: Literal["blocking", "asyncio"] = chance.choice(("blocking", "asyncio"))
    parameters: dict[str, Any] = {
        "max_attempts": chance.choice((1, 2, 3, 3, 3)),
        "query_timeout": chance.choice((None, None, None, 40.0, 300.0)),
        # Over asyncio pages may be read ahead, as nothing runs there but by the schedule; threads would be chance.
        "prefetch": chance.choice((0, 1, 1, 3)) if face == "asyncio" and transport != "hyper" else 0,
        "fetch_parallelism": chance.choice((1, 2, 4, 8)),
    }
    if transport == "rest-v2":
        parameters["page_replay"] = chance.random() < 0.2
    readers = chance.choice((1, 1, 2, 2, 3)) if transport != "hyper" else chance.choice((1, 2))
    each = [_reader(chance, number, transport) for number in range(readers)]
    arrow = transport in ARROW and chance.random() < 0.35
    faults = [_fault(chance, transport) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5)))]
    return Schedule(
        seed,
        face,
        transport,
        place=chance.randrange(len(PLACES)),
        parameters=parameters,
        arrow=arrow,
        asked_rows=chance.choice((2, 5, 9, 20, 40_000)),
        packed=chance.random() < 0.5,
        # Only JSON can be changed.
        faults=tuple(fault for fault in faults if not (arrow and fault.change and fault.on.startswith("v3"))),
        steps=_shuffled(chance, each),
    )


def _reader(chance: random.Random, number: int, transport: str) -> list[Step]:
    steps = []
    for _ in range(chance.choice((1, 1, 1, 2))):
        steps.append(Step(number, "execute", chance.choice(ROWS)))
        steps += [_fetch(chance, number, transport) for _ in range(chance.randrange(6))]
        last = chance.choice(("fetchall", "fetchall", "fetchall", "fetchall", "arrow", "close", "anew"))
        steps.append(Step(number, last))
    return steps


def _fetch(chance: random.Random, number: int, transport: str) -> Step:
    do = chance.choice(("fetchone", "fetchmany", "fetchmany", "iterate", "wait", "partitions"))
    if do == "wait":
        return Step(number, do, chance.choice((1, 30, 90, 175, 200, 200, 3700)))
    if do == "partitions" and transport not in RANDOM_ACCESS:
        do = "fetchall"
    return Step(number, do, 0 if do in ("fetchone", "fetchall") else chance.choice((1, 2, 3, 5, 10, 25)))


def _shuffled(chance: random.Random, each: list[list[Step]]) -> tuple[Step, ...]:
    """The readers' steps among one another, each reader's in their order."""
    turns = [number for number, steps in enumerate(each) for _ in steps]
    chance.shuffle(turns)
    waiting = [iter(steps) for steps in each]
    return tuple(next(waiting[turn]) for turn in turns)


def _fault(chance: random.Random, transport: str) -> Fault:
    at_login = chance.random() < 0.1
    on = chance.choice(LOGINS if at_login else OPERATIONS[transport])
    how_often: dict[str, Any] = {
        "after": chance.choice((0, 0, 1, 1, 2, 3, 5)),
        "times": chance.choice((1, 1, 1, 1, 2, 2, 3, None)),
    }
    if transport == "hyper" and not at_login:
        return Fault(on, **how_often, **_of_call(chance))
    kinds = [_refusal, _refusal, _odd_answer, _break, _break, _break, _slowness, _expiry, _tampering]
    return Fault(on, **how_often, **chance.choice(kinds)(chance, on))


def _of_call(chance: random.Random) -> dict[str, Any]:
    codes = ("UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED", "INTERNAL", "DEADLINE_EXCEEDED")
    if chance.random() < 0.2:
        return {"expire_token": True}
    return {"grpc": chance.choice(codes), "keep": chance.choice((0, 0, 1, 2))}


def _refusal(chance: random.Random, on: str) -> dict[str, Any]:
    status = chance.choice((429, 429, 503, 503, 500, 502, 504, 401, 403, 404, 400, 302))
    headers = {}
    if status in (429, 503) and chance.random() < 0.6:
        headers["Retry-After"] = chance.choice(("0", "1", "7", "45", "70", "86400", "soon", "-3"))
    if status == 302:
        headers["Location"] = "https://elsewhere.example/"
    return {"status": status, "headers": headers}


def _odd_answer(chance: random.Random, on: str) -> dict[str, Any]:
    bodies = (
        "<html>Sorry</html>",
        "null",
        "[]",
        '""',
        "",
        "{}",
        '{"error":"out of range"}',
        '{"data":[',
        '{"data":[]}',
    )
    # Of rest-v1 the last is a whole and good answer, that there are no rows.
    return {"status": 200, "body": chance.choice(bodies[:-1] if on == "query-v1" else bodies)}


def _break(chance: random.Random, on: str) -> dict[str, Any]:
    # So few bytes that no answer is over by then: the ids in it pack to lengths that chance decides.
    keep = chance.randrange(100)
    kinds: tuple[dict[str, Any], ...] = (
        {"reset": "before"},
        {"reset": "after"},
        {"reset": "within", "keep": keep},
        {"cut": True, "keep": keep},
        {"wrong_length": True},
    )
    return chance.choice(kinds)


def _slowness(chance: random.Random, on: str) -> dict[str, Any]:
    if chance.random() < 0.2:
        return {"drip": 1.0}
    return {"delay": chance.choice((0.5, 20.0, 50.0, 130.0, 200.0, 310.0))}


def _expiry(chance: random.Random, on: str) -> dict[str, Any]:
    return {"expire_id": True} if on in WITH_ID and chance.random() < 0.4 else {"expire_token": True}


def _tampering(chance: random.Random, on: str) -> dict[str, Any]:
    return {"change": chance.choice(TAMPERINGS.get(on, (_nothing,)))}


def _nothing(answer: Any) -> Any:
    return None


def _changed(answer: Any, **fields: Any) -> Any:
    return {**answer, **fields} if isinstance(answer, dict) else answer


def _rowless(answer: Any) -> Any:
    """The rows are gone, what is said about them is not."""
    return _with_rows(answer, lambda rows: [])


def _row_dropped(answer: Any) -> Any:
    return _with_rows(answer, lambda rows: rows[:-1])


def _row_twice(answer: Any) -> Any:
    return _with_rows(answer, lambda rows: [*rows, rows[-1]])


def _with_rows(answer: Any, other: Callable[[list[Any]], list[Any]]) -> Any:
    """Other rows beside a count that does not fit them."""
    if not isinstance(answer, dict) or not answer.get("data") or answer.get("done") is False:
        # Of a page in the middle it may show as late as at the end. Source: wire spec, faults P20.
        return answer
    if "rowCount" not in answer:
        return _changed(answer, data=other(answer["data"]))
    # Nor may it fit the whole result by chance, whose count it might be: then nobody could tell.
    return _changed(answer, data=other(answer["data"]), rowCount=answer["rowCount"] + 1000)


def _without_done(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "done"} if isinstance(answer, dict) else answer


def _without_next_id(answer: Any) -> Any:
    # Only where the result goes on: else it is a good answer.
    return _changed(answer, nextBatchId=" ")


def _columns_turned(answer: Any) -> Any:
    """The columns in another order, and the rows with them: every value stays under its name."""
    columns = answer.get("metadata") if isinstance(answer, dict) else None
    if not isinstance(columns, dict) or not answer.get("data"):
        return answer
    last = max(facts["placeInOrder"] for facts in columns.values())
    first = min(facts["placeInOrder"] for facts in columns.values())
    turned = {name: {**facts, "placeInOrder": first + last - facts["placeInOrder"]} for name, facts in columns.items()}
    return _changed(answer, metadata=turned, data=[row[::-1] for row in answer["data"]])


def _columns_renamed(answer: Any) -> Any:
    columns = answer.get("metadata") if isinstance(answer, dict) else None
    if not isinstance(columns, dict):
        return answer
    return _changed(answer, metadata={f"{name}_": facts for name, facts in columns.items()})


def _arrow_cut(answer: Any) -> Any:
    text = answer.get("arrowStream") if isinstance(answer, dict) else None
    return _changed(answer, arrowStream=text[: len(text) // 8 * 4]) if text else answer


TAMPERINGS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "query": (_nothing, _rowless, _row_dropped, _row_twice, _without_next_id, _arrow_cut),
    "batch": (
        *(_nothing, _rowless, _row_dropped, _row_twice, _without_done, _without_next_id),
        *(_columns_turned, _columns_renamed, _arrow_cut),
    ),
    "query-v1": (_nothing, _rowless, _row_dropped, _row_twice),
    # A shorter answer of these is an honest one: what is missing is asked for again.
    "query-sql": (_nothing,),
    "query-sql-rows": (_nothing, _rowless, _row_dropped),
    "v3-rows": (_nothing, _rowless, _row_dropped),
}
