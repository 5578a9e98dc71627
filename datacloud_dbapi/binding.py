"""Parameters to their places: as literals in the statement, or beside it where the service takes values.

A mapping binds `:name`, a sequence binds `?`; without parameters a statement is sent as it is. Both ways give the same
result: a value has the type and the text that `scalars.py` says, whichever way it travels.

Source: wire spec, query §9.2, §10, §13; hyper §2.4; faults V9-V11.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from datacloud_dbapi.errors import ProgrammingError
from datacloud_dbapi.lexer import Token, tokens
from datacloud_dbapi.literals import list_parts, literal, scalar_literal
from datacloud_dbapi.scalars import Scalar, scalar

Parameters = Mapping[str, object] | Sequence[object]


# The engine takes no more of them beside a statement.
MOST_PARAMETERS = 10_000


class ServerParameter(NamedTuple):
    """A value that travels beside the statement, which calls it `:name`."""

    name: str
    value: Scalar


class ServerStatement(NamedTuple):
    """A statement whose placeholders are all `:name`, and a value for each name."""

    sql: str
    parameters: tuple[ServerParameter, ...]


def bind(sql: str, parameters: Parameters | None) -> str:
    """The statement with every placeholder replaced by the literal of its value.

    Raises ProgrammingError, before anything is sent, for a missing or unused parameter, a container that is neither
    mapping nor sequence, and a value that SQL cannot say exactly; the parameter at fault is named.
    """
    if parameters is None:
        return sql
    pieces = list(tokens(sql))
    written: dict[str, str] = {}
    literals: dict[int, str] = {}
    for index, (name, value) in _values(pieces, parameters).items():
        if name not in written:
            written[name] = literal(value, name)
        literals[index] = _fitted(pieces, index, written[name])
    return _joined(pieces, literals)


def server_parameters(sql: str, parameters: Parameters | None, kinds: Collection[str]) -> ServerStatement:
    """The statement and its values apart, for a service that takes values of these `kinds` (see `scalars.py`).

    What it does not take, NULL, and the value in `DATE :day` become literals. Lists become as many parameters. `?` are
    given names, equal values the same: to the engine two `?` are different expressions, even in a GROUP BY.
    Raises ProgrammingError as `bind` does.
    """
    if parameters is None:
        return ServerStatement(sql, ())
    pieces = list(tokens(sql))
    values = _values(pieces, parameters)
    names = _Names(name[1:] for name, _ in values.values() if name.startswith(":"))
    texts: dict[int, str] = {}
    for index, (name, value) in values.items():
        parts = list_parts(value, name)
        if parts is None:
            one = scalar(value, name)
            if one is not None and one.kind in kinds and not _in_typed_literal(pieces, index):
                texts[index] = names.placeholder(name, one)
            else:
                texts[index] = _fitted(pieces, index, scalar_literal(one))
            continue
        written = []
        for place, part in enumerate(parts):
            label = f"{name}[{place}]"
            one = scalar(part, label)
            usable = one is not None and one.kind in kinds
            written.append(names.placeholder(label, one) if one is not None and usable else scalar_literal(one))
        texts[index] = _fitted(pieces, index, f"({', '.join(written)})")
    if len(names.given) > MOST_PARAMETERS:
        return ServerStatement(bind(sql, parameters), ())
    return ServerStatement(_joined(pieces, texts), tuple(names.given))


class _Names:
    """Gives each value a name: the user's own where the engine reads it as it is written, else `p1`, `p2` …"""

    def __init__(self, own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._names: dict[object, str] = {}
        self._numbers = itertools.count(1)
        self.given: list[ServerParameter] = []

    def placeholder(self, label: str, value: Scalar) -> str:
        key = label if label.startswith(":") else value
        if key not in self._names:
            self._names[key] = name = self._name(label)
            self.given.append(ServerParameter(name, value))
        return f":{self._names[key]}"

    def _name(self, label: str) -> str:
        # The engine folds names to lower case and takes none that is a word of SQL, reserved or not (`:data`):
        # a single letter or a name that ends in a number is never one.
        if re.fullmatch(r":([a-z]|[a-z_][a-z0-9_]*_[0-9]+|p[0-9]+)", label):
            return label[1:]
        # The user's own names are known beforehand, those given here never come again.
        name = f"p{next(self._numbers)}"
        while name in self._own:
            name = f"p{next(self._numbers)}"
        return name


def _values(pieces: list[Token], parameters: Parameters) -> dict[int, tuple[str, object]]:
    """By the index of each placeholder: its parameter as errors name it, `:name` or `parameter 1`, and the value."""
    if isinstance(parameters, Mapping):
        return _named(pieces, parameters)
    if isinstance(parameters, Sequence) and not isinstance(parameters, (str, bytes, bytearray, memoryview)):
        return _positional(pieces, parameters)
    raise ProgrammingError(
        f"Parameters must be a mapping for :name or a sequence for ?, not {type(parameters).__name__}"
    )


def _named(pieces: list[Token], parameters: Mapping[str, object]) -> dict[int, tuple[str, object]]:
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
    return {index: (f":{name}", parameters[name]) for index, name in wanted.items()}


def _positional(pieces: list[Token], parameters: Sequence[object]) -> dict[int, tuple[str, object]]:
    places = [index for index, piece in enumerate(pieces) if piece.kind == "positional"]
    if len(places) != len(parameters):
        named = any(piece.kind == "named" for piece in pieces)
        raise ProgrammingError(
            f"The statement has {len(places)} placeholders ? and {len(parameters)} values are given",
            hint="a statement with :name takes a mapping" if named else None,
        )
    return {
        place: (f"parameter {number}", value)
        for number, (place, value) in enumerate(zip(places, parameters, strict=True), start=1)
    }


def _joined(pieces: list[Token], texts: Mapping[int, str]) -> str:
    return "".join(texts.get(index, piece.text) for index, piece in enumerate(pieces))


# `DATE '…'` is one literal to the engine, which takes no placeholder in it.
_TYPED_LITERAL = frozenset({"date", "time", "timestamp", "timestamptz", "interval", "zone"})


def _in_typed_literal(pieces: list[Token], index: int) -> bool:
    before = _neighbour(pieces, index, -1)
    return before is not None and before.kind == "word" and before.text.lower() in _TYPED_LITERAL


def _fitted(pieces: list[Token], index: int, text: str) -> str:
    """The literal, kept from growing together with what stands beside it.

    `LIMIT:n` must not become one word, nor `E:x` an E-string, nor two strings on two lines one string.
    """
    beside = [_neighbour(pieces, index, step) for step in (-1, 1)]
    if any(piece is not None and piece.kind in ("string", "named", "positional") for piece in beside):
        text = f"({text})"
    before = pieces[index - 1].text[-1] if index else " "
    after = pieces[index + 1].text[0] if index + 1 < len(pieces) else " "
    left = "" if before.isspace() or before in "(,=" else " "
    right = "" if after.isspace() or after in "),;" else " "
    return f"{left}{text}{right}"


def _neighbour(pieces: list[Token], index: int, step: int) -> Token | None:
    index += step
    while 0 <= index < len(pieces) and pieces[index].kind == "blank":
        index += step
    return pieces[index] if 0 <= index < len(pieces) else None
