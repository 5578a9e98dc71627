"""catalog.toml, and the catalog made of it and the files. Source: wire spec, metadata §2-3."""

from __future__ import annotations

from pathlib import Path

import pytest

from datacloud_emulator.catalog import Insight, Measure, ObjectKind, Relationship, label_of
from datacloud_emulator.engine.sql_types import ResultColumn, SqlType
from datacloud_emulator.errors import DataLoadError
from datacloud_emulator.loading.catalog_file import CsvOptions, nearest, read

from .conftest import Serve, rows

FULL = """
[csv]
null_values = ["", "NA"]

[objects.ssot__Individual__dlm]
label = "Person"
category = "Profile"
primary_key = ["ssot__Id__c"]
reference_model = "Individual"
indexes = [["ssot__LastName__c", "ssot__Id__c"]]

[objects.ssot__Individual__dlm.columns.ssot__Id__c]
label = "Individual Id"
type = "VARCHAR(18)"
key_qualifier = "KQ_Id__c"
business_type = "TEXT"

[[relationships]]
from = "Orders__dll.Buyer__c"
to = "ssot__Individual__dlm.ssot__Id__c"

[[relationships]]
from = "Orders__dll.Id__c"
to = "ssot__Individual__dlm.ssot__LastName__c"
cardinality = "ONETOONE"

[insights.Spend__cio]
label = "Spend per person"
sql = '''
SELECT BUYER__c AS CustomerId__c, MIN(Buyer__c) AS First__c, SUM(Amount__c) AS Total__c -- per buyer
FROM ORDERS__DLL GROUP BY 1;
'''
dimensions = ["CustomerId__c", "First__c"]
partition_by = "CustomerId__c"
measures.Total__c = { label = "Total spend", rollupable = false }
columns.CustomerId__c = { label = "Customer" }

[insights.Top__cio]
sql = "SELECT MAX(total__c) AS Most__c FROM spend__cio"
"""
FILES = {
    "ssot__Individual__dlm.csv": "ssot__Id__c,KQ_Id__c,ssot__LastName__c\nP1,crm,Ng\nP2,,NA\n",
    "Orders__dll.csv": "Id__c,Buyer__c,Amount__c\n1,P1,1.50\n2,P1,2.25\n3,P2,10\n",
    "plain.csv": "ssot__x__c,KQ_x__c\n1,2\n",
    "Old__cio_DAY.csv": "Day__c,Count__c\n2020-01-01,3\n",
}


def test_everything_a_catalog_says(serve: Serve) -> None:
    dataspace = serve({"catalog.toml": FULL, **FILES})
    catalog = dataspace.catalog
    assert [item.name for item in catalog.objects] == [
        "Old__cio_DAY",
        "Orders__dll",
        "plain",
        "ssot__Individual__dlm",
        "Spend__cio",
        "Top__cio",
    ]
    person = catalog.get("SSOT__individual__DLM")
    assert person is not None
    assert (person.label, person.category, person.kind) == ("Person", "Profile", ObjectKind.DATA_MODEL_OBJECT)
    assert (person.primary_key, person.reference_model) == (("ssot__Id__c",), "Individual")
    assert person.indexes == (("ssot__LastName__c", "ssot__Id__c"),)
    key = person.column("SSOT__ID__C")
    assert key is not None
    assert (key.label, key.hyper_type, key.key_qualifier, key.business_type) == (
        "Individual Id",
        "VARCHAR(18)",
        "KQ_Id__c",
        "TEXT",
    )
    assert [column.label for column in person.columns[1:]] == ["Key Qualifier Id", "Last Name"]
    edges = (
        Relationship("Orders__dll", "ssot__Individual__dlm", "Buyer__c", "ssot__Id__c", "NTOONE"),
        Relationship("Orders__dll", "ssot__Individual__dlm", "Id__c", "ssot__LastName__c", "ONETOONE"),
    )
    assert person.relationships == edges

    orders = catalog.get("orders__dll")
    assert orders is not None
    assert (orders.label, orders.category, orders.kind) == ("Orders", "Related", ObjectKind.DATA_LAKE_OBJECT)
    assert orders.relationships == (*edges, Relationship("Orders__dll", "Spend__cio"))
    assert (orders.row_count, orders.primary_key, orders.insight) == (3, (), None)

    spend = catalog.get("Spend__cio")
    assert spend is not None
    assert (spend.label, spend.kind, spend.category) == ("Spend per person", ObjectKind.CALCULATED_INSIGHT, None)
    assert spend.insight == Insight(
        ("CustomerId__c", "First__c"), (Measure("Total__c", rollupable=False),), "CustomerId__c"
    )
    assert [(column.label, column.hyper_type) for column in spend.columns] == [
        ("Customer", "TEXT"),
        ("First", "TEXT"),
        ("Total spend", "NUMERIC(38,2)"),
    ]
    assert rows(dataspace, "select * from spend__CIO order by 1") == [["P1", "P1", "3.75"], ["P2", "P2", "10.00"]]
    assert rows(dataspace, "select most__c from Top__cio") == [["10.00"]]

    plain = catalog.get("plain")
    assert plain is not None
    assert (plain.kind, plain.columns[0].key_qualifier) == (ObjectKind.DATA_LAKE_OBJECT, "KQ_x__c")
    from_file = catalog.get("Old__cio_DAY")
    assert from_file is not None
    assert from_file.insight == Insight(("Day__c",), (Measure("Count__c"),))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ssot__SalesOrder__dlm", "Sales Order"),
        ("Orders_Home__dll", "Orders_Home"),
        ("ssot__Id__c", "Id"),
        ("KQ_Id__c", "Key Qualifier Id"),
        ("Spend__cio_MONTH", "Spend"),
        ("flights", "flights"),
        ("UnifiedIndividual__dlm", "Unified Individual"),
        ("__c", "__c"),
    ],
)
def test_labels(name: str, label: str) -> None:
    assert label_of(name) == label


GRAPH = "object = 'Orders__dll'\n"
TWICE = "{ object = 'plain', field = 'KQ_x__c', parent_field = 'Id__c' }"
MISTAKES = [
    ("[object.x]\n", "object: unknown key; did you mean 'objects'?"),
    ("[objects.Orders__dll]\nlable = 'x'\n", "objects.Orders__dll.lable: unknown key; did you mean 'label'?"),
    ("[objects.Order__dll]\n", "objects.Order__dll: there is no file of that name; did you mean 'Orders__dll'?"),
    (
        "[objects.Orders__dll.columns.Buyer]\nlabel = 'x'\n",
        "objects.Orders__dll.columns.Buyer: Orders__dll.csv has no such column; did you mean 'Buyer__c'?",
    ),
    ("[objects.Orders__dll]\nprimary_key = ['Idc']\n", "objects.Orders__dll.primary_key: there is no column 'Idc'"),
    ("[objects.Orders__dll]\nprimary_key = 'Id__c'\n", "objects.Orders__dll.primary_key: must be a list of texts"),
    ("[objects.Orders__dll]\nprimary_key = [1]\n", "objects.Orders__dll.primary_key: must be a list of texts"),
    ("[objects.Orders__dll]\nindexes = ['Id__c']\n", "objects.Orders__dll.indexes: must be a list of lists"),
    ("[objects.Orders__dll]\nindexes = [['x']]\n", "objects.Orders__dll.indexes: there is no column 'x'"),
    ("[objects.Orders__dll]\nlabel = 1\n", "objects.Orders__dll.label: must be text, not a number"),
    ("[objects.Orders__dll]\nlabel = ''\n", "objects.Orders__dll.label: must not be empty"),
    ("objects = 1\n", "objects: must be a table"),
    ("[objects]\nOrders__dll = 1\n", "objects.Orders__dll: must be a table, not a number"),
    (
        "[objects.Orders__dll.columns.Id__c]\ntype = 'NUMBER'\n",
        "objects.Orders__dll.columns.Id__c.type: 'NUMBER' is not a type the engine stores",
    ),
    ("[objects.Orders__dll.columns.Id__c]\ntype = 'NUMERIC'\n", "needs a precision and a scale"),
    (
        "[objects.Orders__dll.columns.Id__c]\nkey_qualifier = 'KQ'\n",
        "objects.Orders__dll.columns.Id__c.key_qualifier: there is no column 'KQ'",
    ),
    ("[csv]\nnulls = []\n", "csv.nulls: unknown key; did you mean 'null_values'?"),
    ("[csv]\ndelimiter = ',,'\n", "csv.delimiter: must be one ASCII character"),
    ("[csv]\ndelimiter = '\"'\n", "csv.delimiter: must be one ASCII character"),
    ("[objects.Orders__dll]\ncsv = { null_values = '' }\n", "objects.Orders__dll.csv.null_values: must be a list"),
    ("[relationships]\nfrom = 'a'\n", "relationships: must be a list of tables, written [[relationships]]"),
    ("[[relationships]]\nfrom = 'a.b'\n", "relationships, entry 1.to: must be an object and a column"),
    (
        "[[relationships]]\nfrom = 'Orders__dll.Id__c'\nto = 'Person.Id'\n",
        "relationships, entry 1, to: there is no object 'Person'",
    ),
    (
        "[[relationships]]\nfrom = 'Orders__dll.Id'\nto = 'Orders__dll.Id__c'\n",
        "relationships, entry 1, from: there is no column of Orders__dll 'Id'; did you mean 'Id__c'?",
    ),
    ("[[relationships]]\nform = 'a.b'\n", "relationships, entry 1.form: unknown key; did you mean 'from'?"),
    ("[insights.X__cio]\nlabel = 'x'\n", "insights.X__cio.sql: is missing"),
    ("[insights.X__cio]\nsql = 'select 1 as A__c'\ndimensions = ['B__c']\n", "insights.X__cio.dimensions: there is no"),
    (
        "[insights.X__cio]\nsql = 'select 1 as A__c'\nmeasures.B__c = {}\n",
        "insights.X__cio.measures: there is no output column 'B__c'",
    ),
    (
        "[insights.X__cio]\nsql = 'select 1 as A__c'\ndimensions = ['A__c']\nmeasures.A__c = {}\n",
        "insights.X__cio.measures: 'A__c' is already a dimension",
    ),
    (
        "[insights.X__cio]\nsql = 'select 1 as A__c'\npartition_by = 'A__c'\n",
        "insights.X__cio.partition_by: there is no dimension 'A__c'",
    ),
    ("[insights.X__cio]\nsql = '''\nselect Nope\nfrom Orders__dll'''\n", "insights.X__cio.sql: unknown column 'Nope'"),
    ("[insights.X__cio]\nsql = '''\nselect Nope\nfrom Orders__dll'''\n", "(line 1, at 'Nope')"),
    ("[insights.X__cio]\nsql = 'select 1/0 as A__c'\n", "insights.X__cio.sql: division by zero"),
    ("[insights.X__cio]\nsql = 'drop table Orders__dll'\n", "insights.X__cio.sql: the requested statement type"),
    ("[insights.ORDERS__dll]\nsql = 'select 1 as A__c'\n", "insights.ORDERS__dll: there is an object of that name"),
    ("[data_graphs.G]\nfields = []\n", "data_graphs.G.object: is missing"),
    ("[data_graphs.G]\nobject = 'plane'\n", "data_graphs.G.object: there is no object 'plane'; did you mean 'plain'?"),
    ("[data_graphs.G]\nobject = 'plain'\n", "data_graphs.G: plain needs a primary_key"),
    (f"[data_graphs.metadata]\n{GRAPH}", "data_graphs.metadata: a data graph's name is a word, and not 'metadata'"),
    (f"[data_graphs.'a b']\n{GRAPH}", "data_graphs.a b: a data graph's name is a word"),
    (f"[data_graphs.G]\n{GRAPH}related = 1\n", "data_graphs.G.related: must be a list of tables"),
    (f"[data_graphs.G]\n{GRAPH}fields = ['Idc']\n", "data_graphs.G.fields: there is no column of Orders__dll 'Idc'"),
    (
        f"[data_graphs.G]\n{GRAPH}related = [{{ object = 'plain', feild = 1 }}]\n",
        "data_graphs.G.related, entry 1.feild: unknown key; did you mean 'field'?",
    ),
    (
        f"[data_graphs.G]\n{GRAPH}related = [{{ object = 'plain' }}]\n",
        "data_graphs.G.related, entry 1: no relationship joins plain and Orders__dll; name field and parent_field",
    ),
    (
        f"[data_graphs.G]\n{GRAPH}related = [{{ object = 'plain', field = 'x__c' }}]\n",
        "data_graphs.G.related, entry 1.field: and parent_field go together",
    ),
    (
        f"[data_graphs.G]\n{GRAPH}related = [{{ object = 'plain', field = 'y', parent_field = 'Id__c' }}]\n",
        "data_graphs.G.related, entry 1.field: there is no column of plain 'y'",
    ),
    (
        f"[data_graphs.G]\n{GRAPH}related = [{TWICE}, {TWICE}]\n",
        "data_graphs.G.related: an object can stand once below Orders__dll",
    ),
    ("x = \n", "not valid TOML: Invalid value (at line 1"),
]


@pytest.mark.parametrize(("toml", "message"), MISTAKES)
def test_a_mistake_names_the_key_and_the_nearest(serve: Serve, tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(DataLoadError) as caught:
        serve({"catalog.toml": toml, **FILES})
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "data" / "catalog.toml") + ": ")


def test_a_catalog_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes(b"# caf\xe9\n")
    with pytest.raises(DataLoadError, match="not UTF-8 text"):
        read(path)
    with pytest.raises(DataLoadError, match="cannot be read"):
        read(tmp_path / "missing.toml")


def test_csv_options_of_an_object_build_on_the_folders(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text("[csv]\nnull_values = ['-']\ndelimiter = ';'\n[objects.a]\ncsv = { null_values = [] }\n")
    file = read(path)
    assert file.csv_options("a") == CsvOptions((), ";")
    assert file.csv_options("b") == CsvOptions(("-",), ";")


@pytest.mark.parametrize(
    ("name", "known", "word"),
    [
        ("LABEL", ["label", "type"], "; did you mean 'label'?"),
        ("zzz", ["a", "b"], "; there is 'a', 'b'"),
        ("zzz", [f"name {n}" for n in range(20)], ""),
        ("zzz", [], ""),
    ],
)
def test_nearest(name: str, known: list[str], word: str) -> None:
    assert nearest(name, known) == word


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("bool", "BOOLEAN"),
        ("int2", "SMALLINT"),
        ("int", "INTEGER"),
        ("INT8", "BIGINT"),
        ("numeric ( 38 , 18 )", "NUMERIC(38,18)"),
        ("DECIMAL(5)", "NUMERIC(5,0)"),
        ("real", "REAL"),
        ("double  precision", "DOUBLE PRECISION"),
        ("varchar", "TEXT"),
        ("character varying(3)", "VARCHAR(3)"),
        ("char", "CHAR(1)"),
        ("timestamp without time zone", "TIMESTAMP"),
        ("Timestamp With Time Zone", "TIMESTAMP WITH TIME ZONE"),
        ("timestamptz[]", "TIMESTAMP WITH TIME ZONE[]"),
        ("bytea", "BYTEA"),
    ],
)
def test_types_as_people_write_them(text: str, sql: str) -> None:
    assert SqlType.parse(text).sql == sql
    assert SqlType.parse(sql) == SqlType.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "number", "numeric", "numeric(39,0)", "numeric(2,3)", "numeric(0,0)", "int(3)", "varchar(0)", "text; x"],
)
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"type|precision|length|modifier"):
        SqlType.parse(text)


def test_an_array_column_keeps_its_elements_type() -> None:
    column = ResultColumn.from_json({"name": "a", "type": "array", "inner": "bigint", "nullable": True})
    assert (column.inner, column.type.sql) == ("bigint", "BIGINT[]")
