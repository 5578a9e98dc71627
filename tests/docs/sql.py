"""docs/sqlalchemy/sql.md and types.md, made from the cases and from the type compiler. Run it to rewrite both pages."""

from __future__ import annotations

import ast
import inspect
import re
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from datacloud_sqlalchemy import DataCloudDialect, functions
from datacloud_sqlalchemy.types import reflected_type
from tests.docs.pages import DOCS
from tests.unit.sqlalchemy.cases import ROWS, SALES, Case, clauses, operators, refused
from tests.unit.sqlalchemy.cases import functions as function_cases
from tests.unit.sqlalchemy.cases.sections import SECTIONS
from tests.unit.sqlalchemy.test_types import NAMES

SQL_PAGE = DOCS / "sqlalchemy" / "sql.md"
TYPES_PAGE = DOCS / "sqlalchemy" / "types.md"

SQL_HEAD = """# What compiles to what

Every line of these tables is a test: the expression compiles to this SQL, and both give the rows that follow from the
table below on Hyper (`python -m tests.docs.sql` makes the page from the tests). That is so on every SQLAlchemy from
1.4.40 that can write the expression. Values are shown written out; on their way they are parameters where the
transport has them, and the same literals where it has not. Hyper's `->>` gives a JSON null as the text `null`; the
dialect makes it NULL.
"""
REFUSED_HEAD = """## What Hyper cannot say

These are a `CompileError` that says why and what to write instead.

| | expression | reason |
|---|---|---|
"""
TYPES_HEAD = """# Types

Made from the code (`python -m tests.docs.sql`). Values are exact both ways: a `Decimal` keeps its 38 digits, a float
its bits, a timestamp its microseconds. `TIMESTAMP` and `TIMESTAMP WITH TIME ZONE` are kept apart: the first reads as a
naive `datetime`, the second as an aware one in UTC. A naive value compared with an aware column is sent as it is, and
the engine takes it for the clock of the session's `time_zone`, UTC unless it was set.

## Spelled in SQL

| SQLAlchemy | Hyper |
|---|---|
"""


class Source:
    """A module's text by its nodes; `ast.get_source_segment` reads the whole text again for each of them."""

    def __init__(self, module: ModuleType) -> None:
        text = inspect.getsource(module)
        self.tree = ast.parse(text)
        self._lines = text.encode("utf-8").splitlines(keepends=True)

    def of(self, node: ast.expr | ast.stmt) -> str:
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = self._lines[first : last + 1]
        # The end first: of a node within a line both columns count from that line's beginning, in bytes.
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode("utf-8")


def expressions() -> dict[str, str]:
    """The source of every expression by the SQL of its case, which no two cases share."""
    known: dict[str, str] = {}
    for module in (clauses, operators, function_cases):
        source = Source(module)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Case":
                known.setdefault(ast.literal_eval(node.args[1]), source.of(node.args[0]))
    return known


def refusals() -> dict[str, str]:
    """The source of every refused statement by its name."""
    source = Source(refused)
    known: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pairs = [(node.targets[0].slice, node.value)]
        else:
            continue
        for name, value in pairs:
            if isinstance(name, ast.Constant) and isinstance(value, ast.Tuple):
                known[str(name.value)] = source.of(value.elts[0])
    return known


def names() -> str:
    """What the expressions call by name, as the modules of the cases make it."""
    made: dict[str, None] = {}
    for module in (clauses, operators, function_cases, refused):
        source = Source(module)
        for node in source.tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and target.id.islower():
                made[re.sub(r"^(\w+): Any =", r"\1 =", source.of(node))] = None
    return "\n".join(made)


def cell(code: str) -> str:
    """Code in one cell of a table."""
    line = re.sub(r"\s+", " ", code).replace("( ", "(").replace(", )", ")").replace(" )", ")").replace(" .", ".")
    fence = "``" if "`" in line else "`"
    return f"{fence}{line}{fence}".replace("|", "\\|")


def section(title: str, cases: dict[str, Case]) -> str:
    known = expressions()
    lines = [f"## {title}\n", "| | expression | SQL |", "|---|---|---|"]
    lines += [f"| {name} | {cell(known[case.sql])} | {cell(case.sql)} |" for name, case in cases.items()]
    return "\n".join(lines) + "\n"


def reason(statement: Any) -> str:
    try:
        statement.compile(dialect=DataCloudDialect())
    except sa.exc.CompileError as error:
        return str(error).split("\n", maxsplit=1)[0].replace("|", "\\|")
    raise AssertionError("is refused")


def table_of_sales() -> str:
    names = [column.name for column in SALES.columns]
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join('NULL' if value is None else cell(str(value)) for value in row)} |" for row in ROWS]
    return "\n".join(lines) + "\n"


def sql_page() -> str:
    known = refusals()
    refused_rows = [
        f"| {name.replace('|', chr(92) + '|')} | {cell(known[name])} | {reason(statement)} |"
        for name, (statement, _) in refused.REFUSED.items()
    ]
    return "\n".join(
        [
            SQL_HEAD,
            table_of_sales(),
            f"```\n{names()}\n```\n",
            *[section(title, cases) for title, cases in SECTIONS.items()],
            REFUSED_HEAD + "\n".join(refused_rows) + "\n",
            f"## Functions with types\n\n{inspect.getdoc(functions)}\n",
        ]
    )


API_TYPES = ("STRING", "NUMBER", "DATE", "DATE_TIME", "BOOLEAN", "EMBEDDING")


def types_page() -> str:
    dialect = DataCloudDialect()
    spelled = [f"| {cell(repr(type_))} | {cell(name)} |" for type_, name in NAMES]
    reflected = [
        f"| {'any other, such as ' if api_type == 'EMBEDDING' else ''}`{api_type}` "
        f"| {cell(reflected_type(api_type).compile(dialect=dialect))} |"
        for api_type in API_TYPES
    ]
    return "\n".join(
        [
            TYPES_HEAD + "\n".join(spelled) + "\n",
            "## Reflected from the Metadata API\n\n| field type | SQL type |\n|---|---|",
            *reflected,
            "| `ARRAY` | an `ARRAY` whose elements have no type: give it one before a list is bound to it |\n",
            "`create_engine(url, business_types=True)` reflects a STRING that the org calls an `EMAIL`, a `PHONE` or a",
            "`URL` as `EmailType`, `PhoneNumberType` or `URLType` of `sqlalchemy_utils`, which must be installed.\n",
            "## Bound\n\n| Python | sent as |\n|---|---|",
            "| a list for an `ARRAY` | its text, cast: `CAST('[1,2]' AS INTEGER[])` |",
            "| a value for `JSON` | its text, cast: `CAST('{\"a\": 1}' AS JSON)` |",
            "| `timedelta` | `INTERVAL`; one of months or years cannot be read as a `timedelta` and is an error |",
            "| `uuid.UUID` | its text with dashes, as Data Cloud keeps ids |",
            "",
        ]
    )


if __name__ == "__main__":
    SQL_PAGE.parent.mkdir(exist_ok=True)
    SQL_PAGE.write_text(sql_page(), encoding="utf-8")
    TYPES_PAGE.write_text(types_page(), encoding="utf-8")
