"""Parameters into SQL: the service takes none over Query API V2, so values become literals of the statement.

A mapping binds `:name`, a sequence binds `?`; without parameters a statement is sent as it is.

Source: wire spec, query §13; faults V9-V11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.lexer import Token, tokens
from datacloud_dbapi.literals import literal

Parameters = Mapping[str, object] | Sequence[object]


def bind(sql: str, parameters: Parameters | None) -> str:
    """The statement with every placeholder replaced by the literal of its value.

    Raises ProgrammingError, before anything is sent, for a missing or unused parameter, a container that is neither
    mapping nor sequence, and a value that SQL cannot say exactly; the parameter at fault is named.
    """
    if parameters is None:
        return sql
    pieces = list(tokens(sql))
    if isinstance(parameters, Mapping):
        literals = _named(pieces, parameters)
    elif isinstance(parameters, Sequence) and not isinstance(parameters, (str, bytes, bytearray, memoryview)):
        literals = _positional(pieces, parameters)
    else:
        raise ProgrammingError(
            f"Parameters must be a mapping for :name or a sequence for ?, not {type(parameters).__name__}"
        )
    return "".join(
        _fitted(pieces, index, literals[index]) if index in literals else piece.text
        for index, piece in enumerate(pieces)
    )


def _named(pieces: list[Token], parameters: Mapping[str, object]) -> dict[int, str]:
    wanted = {index: piece.text[1:] for index, piece in enumerate(pieces) if piece.kind == "named"}
    names = dict.fromkeys(wanted.values())
    missing = [f":{name}" for name in names if name not in parameters]
    if missing:
        raise ProgrammingError(f"No value is given for {', '.join(missing)}")
    unused = [str(name) for name in parameters if name not in names]
    if unused:
        raise ProgrammingError(
            f"The statement has no place for the parameter {', '.join(unused)}",
            hint="a placeholder is written :name, outside quotes and comments",
        )
    written = {name: literal(parameters[name], f":{name}") for name in names}
    return {index: written[name] for index, name in wanted.items()}


def _positional(pieces: list[Token], parameters: Sequence[object]) -> dict[int, str]:
    places = [index for index, piece in enumerate(pieces) if piece.kind == "positional"]
    if len(places) != len(parameters):
        named = any(piece.kind == "named" for piece in pieces)
        raise ProgrammingError(
            f"The statement has {len(places)} placeholders ? and {len(parameters)} values are given",
            hint="a statement with :name takes a mapping" if named else None,
        )
    return {
        place: literal(value, f"parameter {number}")
        for number, (place, value) in enumerate(zip(places, parameters, strict=True), start=1)
    }


def _fitted(pieces: list[Token], index: int, text: str) -> str:
    """The literal, kept from growing together with what stands beside it.

    `LIMIT:n` must not become one word, nor `E:x` an E-string, nor two strings on two lines one string.
    """
    if any(_neighbour(pieces, index, step) in ("string", "named", "positional") for step in (-1, 1)):
        text = f"({text})"
    before = pieces[index - 1].text[-1] if index else " "
    after = pieces[index + 1].text[0] if index + 1 < len(pieces) else " "
    left = "" if before.isspace() or before in "(,=" else " "
    right = "" if after.isspace() or after in "),;" else " "
    return f"{left}{text}{right}"


def _neighbour(pieces: list[Token], index: int, step: int) -> str | None:
    index += step
    while 0 <= index < len(pieces) and pieces[index].kind == "blank":
        index += step
    return pieces[index].kind if 0 <= index < len(pieces) else None
