"""The map of who may import whom, held against the code. Source: the project's style, §2.

Driver and emulator share no code, so that one misreading of the wire cannot pass on both sides.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("datacloud_dbapi", "datacloud_sqlalchemy", "datacloud_emulator")

# Layers of the driver, lowest first. A module may import its own layer and those it lists here, nothing else of ours.
MAY_IMPORT: dict[str, set[str]] = {
    "error_bodies": set(),
    "errors": {"error_bodies"},
    "credentials": {"errors"},
    "dsn": {"errors"},
    "events": set(),
    "params": {"errors", "events", "dsn", "credentials"},
    "profiles": {"errors", "credentials", "dsn", "params"},
    "types": {"errors"},
    "page": {"types", "errors"},
    "lexer": {"errors"},
    "rows": set(),
    "scalars": {"errors"},
    "literals": {"errors", "scalars"},
    "binding": {"errors", "lexer", "literals", "scalars", "page", "types"},
    "timestamps": set(),
    "exact_json": set(),
    "typed_json": {"errors", "exact_json", "page"},
    "decode": {"error_bodies", "errors", "page", "types", "timestamps", "typed_json"},
    "result": {"errors", "page", "types", "decode", "typed_json"},
    "flow": {"errors", "events", "params", "dsn", "page", "flow"},
    "auth": {"error_bodies", "errors", "events", "credentials", "params", "dsn", "flow", "auth"},
    "transports": {
        *("error_bodies", "errors", "events", "lexer", "params", "dsn", "page", "types", "scalars", "binding"),
        *("arrow_stream", "exact_json", "typed_json", "flow", "auth", "transports"),
    },
    "services": {
        *("errors", "params", "page", "types", "scalars", "exact_json", "decode", "frames"),
        *("flow", "auth", "transports", "services"),
    },
    "engagement": {
        *("error_bodies", "errors", "params", "profiles", "page", "types", "timestamps", "exact_json", "decode"),
        *("frames", "flow", "auth", "transports", "services", "engagement"),
    },
    "webhooks": {"errors", "exact_json", "timestamps", "webhooks"},
    "arrow_stream": {"errors"},
    "arrow": {"errors", "page", "types", "decode", "arrow_stream"},
    "frames": {"errors", "page", "result", "arrow"},
    "partition": {"errors"},
    "tracing": {"errors", "params"},
    "base_cursor": {
        *("errors", "params", "page", "types", "flow", "transports", "binding", "result", "rows"),
        *("frames", "partition", "events", "tracing"),
    },
    "cursor": {"base_cursor", "errors", "params", "page", "flow", "transports", "result", "frames", "partition"},
    "connection": {"errors", "params", "profiles", "flow", "auth", "transports", "services", "cursor", "partition"},
    # The other face borrows the Base classes of connection and cursor.
    "aio": {
        *("base_cursor", "connection", "errors", "params", "page", "flow", "transports", "services", "result"),
        *("frames", "partition", "profiles"),
    },
    "cli": {
        *("datacloud_dbapi", "errors", "credentials", "params", "profiles", "dsn", "page", "types"),
        *("services", "flow", "auth", "engagement", "cli"),
    },
    "__init__": {"errors", "events", "flow", "types", "rows", "base_cursor", "cursor", "connection"},
}
# Doors from one package to another; each is opened only when it is used.
DOORS = {
    ("datacloud_sqlalchemy/emulator.py", "datacloud_emulator"),
    ("datacloud_dbapi/cli/", "datacloud_emulator"),
}
# What loads only when used, and who may use it.
HEAVY: dict[str, tuple[str, ...]] = {
    "httpx": ("datacloud_dbapi/flow/", "datacloud_emulator/doors/", "datacloud_emulator/webhooks.py"),
    "starlette": ("datacloud_dbapi/webhooks/receiver.py",),
    "anyio": ("datacloud_dbapi/webhooks/receiver.py", "datacloud_emulator/doors/"),
    "isal": ("datacloud_dbapi/flow/body.py",),
    "msgspec": ("datacloud_dbapi/typed_json.py", "datacloud_emulator/"),
    "sqlalchemy": ("datacloud_sqlalchemy/",),
    "alembic": ("datacloud_sqlalchemy/migrations.py",),
    "pandas": (),
    "polars": (),
    "click": ("datacloud_dbapi/cli/",),
    "rich": ("datacloud_dbapi/cli/",),
    "pyarrow": ("datacloud_emulator/", "datacloud_dbapi/arrow.py", "datacloud_dbapi/cli/"),
    "grpc": ("datacloud_emulator/", "datacloud_dbapi/flow/grpc_channel.py"),
    "tableauhyperapi": ("datacloud_emulator/",),
    "jwt": ("datacloud_dbapi/auth/jwt_bearer.py", "datacloud_emulator/"),
    "cryptography": ("datacloud_dbapi/auth/jwt_bearer.py", "datacloud_emulator/"),
    "shillelagh": ("datacloud_dbapi/engagement/sql/",),
    "apsw": ("datacloud_dbapi/engagement/sql/",),
    "keyring": ("datacloud_dbapi/auth/cache.py",),
}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path, *, at_run_time: bool = False) -> list[str]:
    """Every module, or name of one, that a file imports at the top, in a function, and for types unless told not to."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if at_run_time:
        tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who is named"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=name)
def test_packages_import_only_what_the_map_allows(path: Path) -> None:
    allowed = {
        "datacloud_dbapi": {"datacloud_dbapi"},
        "datacloud_sqlalchemy": {"datacloud_sqlalchemy", "datacloud_dbapi"},
        "datacloud_emulator": {"datacloud_emulator"},
    }[path.relative_to(ROOT).parts[0]]
    allowed = allowed | {target for source, target in DOORS if name(path).startswith(source)}
    for imported in imports(path):
        top = imported.partition(".")[0]
        if top in PACKAGES:
            assert top in allowed, f"{name(path)} imports {imported}"
    for imported in imports(path, at_run_time=True):
        users = HEAVY.get(imported.partition(".")[0])
        assert users is None or name(path).startswith(users), f"{name(path)} imports {imported}"


@pytest.mark.parametrize("path", [p for p in modules() if p.relative_to(ROOT).parts[0] == "datacloud_dbapi"], ids=name)
def test_the_drivers_layers_point_downward(path: Path) -> None:
    parts = path.relative_to(ROOT / "datacloud_dbapi").with_suffix("").parts
    layer = parts[0]
    assert layer in MAY_IMPORT, f"{name(path)}: give this room a place on the map"
    for imported in imports(path):
        own, _, rest = imported.partition(".")
        if own == "datacloud_dbapi":
            room = rest.partition(".")[0]
            target = room if room in MAY_IMPORT else "datacloud_dbapi"
            assert target in MAY_IMPORT[layer], f"{name(path)} imports {imported}"


def test_the_map_names_no_room_that_is_gone() -> None:
    rooms = {path.stem if path.is_file() else path.name for path in (ROOT / "datacloud_dbapi").iterdir()}
    assert set(MAY_IMPORT) <= rooms


@pytest.mark.parametrize("folder", ["datacloud_dbapi/engagement", "datacloud_emulator/engagement"])
def test_no_circle_leads_through_account_engagement(folder: str) -> None:
    rooms = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / folder).rglob("*.py")
    }
    graph = {}
    for room, path in rooms.items():
        # What follows `import` is a module, or a name of the one before.
        named = {found if found in rooms else found.rpartition(".")[0] for found in imports(path)}
        graph[room] = named & set(rooms)
    assert sum(map(len, graph.values())) > len(rooms)  # it was read at all
    TopologicalSorter(graph).prepare()  # CycleError, which names the circle
