"""The main job in one sitting: a local Data Cloud on the Hyper engine, asked through pandas, SQLAlchemy and the shell.

Run it with `make demo`. Nothing leaves this machine, and nothing is left running.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from datacloud_dbapi import engagement
from datacloud_emulator import Emulator

JOIN = """
WITH purchases AS (
    SELECT link.UnifiedRecordId__c AS person, COUNT(*) AS orders, SUM(sale.ssot__GrandTotalAmount__c) AS spent
    FROM ssot__SalesOrder__dlm sale
    JOIN IndividualIdentityLink__dlm link ON link.SourceRecordId__c = sale.ssot__SoldToCustomerId__c
    GROUP BY 1
), interest AS (
    SELECT link.UnifiedRecordId__c AS person, COUNT(*) AS emails_opened
    FROM ssot__EmailEngagement__dlm email
    JOIN IndividualIdentityLink__dlm link ON link.SourceRecordId__c = email.ssot__IndividualId__c
    WHERE email.ssot__EngagementChannelActionId__c = 'Open'
    GROUP BY 1
)
SELECT unified.ssot__PersonName__c AS customer, orders, CAST(spent AS NUMERIC(18,2)) AS spent, emails_opened
FROM UnifiedIndividual__dlm unified
JOIN purchases ON purchases.person = unified.ssot__Id__c
JOIN interest ON interest.person = unified.ssot__Id__c
ORDER BY spent DESC, customer LIMIT 5
"""

console = Console(width=110)


def show(title: str, frame: pd.DataFrame) -> None:
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        table.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(frame[name]) else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)


def objects(connection: sa.engine.Connection) -> pd.DataFrame:
    """Every object of the org with its label and number of rows."""
    inspector = sa.inspect(connection)
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    counts = " UNION ALL ".join(f"SELECT '{name}' AS object, COUNT(*) AS number_of_rows FROM {name}" for name in names)
    frame: pd.DataFrame = pd.read_sql(sa.text(counts), connection).sort_values("object", ignore_index=True)
    frame.insert(1, "label", [inspector.get_table_comment(name)["text"] for name in frame["object"]])
    return frame


def insight(connection: sa.engine.Connection) -> pd.DataFrame:
    """A calculated insight, reflected as a view: the customers who spent most."""
    view = sa.Table("CustomerLifetimeValue__cio", sa.MetaData(), autoload_with=connection)
    best: pd.DataFrame = pd.read_sql(sa.select(view).order_by(view.c.TotalSpend__c.desc()).limit(5), connection)
    return best


def marketing(emulator: Emulator) -> pd.DataFrame:
    """Account Engagement beside it: the prospects that the marketing team scored highest."""
    with engagement.connect(**emulator.engagement_params()) as ae:
        prospects = ae.prospects.query(
            ["id", "email", "score", "campaign.name"], filters={"userIdIsNotNull": True}
        ).to_df()
    best: pd.DataFrame = prospects.sort_values(["score", "id"], ascending=[False, True]).head(5)
    return best


def shell(emulator: Emulator, sql: str) -> None:
    """The same query by the command line, which finds its login in the environment."""
    command = Path(sys.executable).with_name("datacloud")
    environment = {
        **os.environ,
        "DATACLOUD_LOGIN_URL": emulator.login_url,
        "DATACLOUD_CLIENT_ID": emulator.client_id,
        "DATACLOUD_CLIENT_SECRET": emulator.client_secret,
        "DATACLOUD_ALLOW_INSECURE_LOOPBACK": "true",
    }
    subprocess.run([command, "query", sql, "--format", "csv"], env=environment, check=True)


def main() -> None:
    with Emulator() as emulator:
        engine = sa.create_engine(emulator.url)
        with engine.connect() as connection:
            show("1 · The sample org, from the Metadata API", objects(connection))
            show("2 · People, orders and engagement: pandas.read_sql", pd.read_sql(sa.text(JOIN), connection))
            show("3 · A calculated insight, reflected as a view: CustomerLifetimeValue__cio", insight(connection))
        engine.dispose()
        show("4 · Account Engagement, beside it: the prospects with the highest scores", marketing(emulator))
        console.print("5 · People, orders and engagement by the command line: datacloud query … --format csv\n")
        shell(emulator, JOIN)
    console.print("\nNow your own, on a fresh local Data Cloud:\n")
    command = Path(sys.executable).with_name("datacloud")
    shown = command.relative_to(Path.cwd()) if command.is_relative_to(Path.cwd()) else command
    sql = "SELECT ssot__CountryId__c, COUNT(*) FROM ssot__ContactPointAddress__dlm GROUP BY 1"
    print(f'{shown} query "{sql}" --emulator')


if __name__ == "__main__":
    main()
