"""An app that reacts to Data Cloud's events, in FastAPI; run as a script it also sends itself some.

In production: `uvicorn examples.webhooks:app`, with the target's secret in the environment. While it is rotated, both
secrets stand there with a comma between them.
"""

from __future__ import annotations

import os
import socket
import threading

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route

from datacloud_dbapi import webhooks
from datacloud_emulator import Clock
from datacloud_emulator.webhooks import RowChange, WebhookSender, WebhookTarget

SECRETS = os.environ.get("DATACLOUD_WEBHOOK_SECRETS", "an example, not a secret").split(",")

receiver = webhooks.Receiver(SECRETS, max_age=300)


@receiver.on("Spend_Changed")
async def spend_changed(event: webhooks.Event) -> None:
    """Runs once for each event, however often it is delivered."""
    print(event.prompt, event.source_object, event.previous_row, "→", event.row)


@receiver.on()
def anything_else(event: webhooks.Event) -> None:
    """A plain function runs in a thread."""
    print("no handler of its own:", event.action)


# A route rather than a mount: the service is not known to follow a mount's redirect to the path with a slash.
app = FastAPI(routes=[Route("/hooks/data-cloud", receiver)])


def main() -> None:
    """Serve the app on a free port, and send it what a data action would."""
    changes = (
        RowChange("Demo_Spend__cio", "INSERT", row={"CustomerId__c": "C-1001", "Total__c": 80}),
        RowChange("Demo_Spend__cio", "UPDATE", row={"Total__c": 120}, old={"Total__c": 80}),
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/hooks/data-cloud"
            sender = WebhookSender(Clock())
            twice = WebhookTarget(url, SECRETS[0], action="Spend_Changed", duplicate=True)
            print("sent twice:", sender.send(twice, changes))
            other = WebhookTarget(url, SECRETS[0], action="Another_Action")
            print("sent:", sender.send(other, changes[:1]))
            forged = WebhookTarget(url, SECRETS[0], action="Spend_Changed", wrong_key=True)
            print("forged:", sender.send(forged, changes))
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    main()
