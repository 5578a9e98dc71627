"""The bundled sample org: regenerating it gives what is checked in, and what is checked in is shaped as the service's.

Source of names, types, keys and key qualifiers: wire spec, metadata §2-3.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datacloud_emulator.loading import catalog_file
from datacloud_emulator.sample_org import generator

from .sample_org_rows import CATALOG, FOLDER, OBJECTS, rows, table

# ── The files ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_regenerating_gives_the_checked_in_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main([str(tmp_path)]) == 0
    assert str(tmp_path) in capsys.readouterr().out
    assert sorted(path.stem for path in tmp_path.glob("*.parquet")) == OBJECTS
    for name in OBJECTS:
        again = pq.read_table(tmp_path / f"{name}.parquet")
        assert again.schema.equals(table(name).schema), name
        assert again.equals(table(name)), name


def test_a_row_with_a_misspelled_or_missing_column_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Segment_Id__c'.*on one side only"):
        generator._table("Individual_Unified_SM_1767225600000__dlm", [{"Id__c": "x", "segment_id__c": "y"}])


def test_the_folder_is_small_and_the_org_is_tens_of_thousands_of_rows() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 3_000_000
    assert 60_000 < sum(table(name).num_rows for name in OBJECTS) < 85_000


def test_every_object_and_field_is_named_as_the_service_names_them() -> None:
    for name in OBJECTS:
        assert name.endswith(("__dlm", "__dll")), name
        for column in table(name).column_names:
            assert column.endswith("__c"), (name, column)
            # A standard DMO's fields are standard but for key qualifiers and the two custom ones.
            if name.startswith("ssot__") and not column.startswith(("ssot__", "KQ_")):
                assert column in {"LoyaltyTier__c", "MemberSince__c"}, (name, column)


def test_columns_have_the_five_field_types_of_the_service() -> None:
    seen = Counter(str(field.type) for name in OBJECTS for field in table(name).schema)
    assert set(seen) == {"string", "decimal128(38, 18)", "date32[day]", "timestamp[us, tz=UTC]", "bool"}


def test_system_columns_are_filled() -> None:
    organization = None
    for name in OBJECTS:
        columns = set(table(name).column_names)
        if name.endswith("__dll"):
            expected = {"DataSource__c", "DataSourceObject__c", "InternalOrganization__c", "cdp_sys_SourceVersion__c"}
        elif name.startswith(("Unified", "Individual_Unified_SM_")):
            continue  # made by the service: they come from no source
        else:
            expected = {"ssot__DataSourceId__c", "ssot__DataSourceObjectId__c", "ssot__InternalOrganizationId__c"}
        assert expected <= columns, name
        for row in rows(name):
            source = row.get("ssot__DataSourceId__c", row.get("DataSource__c"))
            owner = row.get("ssot__InternalOrganizationId__c", row.get("InternalOrganization__c"))
            assert source in {"Salesforce_Home", "WebShop", "LoyaltyProgram", "MarketingCloud"}
            assert (owner is not None) == (source == "Salesforce_Home"), name
            organization = organization or owner
            assert owner in {None, organization}
    assert organization is not None
    assert organization.startswith("00D")


def test_the_readme_counts_the_rows() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    counted = {
        name: int(count.replace(",", "")) for name, count in re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", readme, re.M)
    }
    assert counted == {name: table(name).num_rows for name in OBJECTS}


# ── Keys and relationships ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", OBJECTS)
def test_the_primary_key_is_complete_and_unique(name: str) -> None:
    key = CATALOG.objects[name].primary_key
    assert key, "the catalog names no key"
    values = [tuple(row[column] for column in key) for row in rows(name)]
    assert not any(None in value for value in values)
    assert len(set(values)) == len(values)


def _companion(column: str, columns: list[str]) -> str | None:
    """`KQ_Id__c` of `ssot__Id__c`. Source: wire spec, metadata §3."""
    name = "KQ_" + column.removeprefix("ssot__")
    return name if name in columns else None


@pytest.mark.parametrize(
    "edge", CATALOG.relationships, ids=lambda edge: f"{'.'.join(edge.source)}-{'.'.join(edge.target)}"
)
def test_every_reference_hits(edge: catalog_file.RelationshipEntry) -> None:
    (source, column), (target, key) = edge.source, edge.target
    source_columns = [column, *filter(None, [_companion(column, table(source).column_names)])]
    target_columns = [key, *filter(None, [_companion(key, table(target).column_names)])]
    width = min(len(source_columns), len(target_columns))  # compare key qualifiers where both sides have them
    references = [tuple(row[c] for c in source_columns[:width]) for row in rows(source) if row[column] is not None]
    known = Counter(tuple(row[c] for c in target_columns[:width]) for row in rows(target))
    assert references
    assert set(references) <= set(known)
    assert set(known.values()) == {1}, "the referenced column is not unique"
    if edge.cardinality == "ONETOONE":
        assert Counter(references) == known
    else:
        assert edge.cardinality == "NTOONE"


def test_key_qualifiers_name_the_source_that_has_one_configured() -> None:
    qualifiers = {"WebShop": "WebShop", "LoyaltyProgram": "Loyalty", "Salesforce_Home": None, "MarketingCloud": None}
    seen = set()
    for name in OBJECTS:
        columns = table(name).column_names
        for qualifier in (column for column in columns if column.startswith("KQ_")):
            bare = qualifier.removeprefix("KQ_")
            assert bare in columns or f"ssot__{bare}" in columns, (name, qualifier)
            for row in rows(name):
                source = row.get("ssot__DataSourceId__c", row.get("DataSource__c"))
                if qualifier == "KQ_Id__c" and source is not None:
                    assert row[qualifier] == qualifiers[source], name
                seen.add(row[qualifier])
    assert seen == {None, "WebShop", "Loyalty"}


def _checked(short: str) -> str:
    """A 15-character record id made 18: one of 32 signs for each five letters, the first letter's bit the lowest."""
    signs = ""
    for block in re.findall(".{5}", short):
        bits = "".join("1" if "A" <= letter <= "Z" else "0" for letter in reversed(block))
        signs += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[int(bits, 2)]
    return short + signs


def test_record_ids_carry_the_right_checksum() -> None:
    assert _checked("001D000000IqhSL") == "001D000000IqhSLIAZ"  # an id printed in the vendor's REST API guide
    for name, prefix in (
        ("ssot__Individual__dlm", "003"),
        ("ssot__SalesOrder__dlm", "801"),
        ("Contact_Home__dll", "003"),
    ):
        key = CATALOG.objects[name].primary_key[0]
        ids = [row[key] for row in rows(name) if len(row[key]) == 18]
        assert len(ids) > 1_000
        for value in ids:
            assert value.startswith(prefix)
            assert value == _checked(value[:15])
