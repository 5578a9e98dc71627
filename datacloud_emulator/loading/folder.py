"""Which files make up a data space: one object per file, named by the file's stem, and what `catalog.toml` adds.

A sub-folder named like the data space is used instead of its folder. Nothing is opened here but `catalog.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading import catalog_file
from datacloud_emulator.loading.catalog_file import CatalogFile, ColumnEntry, CsvOptions

CSV_SUFFIXES = frozenset({".csv"})
ARROW_SUFFIXES = frozenset({".arrow", ".feather", ".arrows"})
PARQUET_SUFFIXES = frozenset({".parquet"})
SUFFIXES = CSV_SUFFIXES | ARROW_SUFFIXES | PARQUET_SUFFIXES

# Files that look like data, so that passing them over in silence would lose a table.
_PACKED = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip", ".br", ".lz4"})
_OTHER_DATA = frozenset({".tsv", ".psv", ".xls", ".xlsx", ".jsonl", ".ndjson", ".orc", ".avro", ".hyper"})


@dataclass(frozen=True)
class SourceFile:
    """One object's file, how its CSV text is read, and the types `catalog.toml` gives its columns."""

    name: str
    path: Path
    csv: CsvOptions
    columns: dict[str, ColumnEntry]
    catalog_path: Path | None = None


@dataclass(frozen=True)
class Source:
    """Everything one data space is loaded from."""

    files: tuple[SourceFile, ...]
    catalogs: tuple[CatalogFile, ...]


def find(paths: Sequence[Path], dataspace: str) -> Source:
    """The files of a data space in `paths` (folders or single files). Raises DataLoadError when there is none."""
    files: list[SourceFile] = []
    catalogs: list[CatalogFile] = []
    for path in paths:
        found, catalog = _in_path(path, dataspace)
        files += found
        if catalog is not None:
            catalogs.append(catalog)
    if not files:
        where = ", ".join(map(str, paths)) or "an empty list"
        raise DataLoadError(f"{where}: no data file here; an object is a file NAME.csv, .parquet, .arrow or .feather")
    _check_unique(files)
    return Source(tuple(files), tuple(catalogs))


def _in_path(path: Path, dataspace: str) -> tuple[list[SourceFile], CatalogFile | None]:
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise DataLoadError(f"{path}: not a CSV, Parquet or Arrow file; {_how_to_unpack(path)}")
        return [_source_file(path, None)], None
    if not path.is_dir():
        missing = "is neither a file nor a folder" if path.exists() else "there is no such file or folder"
        parent = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        near = catalog_file.nearest(path.name, parent) if len(parent) > 12 or not path.exists() else ""
        raise DataLoadError(f"{path}: {missing}{near if 'did you mean' in near else ''}")
    own = path / dataspace
    if own.is_dir() and _has_data(own):
        path = own
    listed = sorted(path.iterdir())
    for item in listed:
        if item.is_file() and _looks_like_data(item):
            raise DataLoadError(f"{item}: cannot be loaded as it is; {_how_to_unpack(item)}")
    catalog_path = path / catalog_file.FILE_NAME
    catalog = catalog_file.read(catalog_path) if catalog_path.is_file() else None
    files = [item for item in listed if item.is_file() and item.suffix.lower() in SUFFIXES]
    _check_names(catalog, files)
    return [_source_file(item, catalog) for item in files], catalog


def _has_data(path: Path) -> bool:
    return any(item.suffix.lower() in SUFFIXES for item in path.iterdir())


def _looks_like_data(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = len(suffixes) > 1 and suffixes[-1] in _PACKED and suffixes[-2] in SUFFIXES | _OTHER_DATA
    return packed or path.suffix.lower() in _OTHER_DATA


def _how_to_unpack(path: Path) -> str:
    if path.suffix.lower() in _PACKED:
        return "unpack it beside its folder's other files and remove the packed one"
    return "save it as CSV, Parquet or Arrow"


def _source_file(path: Path, catalog: CatalogFile | None) -> SourceFile:
    name = path.stem
    if not name.strip():
        raise DataLoadError(f"{path}: the file's name gives the object no name; rename it")
    if catalog is None:
        return SourceFile(name, path, CsvOptions(), {})
    entry = catalog.objects.get(name)
    return SourceFile(name, path, catalog.csv_options(name), dict(entry.columns) if entry else {}, catalog.path)


def _check_names(catalog: CatalogFile | None, files: Iterable[Path]) -> None:
    """An entry for an object without file is told before anything is loaded."""
    stems = [path.stem for path in files]
    for name in catalog.objects if catalog else ():
        if catalog is not None and name not in stems and name not in catalog.insights:
            near = catalog_file.nearest(name, stems)
            raise DataLoadError(f"{catalog.path}: objects.{name}: there is no file of that name{near}")


def _check_unique(files: Iterable[SourceFile]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        other = seen.setdefault(file.name.casefold(), file.path)
        if other != file.path:
            raise DataLoadError(
                f"{file.path}: gives the object {file.name!r}, and so does {other}; rename or remove one of them"
                " (names match in any case)"
            )
