"""What SQLAlchemy's dialect suite may ask of Hyper, on a writable emulator.

`LACKING` lists what it may not, each with the statement that shows why and the SQLSTATE it is answered with: 0A000 is
not supported, 42601 a syntax error, 00000 that it went through, and then `because` says why that does not do. A test
runs each of them. Capabilities that are not named are as SQLAlchemy has them.
Source: wire spec, hyper §1.6-1.7, §3, §4.
"""

# SQLAlchemy's exclusions carry no types.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements


@dataclass(frozen=True)
class Lacking:
    """What Hyper lacks: a statement, what it is answered with, and the capabilities of the suite that need it."""

    sql: str
    sqlstate: str
    because: str
    capabilities: str


# `t` is a table `(a INT, b INT, ASSUMED PRIMARY KEY (a))`, `j` one `(j JSON)`.
LACKING = (
    # --- tables ---
    Lacking(
        "CREATE TEMPORARY TABLE x (a INT)",
        "25006",
        "There are no temporary tables.",
        "create_temp_table_as temporary_tables temp_table_reflection temp_table_reflect_indexes temp_table_names "
        "has_temp_table temp_table_comment_reflection",
    ),
    Lacking(
        "CREATE VIEW x AS SELECT a FROM t",
        "0A000",
        "There are no views.",
        "views view_reflection view_column_reflection create_or_replace_view",
    ),
    Lacking("CREATE TEMPORARY VIEW x AS SELECT a FROM t", "42P17", "There are no temporary views.", "temporary_views"),
    Lacking(
        "CREATE MATERIALIZED VIEW x AS SELECT a FROM t",
        "42601",
        "There are no materialized views.",
        "materialized_views materialized_views_reflect_pk",
    ),
    Lacking(
        "CREATE INDEX x ON t (a)",
        "0A000",
        "There are no indexes.",
        "index_reflection index_ddl_if_exists indexes_with_ascdesc reflect_indexes_with_ascdesc "
        "reflect_indexes_with_ascdesc_as_expression indexes_with_expressions reflect_indexes_with_expressions "
        "indexes_check_column_order index_reflects_included_columns foreign_keys_reflect_as_index "
        "unique_constraints_reflect_as_index unique_index_reflect_as_unique_constraints",
    ),
    Lacking("CREATE SEQUENCE x", "0A000", "There are no sequences.", "sequences sequences_optional"),
    Lacking(
        "COMMENT ON TABLE t IS 'x'",
        "42601",
        "Columns alone take comments, and the catalog does not show them.",
        "comment_reflection comment_reflection_full_unicode constraint_comment_reflection",
    ),
    # --- keys: `ASSUMED`, declared and not enforced ---
    Lacking(
        "CREATE TABLE x (a INT, CONSTRAINT k ASSUMED PRIMARY KEY (a))",
        "0A000",
        "Keys take no names.",
        "named_constraints implicitly_named_constraints reflects_pk_names foreign_key_constraint_name_reflection "
        "unique_constraint_name_reflection",
    ),
    Lacking(
        "CREATE TABLE x (a INT, ASSUMED FOREIGN KEY (a) REFERENCES t (a) ON DELETE CASCADE)",
        "0A000",
        "A key that is not enforced has no ON DELETE.",
        "recursive_fk_cascade foreign_key_constraint_option_reflection_ondelete "
        "fk_constraint_option_reflection_ondelete_restrict fk_constraint_option_reflection_ondelete_noaction",
    ),
    Lacking(
        "CREATE TABLE x (a INT, ASSUMED FOREIGN KEY (a) REFERENCES t (a) ON UPDATE CASCADE)",
        "0A000",
        "A key that is not enforced has no ON UPDATE.",
        "on_update_cascade non_updating_cascade foreign_key_constraint_option_reflection_onupdate "
        "fk_constraint_option_reflection_onupdate_restrict on_update_or_deferrable_fks",
    ),
    Lacking(
        "CREATE TABLE x (a INT, ASSUMED FOREIGN KEY (a) REFERENCES t (a) DEFERRABLE)",
        "42601",
        "A key that is not enforced cannot be deferred.",
        "deferrable_fks",
    ),
    Lacking(
        "CREATE TABLE x (c INT, ASSUMED FOREIGN KEY (c, c) REFERENCES t (a, b))",
        "42601",
        "A foreign key refers to a primary key; the suite's refers to another one.",
        "repeated_column_foreign_keys",
    ),
    Lacking(
        "CREATE TABLE x (a INT, b INT, ASSUMED FOREIGN KEY (a, b) REFERENCES t (a, a))",
        "42601",
        "A foreign key refers to a primary key, whose columns differ.",
        "repeated_remote_col_foreign_keys",
    ),
    Lacking(
        "INSERT INTO t (a) VALUES (1), (1)",
        "00000",
        "Two rows with one key go in: keys are not enforced.",
        "duplicate_key_raises_integrity_error",
    ),
    Lacking(
        "CREATE TABLE x (a INT CHECK (a > 0))",
        "0A000",
        "There are no CHECK constraints.",
        "check_constraint_reflection inline_check_constraint_reflection",
    ),
    Lacking(
        "CREATE TABLE x (a INT GENERATED ALWAYS AS IDENTITY)",
        "42601",
        "No keys are generated.",
        "autoincrement_insert autoincrement_without_sequence dbapi_lastrowid identity_columns "
        "identity_columns_standard",
    ),
    Lacking(
        "CREATE TABLE x (a INT, b INT GENERATED ALWAYS AS (a + 1) STORED)",
        "42601",
        "No columns are computed.",
        "computed_columns computed_columns_stored computed_columns_virtual computed_columns_default_persisted "
        "computed_columns_reflect_persisted",
    ),
    Lacking(
        "INSERT INTO t DEFAULT VALUES",
        "42601",
        "A key must be given, as none is generated.",
        "empty_inserts empty_inserts_executemany",
    ),
    # --- statements ---
    Lacking(
        "WITH x AS (INSERT INTO t (a) VALUES (1) RETURNING a) SELECT a FROM x",
        "42601",
        "A CTE only reads.",
        "ctes_on_dml",
    ),
    Lacking(
        "SELECT a FROM t LIMIT 1 + 1",
        "42601",
        "LIMIT, OFFSET and FETCH take a number.",
        "sql_expression_limit_offset fetch_expression",
    ),
    Lacking(
        "SELECT a FROM t WHERE (a, b) IN ((1, 2))",
        "0A000",
        "There are no rows as values: the dialect compares them part by part, but not in a text of the user's own.",
        "row_values",
    ),
    Lacking("SELECT a FROM t FETCH FIRST 10 PERCENT ROWS ONLY", "42601", "FETCH counts rows.", "fetch_percent"),
    Lacking("CREATE TABLE x (a TIME WITH TIME ZONE)", "0A000", "A time has no zone.", "time_timezone"),
    Lacking(
        "CREATE TABLE x (a INT[][])",
        "0A000",
        "Arrays have one dimension, and the suite has no table with such alone.",
        "array_type",
    ),
    Lacking(
        "BEGIN",
        "0A000",
        "Each statement is committed when it has run.",
        "transactions skip_autocommit_rollback two_phase_transactions",
    ),
    Lacking("SAVEPOINT x", "0A000", "There are no transactions.", "savepoints"),
    Lacking(
        "SET search_path = x",
        "0A000",
        "The engine keeps nothing between two statements.",
        "default_schema_name_switch",
    ),
)

# What no statement shows.
OF_ITS_NATURE = {
    "table_oids": "The suite asks PostgreSQL alone for the OIDs of tables, by its name.",
    "denormalized_names": "Names are folded to lower case, as SQLAlchemy has them; this is for upper case.",
    "server_side_cursors": "Every cursor reads page by page; the suite knows another kind of some drivers by name.",
}

# On SQLAlchemy 1.4 alone.
OF_1_4 = {
    "sane_rowcount_w_returning": "SQLAlchemy 1.4 reads one row of an UPDATE's; the count comes with the last.",
}

_opened: Any = property(lambda self: exclusions.open())


def _closed(name: str, because: str) -> Any:
    """A capability that is not there; the tests it leaves out are reported with its name and the reason."""
    reason = exclusions.BooleanPredicate(True, f"{name}: {because}")
    return property(lambda self: exclusions.skip_if(reason))


class Requirements(SuiteRequirements):
    """Of the dialect `datacloud`: what Hyper has beyond what the suite takes for granted, less what is `LACKING`."""

    create_table_as = table_ddl_if_exists = _opened
    table_value_constructor = boolean_col_expressions = nullsordering = intersect = except_ = _opened
    window_functions = window_range = window_range_numeric = window_range_non_numeric = _opened
    ctes = ctes_with_update_delete = ctes_with_values = tuple_in = tuple_in_w_empty = _opened
    schemas = schema_reflection = schema_create_delete = cross_schema_fk_reflection = _opened
    # Tables have no options: that is what is reflected.
    reflect_table_options = implicit_default_schema = reflect_tables_no_columns = column_collation_reflection = _opened
    unicode_ddl = datetime_interval = datetime_literals = datetime_timezone = _opened
    timestamp_microseconds = datetime_historic = datetime_timezone_historic = date_historic = _opened
    json_type = legacy_unconditional_json_extract = nvarchar_types = standalone_binds = _opened
    precision_numerics_enotation_small = precision_numerics_many_significant_digits = _opened
    precision_numerics_enotation_large = _opened
    precision_numerics_retains_significant_digits = infinity_floats = _opened
    float_or_double_precision_behaves_generically = server_defaults = expression_server_defaults = _opened
    aggregate_order_by = update_from = delete_from = mod_operator_as_percent_sign = percent_schema_names = _opened
    order_by_label_with_expression = supports_distinct_on = _opened
    regexp_match = regexp_replace = fetch_first = fetch_ties = fetch_no_order_by = fetch_offset_with_options = _opened
    supports_bitwise_or = supports_bitwise_and = supports_bitwise_not = supports_bitwise_xor = _opened
    supports_bitwise_shift = supports_is_distinct_from = _opened
    uuid_data_type = _opened
    autocommit = isolation_level = _opened

    def get_order_by_collation(self, config: Any) -> str:
        return "POSIX"

    def get_isolation_levels(self, config: Any) -> dict[str, Any]:
        return {"default": "AUTOCOMMIT", "supported": ["AUTOCOMMIT"]}


for _lack in LACKING:
    for _name in _lack.capabilities.split():
        setattr(Requirements, _name, _closed(_name, _lack.because))
for _name, _because in {**OF_ITS_NATURE, **(OF_1_4 if sqlalchemy.__version__ < "2" else {})}.items():
    setattr(Requirements, _name, _closed(_name, _because))
