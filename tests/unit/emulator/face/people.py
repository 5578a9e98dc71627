"""A small org of people, their mails, orders, links, two insights and a data graph: few enough rows to check by eye."""

from __future__ import annotations

from datacloud_emulator.store import Store

from .client import Face

ADA = "p/1 +a@b%2F"  # an id that needs encoding, and whose text looks encoded

PEOPLE = f"""\
Id__c,First__c,Last__c,Gender__c,Born__c,Seen__c,Height__c,Vip__c,Visits__c,Score__c,Local__c,Zone__c
{ADA},Ada,"Fox, Jr=x",F,1990-07-12,2026-01-02T08:30:00.250Z,1.70,true,3,1.5e0,2026-01-02T08:30:00,
p-2,Bo,O'Neil,M,1985-01-31,2026-01-03T00:00:00Z,1.85,false,4,2.5e0,2026-01-03T00:00:00.5,x
p-3,Ada,Reed,F,,,,,,,,
"""

# person, day, kind, amount
ORDERS = [
    (ADA, "2025-01-15", "shop", "10.50"),
    (ADA, "2025-01-15", "web", "4.25"),
    (ADA, "2025-02-03", "web", "7.00"),
    ("p-2", "2025-02-28", "shop", "1.00"),
    ("p-2", "2025-12-31", "web", "20.00"),
    ("p-2", "2026-01-01", "web", "2.00"),
]

FILES = {
    "Person__dlm.csv": PEOPLE,
    "Mail__dlm.csv": (
        f"Id__c,PersonId__c,Address__c\nm-1,{ADA},ada@x.example\nm-2,{ADA},a@y.example\nm-3,p-2,bo@x.example\n"
    ),
    "Order__dlm.csv": "Id__c,PersonId__c,Day__c,Kind__c,Amount__c,ProductId__c\n"
    + "".join(f"o-{n},{who},{day},{kind},{amount},w\n" for n, (who, day, kind, amount) in enumerate(ORDERS, 1)),
    "Product__dlm.csv": "Id__c,Name__c\nw,Widget\n",
    "Raw__dll.csv": "Id__c\n1\n",
    "Link__dlm.csv": (
        "SourceRecordId__c,UnifiedRecordId__c,DataSourceId__c,DataSourceObjectId__c\n"
        f"s/1 @+,{ADA},Shop,Buyer\nw-1,{ADA},Web,Visitor\nw-1,p-2,Shop,Visitor\n"
    ),
    "catalog.toml": """
[objects.Person__dlm]
category = "Profile"
primary_key = ["Id__c"]
indexes = [["Last__c"]]
columns.Id__c = { label = "Person Id" }
[objects.Mail__dlm]
category = "profile"
primary_key = ["Id__c"]
columns.Address__c = { business_type = "EMAIL" }
[objects.Order__dlm]
category = "Engagement"
primary_key = ["Id__c"]
[objects.Raw__dll]
category = "Profile"
[[relationships]]
from = "Mail__dlm.PersonId__c"
to = "Person__dlm.Id__c"
[[relationships]]
from = "Order__dlm.PersonId__c"
to = "Person__dlm.Id__c"
[[relationships]]
from = "Order__dlm.ProductId__c"
to = "Product__dlm.Id__c"
[insights.Daily__cio]
label = "Daily"
sql = '''
SELECT Person__dlm.Id__c AS Id__c, Kind__c, Day__c, SUM(Amount__c) AS Total__c, MAX(Amount__c) AS Largest__c,
       COUNT(*) AS Orders__c, AVG(Amount__c) AS Mean__c
FROM Order__dlm JOIN Person__dlm ON Order__dlm.PersonId__c = Person__dlm.Id__c GROUP BY 1, 2, 3
'''
dimensions = ["Id__c", "Kind__c", "Day__c"]
partition_by = "Day__c"
measures.Mean__c = { rollupable = false }
[insights.Spend__cio]
sql = '''
SELECT PersonId__c AS Customer__c, SUM(Amount__c) AS Total__c FROM Order__dlm
WHERE PersonId__c IN (SELECT Id__c FROM Person__dlm) GROUP BY 1
'''
dimensions = ["Customer__c"]
partition_by = "Customer__c"
[insights.Whole__cio]
sql = "SELECT Kind__c, SUM(Amount__c) AS Total__c FROM Order__dlm GROUP BY 1"
dimensions = ["Kind__c"]
[data_graphs.Person_DG]
description = "People"
version = "7"
object = "Person__dlm"
fields = ["Id__c", "First__c", "Height__c", "Seen__c"]
[[data_graphs.Person_DG.related]]
object = "Mail__dlm"
fields = ["Address__c"]
[[data_graphs.Person_DG.related]]
object = "Order__dlm"
fields = ["Id__c", "Day__c"]
related = [{ object = "Product__dlm", fields = ["Name__c"] }]
[[data_graphs.Person_DG.related]]
object = "Link__dlm"
fields = ["SourceRecordId__c"]
field = "UnifiedRecordId__c"
parent_field = "Id__c"
""",
}


class People(Face):
    """An org of people; what it says to a path and its parameters."""

    def __init__(self, store: Store, **quirks: object) -> None:
        super().__init__(store, **quirks)  # type: ignore[arg-type]  # checked where the keywords are read

    def rows(self, path: str, **parameters: object) -> list[dict[str, object]]:
        answer = self.get(path, params=parameters).raise_for_status()
        listed: list[dict[str, object]] = answer.json()["data"]
        return listed

    def refusal(self, path: str, **parameters: object) -> tuple[int, str]:
        """Status and message of an error, whose body is the gateway's."""
        answer = self.get(path, params=parameters)
        body = answer.json()
        assert body["details"] == {"status": body["error"], "statusCode": answer.status_code}
        return answer.status_code, body["message"]
