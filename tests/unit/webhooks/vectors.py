"""The bodies and signatures of the wire spec, webhook-data-action §7, made there with two other tools."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

SECRET = "c3ludGhldGljLXdlYmhvb2stc2lnbmluZy1rZXktMDAwMQ=="
V1 = b'{"creationDateTime":"2031-02-03T04:05:06.789Z","count":0,"schemas":[],"events":[]}'
V1_SIGNATURE = "q6ZV5upJJr1FOQZM4JxfdTp9GeUcwNZqpnLwVAAQZCY="
V2 = (
    b'{"creationDateTime":"2031-02-03T04:05:06.789Z","count":1,"schemas":[{"schemaId":"Demo_Spend_Action","schema":"{}"'
    b'}],"events":[{"ActionDeveloperName":"Demo_Spend_Action","EventType":"CDCEvent","EventPrompt":"UPDATE","SourceObje'
    b'ctDeveloperName":"Demo_Spend__cio","EventCreationDateTime":"2031-02-03T04:05:02.000Z","EventPublishDateTime":"203'
    b'1-02-03T04:05:05.000Z","EventSchemaVersion":"1","Offset":"42","PayloadCurrentValue":"{\\"Demo_Spend__cio_Customer'
    b'Id__c\\":\\"C-1001\\",\\"Demo_Spend__cio_Total__c\\":120.5}","PayloadPrevValue":"{\\"Demo_Spend__cio_CustomerId__'
    b'c\\":\\"C-1001\\",\\"Demo_Spend__cio_Total__c\\":80}","PayloadMetadata":"{\\"ChangeEventHeader\\":{\\"changedFiel'
    b'ds\\":[\\"Demo_Spend__cio_Total__c\\"],\\"commitTimestamp\\":\\"2031-02-03 04:05:01.000\\",\\"commitVersion\\":\\'
    b'"7\\"}}"}]}'
)
V2_SIGNATURE = "xpnvCnaAnyoo727tkr/B3w+WxAHyw9cJRO40F4sVQzU="
V3 = (
    '{"creationDateTime":"2031-02-03T04:05:06.789Z","count":1,"schemas":[],"events":[{"ActionDeveloperName":"A",'
    '"PayloadCurrentValue":"{\\"Demo__dlm_Name__c\\":\\"Zoë\\"}"}]}'
).encode()
V3_SIGNATURE = "PH7aFz1l7GawNk1B932Zh80+By3j9wCHUs7fuZNpcMQ="
V3_LATIN1_SIGNATURE = "2zUsbXrcUL2BmPFHiOd204DOsdJZrej9YSc856/Q4G4="
V4 = V3.replace("ë".encode(), "€".encode())
V4_SIGNATURE = "dLrj3oBPjdp+CWzw01VwU8KWNngPMA8ITJRLZ6wDpfE="


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header of a body that no vector has. Source: §2."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"x-signature": base64.b64encode(mac).decode()}


def envelope(*events: Any, **changes: Any) -> bytes:
    """A body with these events."""
    whole = {"creationDateTime": "2031-02-03T04:05:06.789Z", "count": len(events), "schemas": [], "events": events}
    return json.dumps({**whole, **changes}).encode()


def event(action: str = "A", **changes: Any) -> dict[str, Any]:
    """An event that is known again by action, object and offset."""
    return {"ActionDeveloperName": action, "SourceObjectDeveloperName": "Demo__dlm", "Offset": "1", **changes}
