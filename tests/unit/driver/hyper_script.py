"""Plays the flows of the transport `hyper`: each gRPC call gets the next answer, as messages or as a failure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from datacloud_dbapi.flow.effects import Effect, Rpc, RpcError, RpcRequest, Started
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_dbapi.transports.hyper import Hyper
from tests.unit.driver.scripted import Stage

BARE = {"hyper_address": "127.0.0.1:7484", "allow_insecure_loopback": True, "transport": "hyper"}
Said = tuple[bytes, ...] | RpcError


@dataclass
class HyperStage(Stage):
    """A `Stage` that answers gRPC calls too, and keeps the calls and what was told of started queries."""

    said: list[Said] = field(default_factory=list)
    calls: list[RpcRequest] = field(default_factory=list)
    started: list[str | None] = field(default_factory=list)
    rpc_took: list[float] = field(default_factory=list)

    def _answer(self, effect: Effect) -> object:
        if isinstance(effect, Started):
            self.started.append(effect.handle.query_id)
            return None
        if not isinstance(effect, Rpc):
            return super()._answer(effect)
        self.calls.append(effect.request)
        assert self.said, f"nothing scripted for {effect.request.method}"
        self.clock += self.rpc_took.pop(0) if self.rpc_took else 0.0
        return self.said.pop(0)

    @property
    def methods(self) -> list[str]:
        return [call.method.rpartition("/")[2] for call in self.calls]


def hyper_stage(*said: Said, params: dict[str, Any] | None = None, **facts: Any) -> tuple[HyperStage, Hyper]:
    """A stage, and the transport of a bare hyperd."""
    transport = Hyper(None, ConnectParams.resolve(None, BARE | (params or {}), {}))
    return HyperStage([], said=list(said), **facts), transport


COLUMNS = {"columns": [{"name": "a", "type": "integer", "nullable": False}]}


def status(rows: int, *, finished: bool = True, chunks: int = 0) -> pb.QueryInfo:
    completion = pb.QueryStatus.FINISHED if finished else pb.QueryStatus.RUNNING_OR_UNSPECIFIED
    return pb.QueryInfo(
        query_status=pb.QueryStatus(
            query_id="q-1",
            completion_status=completion,
            row_count=rows,
            chunk_count=chunks,
            progress=1.0 if finished else 0.0,
        )
    )


def json_parts(schema: object, *parts: list[Any]) -> list[pb.QueryResult]:
    results = [] if schema is None else [pb.QueryResult(string_part=pb.Part(data=json.dumps(schema).encode()))]
    for rows in parts:
        data = json.dumps(rows).encode()
        results.append(pb.QueryResult(string_part=pb.Part(data=data), result_part_row_count=len(rows)))
    return results


def executed(*messages: pb.QueryInfo | pb.QueryResult) -> tuple[bytes, ...]:
    """The stream of ExecuteQuery: the query's id, then these."""
    begin = pb.QueryInfo(query_status=pb.QueryStatus(query_id="q-1"))
    return tuple(
        pb.ExecuteQueryResponse(
            query_info=message if isinstance(message, pb.QueryInfo) else None,
            query_result=message if isinstance(message, pb.QueryResult) else None,
        ).SerializeToString()
        for message in (begin, *messages)
    )


def said(*messages: pb.QueryInfo | pb.QueryResult) -> tuple[bytes, ...]:
    return tuple(message.SerializeToString() for message in messages)


def schema_info(schema: object = COLUMNS) -> pb.QueryInfo:
    return pb.QueryInfo(string_schema=pb.Part(data=json.dumps(schema).encode()))


def refusal(code: str, sqlstate: str, message: str = "no", **facts: Any) -> RpcError:
    """A failure with the engine's own account of it, and with operators' text that nobody may see."""
    begin = facts.pop("begin", None)
    info = pb.ErrorInfo(primary_message=message, sqlstate=sqlstate, **facts)
    if begin is not None:
        info.position.begin = begin
    # Field 5, system_detail, which the driver's own message leaves out.
    raw = info.SerializeToString() + b"\x2a\x0cTOP-SECRET-X"
    detail = pb.RpcStatus.Detail(type_url="type.googleapis.com/salesforce.hyperdb.grpc.v1.ErrorInfo", value=raw)
    return RpcError(code, message, pb.RpcStatus(code=3, message=message, details=[detail]).SerializeToString())
