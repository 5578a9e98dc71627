"""Where SQLAlchemy's suite is not run as it stands: `Class.part`, a test or what several of its tests call.

`NEEDS` has the tests that need more than the capability they name: what, and why. All that is needed is in `LACKING`.
`CHANGED` has what runs in another way, and why; how stands in `test_sqlalchemy_suite.py`.
"""

from __future__ import annotations

NEEDS: dict[str, tuple[str, str]] = {
    "AutocommitIsolationTest.test_autocommit_off": ("transactions", "Turns autocommit off."),
    "AutocommitIsolationTest.test_autocommit_on": ("transactions", "Turns autocommit off again."),
    "AutocommitIsolationTest.test_dialect_autocommit_is_restored": ("transactions", "Turns autocommit off."),
    "AutocommitIsolationTest.test_turn_autocommit_off_via_default_iso_level": (
        "transactions",
        "Turns autocommit off again.",
    ),
    "ComponentReflectionTest.test_get_unique_constraints": (
        "unique_constraint_name_reflection",
        "Looks for the names the keys were given.",
    ),
    "ComponentReflectionTest.test_get_unique_constraints_quoted_name": (
        "unique_constraint_name_reflection",
        "Looks for the names the keys were given.",
    ),
    "ComponentReflectionTest.test_get_view_names": ("view_reflection", "Looks for views."),
    **{
        f"ExpandingBoundInTest.test_bound_in_heterogeneous_two_tuple_{kind}": (
            "row_values",
            "The dialect writes out comparisons of rows, and cannot in a text of the user's own.",
        )
        for kind in ("text_bindparam", "text_bindparam_non_tuple", "typed_bindparam_non_tuple")
    },
    **{
        f"InsertBehaviorTest.{test}": (
            "autoincrement_insert",
            "Looks for what a key that the database generates leaves behind.",
        )
        for test in (
            "test_autoclose_on_insert_implicit_returning",
            "test_insert_from_select_autoinc",
            "test_insert_from_select_autoinc_no_rows",
        )
    },
    "IsolationLevelTest.test_non_default_isolation_level": ("transactions", "Wants a level that is not AUTOCOMMIT."),
    "IsolationLevelTest.test_dialect_user_setting_is_restored": (
        "transactions",
        "Wants a level that is not AUTOCOMMIT.",
    ),
    "LongNameBlowoutTest.ix": ("index_reflection", "Looks for the name an index was given."),
    "LongNameBlowoutTest.uq": ("unique_constraint_name_reflection", "Looks for the name a key was given."),
    **{
        f"PostCompileParamsTest.test_execute_tuple_expanding_plus_literal_{kind}": (
            "row_values",
            "Wants the very text `(x, y) IN ((5, 10), (12, 18))`.",
        )
        for kind in ("execute", "heterogeneous_execute")
    },
    "TableNoColumnsTest.test_get_columns_view_no_columns": ("views", "Makes its view before it asks for views."),
    "TableNoColumnsTest.test_reflect_view_no_columns": ("views", "Makes its view before it asks for views."),
}

# The same, of tests that have come to name their capability since.
NEEDS_OF_1_4: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "ComponentReflectionTest.test_get_indexes",
            "HasIndexTest.test_has_index",
            "HasIndexTest.test_has_index_schema",
            "QuotedNameArgumentTest.test_get_indexes",
        ),
        ("index_reflection", "SQLAlchemy 1.4: looks for an index."),
    ),
    "ComponentReflectionTest.test_get_table_oid": ("table_oids", "SQLAlchemy 1.4: runs on PostgreSQL only."),
}

CHANGED = {
    "ComponentReflectionTest.exp_ucs": "Expects the name a unique key was given; of foreign keys it would take any.",
    "ComponentReflectionTest.test_get_table_names": "SQLAlchemy 1.4: some cases look for views; they are left out.",
    "HasTableTest.define_views": "Asks whether there is a capability `views`, and not whether it is open.",
    "JSONTest.run_create_tables": "Hyper may compute a WHERE, and fail, for deleted rows: each test has its own table.",
    "TableViaSelectTest.test_without_metadata": "Its case `use_schema1` names schemas only, and makes a view.",
    "WindowFunctionTest.test_window_range": "Expects an order and asks for none; here it asks for one.",
    "WindowFunctionTest.test_window_range_numeric": "Expects an order and asks for none; here it asks for one.",
}
