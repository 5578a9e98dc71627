"""The sample's people: users, accounts, prospects with their custom fields, lists, stages, opportunities."""

from __future__ import annotations

from datacloud_emulator.engagement import derived
from datacloud_emulator.engagement.catalogue import catalogue
from datacloud_emulator.engagement.sample_draws import BEGUN, Draws
from datacloud_emulator.engagement.store import Condition, Row, Store

PROSPECTS = 300

_USERS = (("Ben", "Baker"), ("Carla", "Costa"), ("Dev", "Desai"), ("Eva", "Engel"), ("Finn", "Fox"))
_FIRST = ("Ana", "Bo", "Chen", "Dana", "Emre", "Fatima", "Goran", "Hana", "Ivo", "Jo", "Kofi", "Lena", "Mia", "Noor")
_LAST = ("Abe", "Braun", "Cruz", "Diaz", "Eriksson", "Frey", "García", "Haddad", "Ito", "Jansen", "Kaya", "Łukasik")
_PLACES = (("Boston", "MA", "United States"), ("Toronto", "ON", "Canada"), ("Köln", "NW", "Germany"))
_TITLES = ("Analyst", "Buyer", "Chief Marketing Officer", "Engineer", "Manager")
_INDUSTRIES = ("Energy", "Finance", "Health", "Retail")
_COMPANIES = ("Acorn", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ironwood", "Juniper", "Larch")
_GRADES = ("A", "B+", "B", "C", "D", None)
_STAGES = ("Visitor", "Prospect", "Qualified", "Opportunity", "Customer")
_OPPORTUNITY_STAGES = (("Qualification", "open", 20), ("Proposal", "open", 60), ("Closed Won", "won", 100))
_CUSTOM_FIELDS: tuple[tuple[str, str, str, bool], ...] = (
    ("Partner Level", "Partner_Level", "Dropdown", False),
    ("Interests", "Interests", "Multi-Select", False),
    ("Renewal Date", "Renewal_Date", "Date", False),
    ("Seats", "Seats", "Number", False),
    ("Newsletter Topics", "Newsletter_Topics", "Checkbox", False),
    ("Past Events", "Past_Events", "Text", True),
)
_INTERESTS = ("Analytics", "Automation", "E-mail", "Events", "Social")


def fill(store: Store, draws: Draws) -> None:
    _users(store, draws)
    _custom_fields(store, draws)
    _accounts(store, draws)
    _stages(store)
    _prospects(store, draws)
    _lists(store, draws)
    _histories(store, draws)


def _users(store: Store, draws: Draws) -> None:
    rows: list[Row] = []
    for number, (first, last) in enumerate(_USERS, 2):
        address = f"{first}.{last}@example.test".lower()
        role = draws.one(("Marketing", "Sales", "Sales Manager"))
        names: Row = {"email": address, "username": address, "firstName": first, "lastName": last}
        place: Row = {"role": role, "roleName": role, "salesforceId": f"005xx000000000{number}AAA", "jobTitle": role}
        rows.append({**names, **place, "_deleted": last == "Fox", **draws.stamps()})
    store.load("User", rows)


def _custom_fields(store: Store, draws: Draws) -> None:
    fields: list[Row] = [
        {
            "name": name,
            "fieldId": field,
            "apiFieldId": f"{field}__c",
            "type": kind,
            "isRecordMultipleResponses": several,
            "isUseValues": kind in {"Dropdown", "Multi-Select", "Checkbox"},
            **draws.stamps(),
        }
        for name, field, kind, several in _CUSTOM_FIELDS
    ]
    retired: Row = {"name": "Fax Choice", "fieldId": "Fax_Choice", "apiFieldId": "Fax_Choice__c", "type": "Text"}
    store.load("CustomField", [*fields, {**retired, "_deleted": True, **draws.stamps()}])


def _accounts(store: Store, draws: Draws) -> None:
    store.load(
        "ProspectAccount",
        [
            {
                "name": f"{name} {kind}",
                "salesforceId": f"001xx00000{number:05d}AAA",
                "assignedToId": draws.number(1, 5),
                "annualRevenue": str(draws.number(1, 900) * 100_000),
                "employees": str(draws.number(5, 4000)),
                "industry": draws.one(_INDUSTRIES),
                "website": f"https://{name.lower()}.example.test",
                "billingCity": city,
                "billingState": state,
                "billingCountry": country,
                "_deleted": number == 20,
                **draws.stamps(),
            }
            for number, (name, kind) in enumerate(((name, kind) for kind in ("Corp", "Ltd") for name in _COMPANIES), 1)
            for city, state, country in [draws.one(_PLACES)]
        ],
    )


def _stages(store: Store) -> None:
    stamps = {"createdAt": BEGUN, "updatedAt": BEGUN}
    stages: list[Row] = [
        {"name": name, "position": place, "matchType": "all", "isLocked": place == 1, **stamps}
        for place, name in enumerate(_STAGES, 1)
    ]
    lost: Row = {"name": "Lost", "position": 6, "matchType": "any", "_deleted": True, **stamps}
    store.load("LifecycleStage", [*stages, lost])


def _prospects(store: Store, draws: Draws) -> None:
    rows: list[Row] = []
    for number in range(1, PROSPECTS + 1):
        first, last = draws.one(_FIRST), draws.one(_LAST)
        city, state, country = draws.one(_PLACES)
        account = draws.number(1, 19) if draws.chance(0.7) else None
        stamps = draws.stamps(user=draws.number(1, 5))
        user = draws.number(1, 5) if draws.chance(0.8) else None
        rows.append(
            {
                "email": f"prospect{number}@example.test",
                "firstName": first,
                "lastName": last,
                "jobTitle": draws.one(_TITLES),
                "company": _COMPANIES[(account - 1) % len(_COMPANIES)] if account else None,
                "prospectAccountId": account,
                "city": city,
                "state": state,
                "country": country,
                "zip": f"{draws.number(0, 99_999):05d}",
                "industry": draws.one(_INDUSTRIES),
                "annualRevenue": str(draws.number(1, 500) * 1000),
                "score": draws.number(0, 250),
                "grade": draws.one(_GRADES),
                "campaignId": draws.number(1, 7),
                "userId": user,
                "assignedToId": user,
                "firstAssignedAt": stamps["createdAt"] if user else None,
                "source": draws.one(("Website", "Event", "Referral", None)),
                "optedOut": draws.chance(0.05),
                "isDoNotEmail": draws.chance(0.03),
                "isStarred": draws.chance(0.1),
                "isReviewed": draws.chance(0.5),
                "lastActivityAt": stamps["updatedAt"] if draws.chance(0.85) else None,
                "firstActivityAt": stamps["createdAt"],
                "salesforceContactId": f"003xx00000{number:05d}AAA" if account else None,
                "salesforceId": f"003xx00000{number:05d}AAA" if account else None,
                "lifecycleStageId": draws.number(1, 5),
                "_deleted": number % 25 == 0,
                **stamps,
                **_custom_values(draws),
            }
        )
    store.load("Prospect", rows)


def _custom_values(draws: Draws) -> Row:
    return {
        "Partner_Level__c": draws.one(("Bronze", "Silver", "Gold", None)),
        "Interests__c": draws.several(_INTERESTS, 3) or None,
        "Renewal_Date__c": f"2026-{draws.number(1, 12):02d}-01" if draws.chance(0.5) else None,
        "Seats__c": str(draws.number(1, 500)) if draws.chance(0.5) else None,
        "Past_Events__c": draws.several(("Spring 2024", "Autumn 2024", "Spring 2025"), 2) or None,
    }


def _lists(store: Store, draws: Draws) -> None:
    names = ("Newsletter", "Customers", "Partners", "Webinar guests", "Press", "Trial users", "Blocked", "Old import")
    store.load(
        "List",
        [
            {
                "name": name,
                "title": name,
                "description": f"{name}, kept by the team",
                "isDynamic": name == "Trial users",
                "isPublic": name == "Newsletter",
                "campaignId": draws.number(1, 7),
                "folderId": _folder(store, "List"),
                "_deleted": name == "Old import",
                **draws.stamps(),
            }
            for name in names
        ],
    )
    store.load(
        "ListMembership",
        [
            {
                "listId": number,
                "prospectId": prospect,
                "optedOut": draws.chance(0.05),
                "_deleted": draws.chance(0.04),
                **draws.stamps(),
            }
            for prospect in range(1, PROSPECTS + 1)
            for number in draws.several(range(1, len(names) + 1), 4)
        ],
    )


def _histories(store: Store, draws: Draws) -> None:
    histories: list[Row] = []
    standing: list[Row] = []
    for prospect in range(1, PROSPECTS + 1):
        time = draws.time()
        reached = draws.number(1, 5)
        for stage in range(1, reached + 1):
            histories.append(
                {
                    "prospectId": prospect,
                    "previousStageId": stage - 1 or None,
                    "nextStageId": stage,
                    "secondsElapsed": draws.number(60, 90 * 86_400),
                    "createdAt": time,
                }
            )
            time = draws.time(time)
        stage_now: Row = {"lifecycleStageId": reached, "lifecycleStageName": _STAGES[reached - 1], "lifecycleId": 1}
        standing.append({**stage_now, "prospectId": prospect, "createdAt": time, "updatedAt": time})
    store.load("LifecycleHistory", histories)
    store.load("LifecycleStageProspect", standing)
    store.load(
        "Opportunity",
        [
            {
                "name": f"{draws.one(_COMPANIES)} {draws.one(('renewal', 'upgrade', 'pilot'))}",
                "campaignId": draws.number(1, 7),
                "value": draws.number(100, 90_000) + draws.number(0, 99) / 100,
                "probability": probability,
                "stage": stage,
                "status": status,
                "type": draws.one(("New Business", "Existing Business")),
                "salesforceId": f"006xx00000{number:05d}AAA",
                "closedAt": stamps["updatedAt"] if status == "won" else None,
                "_deleted": number == 40,
                **stamps,
            }
            for number in range(1, 41)
            for stage, status, probability in [draws.one(_OPPORTUNITY_STAGES)]
            for stamps in [draws.stamps()]
        ],
    )


def _folder(store: Store, name: str) -> int:
    """The folder of what is put into none."""
    named = [Condition("name", "eq", derived.uncategorised(catalogue().objects[name]))]
    return int(store.select("Folder", named)[0]["id"])
