"""The worlds that are promised to work: the oldest versions, the newest, and SQLAlchemy's series between them."""

from __future__ import annotations

from dataclasses import dataclass

# What the tests themselves need.
TOOLS = (
    "alembic>=1.13",
    "dbapi-compliance>=1.15",
    "furl>=2",
    "hypothesis>=6.100",
    "phonenumbers>=8",
    "polars>=1",
    "psutil>=5.9",
    "pytest>=8",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.7",
    "sqlalchemy-utils>=0.41",
)
# Account Engagement: dates, CSV and frames, and SQL by way of SQLAlchemy.
ENGAGEMENT = (
    *(f"tests/unit/driver/engagement/test_{name}.py" for name in ("csv_rows", "values", "sql")),
    "tests/contract/engagement/test_sql.py",
)
# What touches SQLAlchemy, pandas, pyarrow, msgspec or Python's own ways; the rest is the same in every world.
TESTS = (
    "tests/unit/sqlalchemy",
    "tests/conformance/test_dbapi20.py",
    "tests/property/test_typed_json.py",
    *ENGAGEMENT,
    *(
        f"tests/contract/test_{name}.py"
        for name in (
            *("changes", "chunks", "engine_life", "explore", "frames", "orm", "query", "reflection", "sql_cases"),
            *("sqlalchemy", "sqlalchemy_async", "sqlalchemy_bare", "tools", "type_matrix"),
        )
    ),
)
# What may differ with Python alone: with the newest packages all tests run where these are started.
TESTS_OF_PYTHON = (
    "tests/conformance/test_dbapi20.py",
    "tests/property/test_typed_json.py",
    "tests/unit/webhooks",
    *ENGAGEMENT,
    *(
        f"tests/contract/test_{name}.py"
        for name in ("frames", "query", "services", "sqlalchemy", "sqlalchemy_async", "tools", "type_matrix")
    ),
)


@dataclass(frozen=True)
class World:
    """A Python with these packages beside the wheel; without one, what is installed where it is asked for, but these.

    `tests` is what pytest runs there; SQLAlchemy's own suite runs in every world.
    """

    name: str
    python: str | None
    packages: tuple[str, ...]
    tests: tuple[str, ...] = ()


WORLDS = (
    World(
        "floor",
        "3.10",
        (*TOOLS, "sqlalchemy==1.4.40", "pandas==2.1.*", "pyarrow==16.*", "numpy<2", "msgspec==0.18.6"),
        TESTS,
    ),
    World("middle", None, ("sqlalchemy==2.0.*",)),
    World("newest", "3.13", (*TOOLS, "sqlacodegen>=3", "uvicorn>=0.30"), TESTS_OF_PYTHON),
)
