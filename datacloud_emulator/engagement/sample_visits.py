"""The sample's traces: visitors, visits, page views, e-mails, and the activities that all of them are."""

from __future__ import annotations

from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.sample_draws import Draws
from datacloud_emulator.engagement.sample_people import PROSPECTS
from datacloud_emulator.engagement.store import Row, Store

_VISITORS, _VISITS, _EMAILS, _ACTIVITIES = 120, 200, 100, 800
_PAGES = ("Home", "Prices", "Docs", "Contact", "Blog")
# Of what a mail leads to, and how often: sent, opened, clicked, bounced, unsubscribed.
_MAIL_TYPES = (6, 6, 6, 11, 11, 1, 13, 12)
_FORM_TYPES = (2, 3, 4)


def fill(store: Store, draws: Draws) -> None:
    prospects = _visitors(store, draws)
    _visits(store, draws, prospects)
    _emails(store, draws)
    _activities(store, draws, prospects)


def _visitors(store: Store, draws: Draws) -> list[int | None]:
    """The prospect of each visitor."""
    prospects = [draws.number(1, PROSPECTS) if draws.chance(0.6) else None for _ in range(_VISITORS)]
    rows: list[Row] = []
    for number, prospect in enumerate(prospects, 1):
        stamps = draws.stamps()
        rows.append(
            {
                "campaignId": draws.number(1, 7),
                "hostname": f"host{number}.example.test",
                "ipAddress": f"192.0.2.{number}" if number % 10 else None,
                "pageViewCount": draws.number(1, 20),
                "prospectId": prospect,
                "isIdentified": prospect is not None,
                "sourceParameter": draws.one(("newsletter", "search", None)),
                "createdAt": stamps["createdAt"],
                "updatedAt": stamps["updatedAt"],
                "_deleted": number % 40 == 0,
            }
        )
    store.load("Visitor", rows)
    return prospects


def _visits(store: Store, draws: Draws, prospects: list[int | None]) -> None:
    visits: list[Row] = []
    views: list[Row] = []
    for number in range(1, _VISITS + 1):
        visitor, count = draws.number(1, _VISITORS), draws.number(1, 5)
        began = time = draws.time()
        for _ in range(count):
            title, seconds = draws.one(_PAGES), draws.number(5, 300)
            views.append(
                {
                    "url": f"https://www.example.test/{title.lower()}",
                    "title": title,
                    "visitorId": visitor,
                    "visitId": number,
                    "campaignId": draws.number(1, 7),
                    "durationInSeconds": seconds,
                    "createdAt": time,
                }
            )
            time += seconds
        visits.append(
            {
                "visitorId": visitor,
                "prospectId": prospects[visitor - 1],
                "visitorPageViewCount": count,
                "firstVisitorPageViewAt": began,
                "lastVisitorPageViewAt": views[-1]["createdAt"],
                "durationInSeconds": time - began,
                "createdAt": began,
                "updatedAt": time,
            }
        )
    store.load("Visit", visits)
    store.load("VisitorPageView", views)


def _emails(store: Store, draws: Draws) -> None:
    store.load(
        "Email",
        [
            {
                "name": f"Mail {number}",
                "subject": f"News {number}",
                "htmlMessage": "<p>News</p>",
                "textMessage": "News",
                "type": "htmlAndText",
                "userId": 1,
                "createdById": 1,
                "campaignId": draws.number(1, 7),
                "clientType": "Builder",
                "sentAt": draws.time(),
                "prospectId": draws.number(1, PROSPECTS),
                "listEmailId": draws.number(1, 9) if draws.chance(0.8) else None,
                "emailTemplateId": draws.number(1, 6),
                "trackerDomainId": 1,
                "senderOptions": [{"type": "general_user", "address": "team@example.test", "name": "Example"}],
            }
            for number in range(1, _EMAILS + 1)
        ],
    )


def _activities(store: Store, draws: Draws, prospects: list[int | None]) -> None:
    rows: list[Row] = []
    for _ in range(_ACTIVITIES):
        row: Row = {"campaignId": draws.number(1, 7)}
        if draws.chance(0.6):
            row["type"] = draws.one(_MAIL_TYPES)
            row["listEmailId"] = draws.number(1, 9)
            row["emailId"] = draws.number(1, _EMAILS)
            row["prospectId"] = draws.number(1, PROSPECTS)
        elif draws.chance(0.5):
            row["type"] = draws.one(_FORM_TYPES)
            row["formId"] = draws.number(1, 4)
            row["prospectId"] = draws.number(1, PROSPECTS)
        else:
            visitor = draws.number(1, _VISITORS)
            row["type"] = 20
            row["visitorId"] = visitor
            row["visitId"] = draws.number(1, _VISITS)
            row["prospectId"] = prospects[visitor - 1]
        row["typeName"] = catalogue().activity_types[row["type"]]
        row["details"] = f"{row['typeName']} by way of campaign {row['campaignId']}"
        row["createdAt"] = row["updatedAt"] = draws.time()
        rows.append(row)
    store.load("VisitorActivity", rows)
