"""An entity-relationship diagram of reflected tables, as Mermaid text, which GitHub and most documentation tools draw.

`python -m datacloud_sqlalchemy.diagram URL` prints the one of a data space. Assumes nothing about the dialect: any
`MetaData` can be drawn.
"""

from __future__ import annotations

import re
import sys

import sqlalchemy as sa

# What Mermaid takes as a name without quotes.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def er_diagram(metadata: sa.MetaData, *, unlinked: bool = False) -> str:
    """Mermaid's `erDiagram` of the tables: their key columns, and a line for each foreign key.

    The line says which column refers; both ends are optional, as nothing enforces these keys. Tables that no key
    touches are left out, unless `unlinked`. The order is by name, so the text changes only when the tables do.
    """
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    keys = [(table, key) for table in tables for key in sorted(table.foreign_key_constraints, key=_columns)]
    linked = {end.key for table, key in keys for end in (table, key.referred_table)}
    lines = ["erDiagram"]
    for table in tables:
        if unlinked or table.key in linked:
            lines += [f"    {_name(table.name)} {{", *_key_columns(table), "    }"]
    for table, key in keys:
        ends = "|o--o|" if key.info.get("cardinality") == "ONETOONE" else "}o--o|"
        lines.append(f"    {_name(table.name)} {ends} {_name(key.referred_table.name)} : {_quoted(_columns(key))}")
    return "\n".join(lines) + "\n"


def _columns(key: sa.ForeignKeyConstraint) -> str:
    return ", ".join(key.column_keys)


def _key_columns(table: sa.Table) -> list[str]:
    """A line for each column of the primary key or of a foreign key: its type, its name, which it is of, its label."""
    lines = []
    for column in table.columns:
        marks = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys)
        if marks:
            label = f" {_quoted(column.comment)}" if column.comment else ""
            kind = type(column.type).__name__.lower()
            lines.append(f"        {kind} {_attribute(column.name)} {', '.join(marks)}{label}")
    return lines


def _name(name: str) -> str:
    return name if _WORD.match(name) else _quoted(name)


def _attribute(name: str) -> str:
    # An attribute cannot be quoted, and its exact name matters less here than a diagram that can be drawn.
    return name if _WORD.match(name) else re.sub(r"\W", "_", f"_{name}")


def _quoted(text: str) -> str:
    return '"{}"'.format(" ".join(text.replace('"', "'").split()))


def main(url: str) -> None:
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    engine.dispose()
    sys.stdout.write(er_diagram(metadata))


if __name__ == "__main__":
    main(*sys.argv[1:])
