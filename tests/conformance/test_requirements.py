"""What the dialect suite leaves out, Hyper refuses: each statement of `LACKING` on a bare hyperd, where no guard helps.

The expected SQLSTATEs stand beside the statements. Source: wire spec, hyper §1.7, §4.2.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
import sqlalchemy as sa

# The requirements load SQLAlchemy's plugin, which makes itself at home in pytest when it is imported early.
pytest.importorskip("sqlalchemy.testing.requirements")

from sqlalchemy.testing import exclusions

import datacloud_dbapi
from datacloud_dbapi import Connection
from datacloud_emulator.engine.hyperd import Engine
from datacloud_sqlalchemy.requirements import LACKING, OF_1_4, OF_ITS_NATURE, Lacking, Requirements
from tests.conformance.needs import CHANGED, NEEDS, NEEDS_OF_1_4

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def bare() -> Iterator[Connection]:
    with Engine() as engine:
        said = re.search(r"gRPC listening on (\S+)", (engine.work_dir / "output").read_text("utf-8"))
        assert said is not None
        address = {"hyper_address": said[1], "allow_insecure_loopback": True, "transport": "hyper"}
        path = str(engine.database_dir / "lacking.hyper")
        with datacloud_dbapi.connect(**address) as outside:  # type: ignore[arg-type]  # ready keywords
            outside.cursor().execute(f'CREATE DATABASE "{path}"')
        with datacloud_dbapi.connect(**address, hyper_database=path) as connection:  # type: ignore[arg-type]  # as above
            connection.cursor().execute("CREATE TABLE t (a INT NOT NULL, b INT, ASSUMED PRIMARY KEY (a))")
            yield connection


@pytest.mark.parametrize("lacking", LACKING, ids=lambda lacking: lacking.sql)
def test_hyper_lacks_what_is_left_out(bare: Connection, lacking: Lacking) -> None:
    said = "00000"
    try:
        bare.cursor().execute(lacking.sql)
    except datacloud_dbapi.DatabaseError as error:
        said = str(error.sqlstate)
    assert said == lacking.sqlstate


NAMED = [name for lacking in LACKING for name in lacking.capabilities.split()] + list(OF_ITS_NATURE)


def test_each_capability_is_left_out_once() -> None:
    assert sorted(NAMED) == sorted(set(NAMED))
    assert all(lacking.because.endswith(".") for lacking in LACKING)


# Asked by the suite to know what to expect, and not whether to run.
EXPECTED_EITHER_WAY = {"json_deserializer_binary"}


def test_nothing_else_is_left_out() -> None:
    """Whatever the suite asks for is open on a writable emulator, or named with a reason."""
    engine = sa.create_engine("datacloud+emulator:///?writable=true&transport=hyper")
    engine.dialect.create_connect_args(engine.url)
    config = SimpleNamespace(db=engine, options=SimpleNamespace())
    requirements: Any = Requirements()
    asked = {name: getattr(requirements, name, None) for name in asked_by_the_suite() - EXPECTED_EITHER_WAY}
    capabilities = {name: asking for name, asking in asked.items() if isinstance(asking, exclusions.compound)}
    assert len(capabilities) > 100
    closed = {name for name, asking in capabilities.items() if not _is_open(asking, config)}
    named = {*NAMED, *(OF_1_4 if sqlalchemy.__version__ < "2" else ())}
    assert closed <= named
    # And none of them is open by mistake.
    assert closed == capabilities.keys() & named


def asked_by_the_suite() -> set[str]:
    """The capabilities that the tests of this SQLAlchemy's suite name."""
    asked: set[str] = set()
    for path in (Path(exclusions.__file__).parent / "suite").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and _last_name(node.value) in {"requires", "requirements"}:
                asked.add(node.attr)
            elif isinstance(node, ast.Assign) and _last_name(node.targets[0]) == "__requires__":
                asked |= {str(part.value) for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return asked


def _is_open(asking: Any, config: Any) -> bool:
    return bool(asking.enabled_for_config(config))


def _last_name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def test_the_suite_runs_as_it_stands_but_for_what_is_told() -> None:
    assert {capability for capability, _ in {**NEEDS, **NEEDS_OF_1_4}.values()} <= set(NAMED)
    source = Path(__file__).with_name("test_sqlalchemy_suite.py").read_text("utf-8")
    changed = {
        f"{of.name}.{part.name if isinstance(part, ast.FunctionDef) else _last_name(part.targets[0])}"
        for of in ast.walk(ast.parse(source))
        if isinstance(of, ast.ClassDef) and of.bases
        for part in of.body
        if isinstance(part, (ast.FunctionDef, ast.Assign))
    }
    assert changed == set(CHANGED)
