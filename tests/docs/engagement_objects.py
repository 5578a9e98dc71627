"""Writes docs/engagement/objects.md from the catalogue: `python -m tests.docs.engagement_objects`."""

from __future__ import annotations

from collections.abc import Iterator

from datacloud_dbapi.engagement.catalogue import ObjectType, catalogue
from tests.docs.pages import DOCS

PAGE = DOCS / "engagement" / "objects.md"
OPENING = """\
# Every object

Made from the catalogue that is shipped with the package. What is marked here runs against the emulator over a socket in
`tests/contract/engagement`; what is not is refused before anything is sent.

| object | attribute | query | read | create | update | delete | recycle bin | tags | other calls | exports |
|---|---|---|---|---|---|---|---|---|---|---|
"""
NEXT = """
`account` is one record, and read without an id. `LifecycleStageProspect` is exported only. Not in version 5, though
older versions had it: links of opportunities to prospects, page actions, profiles and their criteria, clicks on
e-mails, visitor referrers, identified companies, competitors. A call `copyToCms` is said to exist; nobody tells what it
takes, and it is left out.

## Fields

A field marked `*` is needed to create a record, `+` may be given to create, `~` to update; (read) is not on a query,
but on read and in exports; (write) is never answered. `campaign.…` stands for the fields of the related object.
"""
TAGS = {"addTag", "removeTag"}


def row(one: ObjectType) -> str:
    operations = ["query", "read", "create", "update", "delete"]
    others = [name for name in one.actions if name not in TAGS]
    # Of `Prospect/FilterByUpdatedAt` what it filters by.
    exports = [name.partition("/FilterBy")[2] for name in one.exports]
    cells = [
        one.name,
        f"`{one.table}`" if one.table else "",
        *("✓" if name in one.operations else "" for name in operations),
        "✓" if one.deleted_parameter and one.recycle_bin else "",
        "✓" if one.actions.keys() >= TAGS else "",
        ", ".join(f"`{name}`" for name in others),
        ", ".join(name[0].lower() + name[1:] for name in exports),
    ]
    return f"| {' | '.join(cells)} |"


def fields(one: ObjectType) -> Iterator[str]:
    by_type: dict[str, list[str]] = {}
    for field in one.fields.values():
        marks = {"required": "*", "optional": "+"}.get(field.create or "", "") + ("~" if field.update else "")
        name = f"{field.name}.…" if field.nested else field.name
        use = " (write)" if not field.read else "" if field.query else " (read)"
        target = f" → {field.reference}" if field.nested and field.reference else ""
        by_type.setdefault(field.type, []).append(f"`{name}`{marks}{target}{use}")
    for kind, names in by_type.items():
        yield f"- {kind}: {', '.join(names)}"


def filters(one: ObjectType) -> str:
    """Each field that can be filtered, with the suffixes that it has beside its bare name."""
    found: dict[str, list[str]] = {}
    for filter_ in one.filters.values():
        found.setdefault(filter_.field, []).append(filter_.name.removeprefix(filter_.field))
    return ", ".join(f"`{name}`" + (" …" if len(suffixes) > 1 else "") for name, suffixes in found.items())


def section(one: ObjectType) -> Iterator[str]:
    yield f"\n### {one.name}\n"
    yield from fields(one)
    if one.filters:
        yield f"\nFilters (… with suffixes): {filters(one)}"
    if one.order_by:
        yield f"\nOrdered by: {', '.join(f'`{name}`' for name in one.order_by)}"


def page() -> str:
    every = list(catalogue().objects.values())
    table = "\n".join(row(one) for one in every)
    sections = "\n".join(line for one in every if one.fields for line in section(one))
    return f"{OPENING}{table}\n{NEXT}{sections}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
