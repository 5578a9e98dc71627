"""SQLAlchemy's own dialect suite, on the real engine behind a writable emulator.

What it leaves out, and why, is in `datacloud_sqlalchemy/requirements.py`; which of its tests need more than they say,
in `needs.py`.
"""

# The suite and its decorators carry no types.
# mypy: ignore-errors

from functools import wraps
from typing import Any
from unittest.mock import ANY

import sqlalchemy
from sqlalchemy import testing, text
from sqlalchemy.testing import suite
from sqlalchemy.testing.suite import *  # noqa: F403 - the suite is meant to be taken whole

from tests.conformance.needs import NEEDS, NEEDS_OF_1_4

SQLALCHEMY_1_4 = sqlalchemy.__version__.startswith("1.")


class ComponentReflectionTest(suite.ComponentReflectionTest):
    # Of foreign keys no names are expected where none can be given; nor are they here.
    def exp_ucs(self, *args: Any, **kw: Any) -> Any:
        expected = super().exp_ucs(*args, **kw)
        for key in (key for keys in expected.values() for key in keys):
            key["name"] = ANY
        return expected


class HasTableTest(suite.HasTableTest):
    # Asks whether there is a capability of that name, and not whether it is open.
    @classmethod
    def define_views(cls, metadata: Any) -> None:
        if testing.requires.views.enabled:
            super().define_views(metadata)


if SQLALCHEMY_1_4:

    class ComponentReflectionTest(suite.ComponentReflectionTest):
        # Four of its cases look for views, and three do not.
        @wraps(suite.ComponentReflectionTest.test_get_table_names)
        def test_get_table_names(self, include_views: Any, **kw: Any) -> None:
            if include_views and not testing.requires.views.enabled:
                _left_out("view_reflection")(self)
            super().test_get_table_names(include_views=include_views, **kw)


class JSONTest(suite.JSONTest):
    # Hyper may evaluate a condition on rows that were just deleted, and fail on a value there: a new table has none.
    run_create_tables = "each"


if hasattr(suite, "TableViaSelectTest"):  # SQLAlchemy 2.1

    class TableViaSelectTest(suite.TableViaSelectTest):
        # Its case `use_schema1` says that it needs schemas, and makes a view in one.
        @wraps(suite.TableViaSelectTest.test_without_metadata)
        def test_without_metadata(self, use_view: Any, **kw: Any) -> None:
            if use_view and not testing.requires.views.enabled:
                _left_out("views")(self)
            super().test_without_metadata(use_view=use_view, **kw)

    class Ordered:
        """A connection whose rows come in the order of their first column."""

        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def execute(self, statement: Any) -> Any:
            return self._connection.execute(statement.order_by(text("1")))

    class WindowFunctionTest(suite.WindowFunctionTest):
        # The suite expects an order and asks for none; partitions come in that of their hashes.
        def test_window_range(self, connection: Any) -> None:
            super().test_window_range(Ordered(connection))

        def test_window_range_numeric(self, connection: Any) -> None:
            super().test_window_range_numeric(Ordered(connection))


def _left_out(capability: str) -> Any:
    """In place of a test, and of the fixtures it would ask for."""

    @getattr(testing.requires, capability)
    def left_out(self, *args):  # on SQLAlchemy 1.4 the line above takes no annotations
        raise AssertionError(f"{capability} is not lacking any more")

    return left_out


for _name, (_capability, _) in {**NEEDS, **(NEEDS_OF_1_4 if SQLALCHEMY_1_4 else {})}.items():
    _owner, _part = _name.split(".")
    # Older suites have not all of them.
    if hasattr(getattr(suite, _owner, None), _part):
        globals()[_owner] = type(_owner, (globals()[_owner],), {_part: _left_out(_capability), "__module__": __name__})
