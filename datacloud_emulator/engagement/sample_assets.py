"""The sample's assets: campaigns, folders, tags, templates, forms, pages, programs, files, and jobs that are over."""

from __future__ import annotations

from collections.abc import Sequence

from datacloud_emulator.engagement import derived
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.sample_draws import Draws
from datacloud_emulator.engagement.store import Condition, Row, Store

_CAMPAIGNS = (
    "Spring launch",
    "Autumn event",
    "Webinar series",
    "Partner push",
    "Referral",
    "Retargeting",
    "Trade fair",
)
_TAGS = ("vip", "2024", "2025", "emea", "americas", "trial", "legal-approved", "draft", "archive", "press")
_HOST = "https://go.example.test"
_HTML = "<p>Hello {{Recipient.FirstName}}</p><p><a href='{{Unsubscribe}}'>Unsubscribe</a></p>"
_TEXT = "Hello {{Recipient.FirstName}} {{Unsubscribe}}"
_SENDER = [{"type": "general_user", "address": "team@example.test", "name": "Example Marketing"}]


def fill(store: Store, draws: Draws) -> None:
    _Assets(store, draws).fill()


class _Assets:
    """Loads assets into the folder of their kind."""

    def __init__(self, store: Store, draws: Draws) -> None:
        self._store = store
        self._draws = draws

    def fill(self) -> None:
        self._groundwork()
        self._templates()
        self._forms()
        self._pages()
        self._programs()
        self._jobs()

    def _load(self, name: str, rows: Sequence[Row]) -> None:
        """Rows with their stamps and their folder."""
        item = catalogue().objects[name]
        extra: Row = {}
        if "folderId" in item.fields:
            named = [Condition("name", "eq", derived.uncategorised(item))]
            extra["folderId"] = self._store.select("Folder", named)[0]["id"]
        if "trackerDomainId" in item.fields:
            extra["trackerDomainId"] = 1
        stamped = []
        for row in rows:
            stamps = {key: value for key, value in self._draws.stamps().items() if key in item.fields}
            stamped.append({**extra, **stamps, **row})
        self._store.load(name, stamped)

    def _campaign(self) -> int:
        return self._draws.number(1, 7)

    def _groundwork(self) -> None:
        draws = self._draws
        self._load(
            "Campaign",
            [
                {
                    "name": name,
                    "cost": draws.number(500, 40_000) + 0.5,
                    "parentCampaignId": 2 if place == 3 else None,
                    "salesforceId": f"701xx00000{place:05d}AAA",
                    "_deleted": name == "Trade fair",
                }
                for place, name in enumerate(_CAMPAIGNS, 1)
            ],
        )
        self._load("Folder", [{"name": "2025", "path": "/2025"}, {"name": "Old", "path": "/Old", "_deleted": True}])
        self._load("Tag", [{"name": name, "objectCount": 0} for name in _TAGS])
        domain = {"isPrimary": False, "validationStatus": "unvalidated", "sslStatus": "disabled"}
        self._load(
            "TrackerDomain",
            [{"domain": "info.example.test", **domain}, {"domain": "old.example.test", "_deleted": True, **domain}],
        )

    def _templates(self) -> None:
        content: Row = {"htmlMessage": _HTML, "textMessage": _TEXT, "type": "htmlAndText"}
        options: Row = {"senderOptions": _SENDER, "replyToOptions": [{"type": "general_user", "address": "a@b.test"}]}
        self._load(
            "EmailTemplate",
            [
                {
                    "name": f"{name} template",
                    "subject": f"News on {name}",
                    "isListEmail": True,
                    "isOneToOneEmail": name == "Referral",
                    "campaignId": self._campaign(),
                    "tagReplacementLanguage": "hml",
                    "_deleted": name == "Trade fair",
                    **content,
                    **options,
                }
                for name in _CAMPAIGNS
            ],
        )
        self._load(
            "ListEmail",
            [
                {
                    "name": f"Issue {number}",
                    "subject": f"Newsletter {number}",
                    "campaignId": self._campaign(),
                    "emailTemplateId": self._draws.number(1, 6),
                    "recipientListIds": [1, 2] if number % 2 else [3],
                    "suppressionListIds": [7],
                    "isSent": number < 10,
                    "sentAt": self._draws.time() if number < 10 else None,
                    "clientType": "Builder",
                    "_deleted": number == 12,
                    **content,
                    **options,
                }
                for number in range(1, 13)
            ],
        )
        self._load("DynamicContent", [self._dynamic(name) for name in ("Greeting", "Offer", "Footer")])
        self._load(
            "DynamicContentVariation",
            [
                {
                    "dynamicContentId": number,
                    "operator": "is",
                    "value1": value,
                    "comparison": f"is {value}",
                    "content": f"For {value}",
                }
                for number in (1, 2, 3)
                for value in ("Gold", "Silver")
            ],
        )

    def _dynamic(self, name: str) -> Row:
        based: Row = {"basedOn": "custom", "basedOnProspectApiFieldId": "Partner_Level__c"}
        code: Row = {"embedCode": f"<script src='{_HOST}/dcjs/{name}'></script>", "embedUrl": f"{_HOST}/dcjs/{name}"}
        return {"name": name, "baseContent": "For all", **based, **code, "_deleted": name == "Footer"}

    def _forms(self) -> None:
        fields = ("email", "firstName", "lastName", "company")
        layouts = ("Plain", "Two columns", "Old")
        self._load(
            "LayoutTemplate",
            [
                {"name": name, "layoutContent": "<html>%%content%%</html>", "_deleted": name == "Old"}
                for name in layouts
            ],
        )
        self._load(
            "Form",
            [
                {
                    "name": name,
                    "campaignId": self._campaign(),
                    "layoutTemplateId": self._draws.number(1, 2),
                    "submitButtonText": "Send",
                    "url": f"{_HOST}/l/forms/{number}",
                    "embedCode": f'<iframe src="{_HOST}/l/forms/{number}"></iframe>',
                    "_deleted": name == "Contest",
                }
                for number, name in enumerate(("Contact", "Newsletter", "Webinar", "Trial", "Contest"), 1)
            ],
        )
        self._load(
            "FormField",
            [
                {
                    "formId": form,
                    "sortOrder": place,
                    "prospectApiFieldId": field,
                    "label": field,
                    "type": "text",
                    "dataFormat": "email" if field == "email" else "text",
                    "isRequired": field == "email",
                    "_deleted": form == 5,
                }
                for form in range(1, 6)
                for place, field in enumerate(fields, 1)
            ],
        )
        self._load(
            "FormHandler",
            [
                {
                    "name": name,
                    "campaignId": self._campaign(),
                    "successLocation": "https://www.example.test/thanks",
                    "url": f"{_HOST}/l/form-handlers/{number}",
                    "_deleted": name == "Old shop",
                }
                for number, name in enumerate(("Shop", "Support", "Old shop"), 1)
            ],
        )
        self._load(
            "FormHandlerField",
            [
                {"name": field, "formHandlerId": handler, "dataFormat": "text", "prospectApiFieldId": field}
                for handler in (1, 2, 3)
                for field in fields[:3]
            ],
        )

    def _pages(self) -> None:
        self._load(
            "LandingPage",
            [
                {
                    "name": f"{name} page",
                    "campaignId": self._campaign(),
                    "formId": self._draws.number(1, 4),
                    "layoutTemplateId": 1,
                    "title": name,
                    "layoutType": "Layout Template",
                    "vanityUrlPath": f"/{name.lower().replace(' ', '-')}",
                    "vanityUrl": f"{_HOST}/{name.lower().replace(' ', '-')}",
                    "url": f"{_HOST}/l/landing-pages/{number}",
                    "content": f"<h1>{name}</h1>",
                    "_deleted": name == "Trade fair",
                }
                for number, name in enumerate(_CAMPAIGNS, 1)
            ],
        )
        self._load(
            "CustomRedirect",
            [
                {
                    "name": f"{name} link",
                    "destinationUrl": f"https://www.example.test/{number}",
                    "campaignId": self._campaign(),
                    "url": f"{_HOST}/l/custom-redirects/{number}",
                    "trackedUrl": f"{_HOST}/e/custom-redirects/{number}",
                    "gaSource": "newsletter",
                    "_deleted": name == "Trade fair",
                }
                for number, name in enumerate(_CAMPAIGNS, 1)
            ],
        )
        self._load(
            "File",
            [
                {
                    "name": name,
                    "size": self._draws.number(1000, 2_000_000),
                    "url": f"{_HOST}/l/files/{number}",
                    "isTracked": True,
                    "campaignId": self._campaign(),
                    "_deleted": name == "old.pdf",
                }
                for number, name in enumerate(("brochure.pdf", "prices.pdf", "logo.png", "old.pdf"), 1)
            ],
        )

    def _programs(self) -> None:
        self._load(
            "EngagementStudioProgram",
            [
                {
                    "name": name,
                    "status": status,
                    "description": name,
                    "recipientListIds": [4],
                    "suppressionListIds": [7],
                    "schedule": {"startOn": "2025-01-06"},
                    "_deleted": status == "paused",
                }
                for name, status in (("Welcome", "running"), ("Winback", "draft"), ("Old", "paused"))
            ],
        )
        self._load(
            "ExternalActivity",
            [
                {
                    "extension": "Events",
                    "type": "Booth_Visit",
                    "prospectId": self._draws.number(1, 300),
                    "value": f"Booth {number}",
                    "activityDate": self._draws.time(),
                }
                for number in range(1, 21)
            ],
        )

    def _jobs(self) -> None:
        """Jobs of long ago, whose results are gone."""
        over: Row = {"status": "Complete", "isExpired": True}
        procedure = {"name": "Prospect/FilterByUpdatedAt", "arguments": {"updatedAfter": "2024-01-01T00:00:00-05:00"}}
        export: Row = {"procedure": procedure, "fields": ["id", "email"], "maxFileSizeBytes": 200_000_000}
        self._load("Export", [{**over, **export} for _ in range(3)])
        counts: Row = {"createdCount": 10, "updatedCount": 4, "errorCount": 0, "origin": "api"}
        self._load("Import", [{**over, "operation": "Upsert", "object": "Prospect", **counts} for _ in range(3)])
        done: Row = {"object": "prospect", "bulkAction": "delete", "status": "Complete", "origin": "api"}
        self._load("BulkAction", [{**done, "count": 5, "processedCount": 5, "percentComplete": 100} for _ in range(2)])
