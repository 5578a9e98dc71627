"""CREATE and DROP: tables with the keys Hyper has, and a reason for everything it has not.

Data Cloud refuses all of it; a writable emulator runs it. Hyper enforces no key: each is declared as assumed, and none
takes a name. Source: wire spec, hyper §1.7 and §4.2.
"""

# SQLAlchemy's compiler carries no types.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import ForeignKeyConstraint, exc
from sqlalchemy.sql.compiler import DDLCompiler


class HyperDDLCompiler(DDLCompiler):
    """Definitions in Hyper's SQL.

    Hyper knows no table before it is made, so CREATE TABLE leaves out the keys of a table to itself: `keys_to_itself`
    has the statement for each, which is run after it.
    """

    keys_to_itself: tuple[str, ...] = ()

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        if column.computed is not None:
            raise exc.CompileError("Hyper computes no columns: query an expression instead")
        if column.identity is not None:
            raise exc.CompileError("Hyper generates no identities: give each row its key")
        name = self.preparer.format_column(column)
        kind = self.dialect.type_compiler.process(column.type, type_expression=column)
        default = self.get_column_default_string(column)
        parts = [name, kind, default and f"DEFAULT {default}", not column.nullable and "NOT NULL"]
        return " ".join(part for part in parts if part)

    # --- constraints ---

    def visit_primary_key_constraint(self, constraint: Any, **kw: Any) -> str:
        return f"ASSUMED PRIMARY KEY ({self._columns(constraint)})" if len(constraint) else ""

    def visit_unique_constraint(self, constraint: Any, **kw: Any) -> str:
        return f"ASSUMED UNIQUE ({self._columns(constraint)})" if len(constraint) else ""

    def visit_foreign_key_constraint(  # type: ignore[override]  # its caller leaves out what is None
        self, constraint: Any, **kw: Any
    ) -> str | None:
        key = self._foreign_key(constraint)
        if constraint.elements[0].column.table is not constraint.parent:
            return key
        self.keys_to_itself += (f"ALTER TABLE {self.preparer.format_table(constraint.parent)} ADD {key}",)
        return None

    def _foreign_key(self, constraint: Any) -> str:
        if constraint.ondelete or constraint.onupdate or constraint.match:
            raise exc.CompileError("Hyper enforces no key, so a foreign key has no ON DELETE, ON UPDATE or MATCH")
        remote = constraint.elements[0].column.table
        referred = ", ".join(self.preparer.quote(element.column.name) for element in constraint.elements)
        return (
            f"ASSUMED FOREIGN KEY ({self._columns(constraint)}) "
            f"REFERENCES {self.define_constraint_remote_table(constraint, remote, self.preparer)} ({referred})"
        )

    def visit_add_constraint(self, create: Any, **kw: Any) -> str:
        key = create.element
        added = self._foreign_key(key) if isinstance(key, ForeignKeyConstraint) else self.process(key)
        return f"ALTER TABLE {self.preparer.format_table(key.table)} ADD {added}"

    def visit_check_constraint(self, constraint: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no CHECK constraints")

    visit_column_check_constraint = visit_check_constraint

    def _columns(self, constraint: Any) -> str:
        return ", ".join(self.preparer.quote(column.name) for column in constraint.columns)

    # --- what there is none of ---

    def visit_create_index(self, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no indexes")

    visit_drop_index = visit_create_index

    def visit_create_sequence(self, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper has no sequences")

    visit_drop_sequence = visit_create_sequence

    def visit_drop_constraint(self, *args: Any, **kw: Any) -> NoReturn:
        raise exc.CompileError("Hyper drops no key before its table")
