from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Format(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORMAT_UNSPECIFIED: _ClassVar[Format]
    ARROW_IPC: _ClassVar[Format]
    JSON_ARRAY: _ClassVar[Format]

class TransferMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSFER_MODE_UNSPECIFIED: _ClassVar[TransferMode]
    ASYNC: _ClassVar[TransferMode]
    SYNC: _ClassVar[TransferMode]
    ADAPTIVE: _ClassVar[TransferMode]

class ParamStyle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARAM_STYLE_UNSPECIFIED: _ClassVar[ParamStyle]
    DOLLAR_NUMBERED: _ClassVar[ParamStyle]
    NAMED: _ClassVar[ParamStyle]
    QUESTION_MARK: _ClassVar[ParamStyle]
FORMAT_UNSPECIFIED: Format
ARROW_IPC: Format
JSON_ARRAY: Format
TRANSFER_MODE_UNSPECIFIED: TransferMode
ASYNC: TransferMode
SYNC: TransferMode
ADAPTIVE: TransferMode
PARAM_STYLE_UNSPECIFIED: ParamStyle
DOLLAR_NUMBERED: ParamStyle
NAMED: ParamStyle
QUESTION_MARK: ParamStyle

class QueryParam(_message.Message):
    __slots__ = ("sql", "databases", "output_format", "settings", "transfer_mode", "param_style", "json_parameters", "result_range", "query_row_limit")
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SQL_FIELD_NUMBER: _ClassVar[int]
    DATABASES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_MODE_FIELD_NUMBER: _ClassVar[int]
    PARAM_STYLE_FIELD_NUMBER: _ClassVar[int]
    JSON_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    RESULT_RANGE_FIELD_NUMBER: _ClassVar[int]
    QUERY_ROW_LIMIT_FIELD_NUMBER: _ClassVar[int]
    sql: str
    databases: _containers.RepeatedCompositeFieldContainer[AttachedDatabase]
    output_format: Format
    settings: _containers.ScalarMap[str, str]
    transfer_mode: TransferMode
    param_style: ParamStyle
    json_parameters: JsonParameters
    result_range: ResultRange
    query_row_limit: int
    def __init__(self, sql: _Optional[str] = ..., databases: _Optional[_Iterable[_Union[AttachedDatabase, _Mapping]]] = ..., output_format: _Optional[_Union[Format, str]] = ..., settings: _Optional[_Mapping[str, str]] = ..., transfer_mode: _Optional[_Union[TransferMode, str]] = ..., param_style: _Optional[_Union[ParamStyle, str]] = ..., json_parameters: _Optional[_Union[JsonParameters, _Mapping]] = ..., result_range: _Optional[_Union[ResultRange, _Mapping]] = ..., query_row_limit: _Optional[int] = ...) -> None: ...

class AttachedDatabase(_message.Message):
    __slots__ = ("path", "alias")
    PATH_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    path: str
    alias: str
    def __init__(self, path: _Optional[str] = ..., alias: _Optional[str] = ...) -> None: ...

class JsonParameters(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: str
    def __init__(self, data: _Optional[str] = ...) -> None: ...

class ResultRange(_message.Message):
    __slots__ = ("row_offset", "row_limit", "byte_limit")
    ROW_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ROW_LIMIT_FIELD_NUMBER: _ClassVar[int]
    BYTE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    row_offset: int
    row_limit: int
    byte_limit: int
    def __init__(self, row_offset: _Optional[int] = ..., row_limit: _Optional[int] = ..., byte_limit: _Optional[int] = ...) -> None: ...

class ExecuteQueryResponse(_message.Message):
    __slots__ = ("query_info", "query_result")
    QUERY_INFO_FIELD_NUMBER: _ClassVar[int]
    QUERY_RESULT_FIELD_NUMBER: _ClassVar[int]
    query_info: QueryInfo
    query_result: QueryResult
    def __init__(self, query_info: _Optional[_Union[QueryInfo, _Mapping]] = ..., query_result: _Optional[_Union[QueryResult, _Mapping]] = ...) -> None: ...

class QueryInfoParam(_message.Message):
    __slots__ = ("query_id", "streaming", "schema_output_format")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    STREAMING_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    streaming: bool
    schema_output_format: Format
    def __init__(self, query_id: _Optional[str] = ..., streaming: bool = ..., schema_output_format: _Optional[_Union[Format, str]] = ...) -> None: ...

class QueryInfo(_message.Message):
    __slots__ = ("query_status", "binary_schema", "string_schema")
    QUERY_STATUS_FIELD_NUMBER: _ClassVar[int]
    BINARY_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    STRING_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    query_status: QueryStatus
    binary_schema: Part
    string_schema: Part
    def __init__(self, query_status: _Optional[_Union[QueryStatus, _Mapping]] = ..., binary_schema: _Optional[_Union[Part, _Mapping]] = ..., string_schema: _Optional[_Union[Part, _Mapping]] = ...) -> None: ...

class QueryStatus(_message.Message):
    __slots__ = ("query_id", "completion_status", "chunk_count", "row_count", "progress")
    class Completion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RUNNING_OR_UNSPECIFIED: _ClassVar[QueryStatus.Completion]
        RESULTS_PRODUCED: _ClassVar[QueryStatus.Completion]
        FINISHED: _ClassVar[QueryStatus.Completion]
    RUNNING_OR_UNSPECIFIED: QueryStatus.Completion
    RESULTS_PRODUCED: QueryStatus.Completion
    FINISHED: QueryStatus.Completion
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_STATUS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    completion_status: QueryStatus.Completion
    chunk_count: int
    row_count: int
    progress: float
    def __init__(self, query_id: _Optional[str] = ..., completion_status: _Optional[_Union[QueryStatus.Completion, str]] = ..., chunk_count: _Optional[int] = ..., row_count: _Optional[int] = ..., progress: _Optional[float] = ...) -> None: ...

class QueryResultParam(_message.Message):
    __slots__ = ("query_id", "output_format", "chunk_id", "result_range", "omit_schema")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    CHUNK_ID_FIELD_NUMBER: _ClassVar[int]
    RESULT_RANGE_FIELD_NUMBER: _ClassVar[int]
    OMIT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    output_format: Format
    chunk_id: int
    result_range: ResultRange
    omit_schema: bool
    def __init__(self, query_id: _Optional[str] = ..., output_format: _Optional[_Union[Format, str]] = ..., chunk_id: _Optional[int] = ..., result_range: _Optional[_Union[ResultRange, _Mapping]] = ..., omit_schema: bool = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ("binary_part", "string_part", "result_part_row_count")
    BINARY_PART_FIELD_NUMBER: _ClassVar[int]
    STRING_PART_FIELD_NUMBER: _ClassVar[int]
    RESULT_PART_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    binary_part: Part
    string_part: Part
    result_part_row_count: int
    def __init__(self, binary_part: _Optional[_Union[Part, _Mapping]] = ..., string_part: _Optional[_Union[Part, _Mapping]] = ..., result_part_row_count: _Optional[int] = ...) -> None: ...

class Part(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class CancelQueryParam(_message.Message):
    __slots__ = ("query_id",)
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    def __init__(self, query_id: _Optional[str] = ...) -> None: ...

class RpcStatus(_message.Message):
    __slots__ = ("code", "message", "details")
    class Detail(_message.Message):
        __slots__ = ("type_url", "value")
        TYPE_URL_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        type_url: str
        value: bytes
        def __init__(self, type_url: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    details: _containers.RepeatedCompositeFieldContainer[RpcStatus.Detail]
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., details: _Optional[_Iterable[_Union[RpcStatus.Detail, _Mapping]]] = ...) -> None: ...

class ErrorInfo(_message.Message):
    __slots__ = ("primary_message", "sqlstate", "customer_hint", "position", "error_source")
    class Position(_message.Message):
        __slots__ = ("begin", "end")
        BEGIN_FIELD_NUMBER: _ClassVar[int]
        END_FIELD_NUMBER: _ClassVar[int]
        begin: int
        end: int
        def __init__(self, begin: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...
    PRIMARY_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SQLSTATE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_HINT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ERROR_SOURCE_FIELD_NUMBER: _ClassVar[int]
    primary_message: str
    sqlstate: str
    customer_hint: str
    position: ErrorInfo.Position
    error_source: str
    def __init__(self, primary_message: _Optional[str] = ..., sqlstate: _Optional[str] = ..., customer_hint: _Optional[str] = ..., position: _Optional[_Union[ErrorInfo.Position, _Mapping]] = ..., error_source: _Optional[str] = ...) -> None: ...
