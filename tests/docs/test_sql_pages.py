"""docs/sqlalchemy/sql.md and types.md are what the code and the cases say."""

from __future__ import annotations

import pytest

from tests.docs.sql import SQL_PAGE, TYPES_PAGE, sql_page, types_page
from tests.unit.sqlalchemy.cases import SQLALCHEMY_2_1

pytestmark = pytest.mark.skipif(not SQLALCHEMY_2_1, reason="the pages list what the newest SQLAlchemy can write")


def test_the_sql_page_is_the_cases() -> None:
    assert SQL_PAGE.read_text(encoding="utf-8") == sql_page(), "run: python -m tests.docs.sql"


def test_the_types_page_is_the_codes() -> None:
    assert TYPES_PAGE.read_text(encoding="utf-8") == types_page(), "run: python -m tests.docs.sql"
