"""What editors complete: every object of Account Engagement, its fields, filters and values.

Made from the catalogue by `python -m tests.typing.engagement_names`; not to be edited by hand.
"""

# mypy: disable-error-code="override"

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, TypeAlias, TypedDict, TypeVar, overload

from datacloud_dbapi.engagement.bulk_actions import BulkActions
from datacloud_dbapi.engagement.exports import Exports
from datacloud_dbapi.engagement.imports import Imports
from datacloud_dbapi.engagement.multipart import FileInput
from datacloud_dbapi.engagement.records import Record, Records
from datacloud_dbapi.engagement.services import ObjectService
from datacloud_dbapi.flow.effects import Flow
from datacloud_dbapi.flow.method import AwaitsFlows, R, RunsFlows, flow_method

T = TypeVar("T", bound=Record)

class Listed(Records[R], Generic[R, T]):
    def __iter__(self: Listed[RunsFlows, T]) -> Iterator[T]: ...
    def __next__(self: Listed[RunsFlows, T]) -> T: ...
    def __aiter__(self: Listed[AwaitsFlows, T]) -> AsyncIterator[T]: ...
    async def __anext__(self: Listed[AwaitsFlows, T]) -> T: ...
    @flow_method
    def first(self) -> Flow[T | None]: ...
    @flow_method
    def all(self) -> Flow[list[T]]: ...

AccountField: TypeAlias = Literal[
    "id", "company", "level", "website", "pluginCampaignId", "addressOne", "addressTwo", "city", "state", "zip",
    "territory", "country", "phone", "fax", "adminId", "createdAt", "updatedAt", "maximumDailyApiCalls",
    "apiCallsUsed", "createdById", "updatedById"
]

class AccountRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "company", "level", "website", "addressOne", "addressTwo", "city", "state", "zip", "territory", "country",
        "phone", "fax"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "pluginCampaignId", "adminId", "maximumDailyApiCalls", "apiCallsUsed", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["admin", "createdBy", "updatedBy", "pluginCampaign"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class AccountService(ObjectService[R]):
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[AccountField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[AccountRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[AccountField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[AccountRecord | None]: ...

CampaignField: TypeAlias = Literal[
    "id", "name", "folderId", "cost", "parentCampaignId", "isDeleted", "createdById", "updatedById", "createdAt",
    "updatedAt", "salesforceId"
]
CampaignQueryField: TypeAlias = Literal[
    "id", "name", "folderId", "cost", "parentCampaignId", "isDeleted", "createdById", "updatedById", "createdAt",
    "updatedAt", "salesforceId"
]
CampaignOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class CampaignFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class CampaignRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["name", "salesforceId"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderId", "parentCampaignId", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["cost"], /) -> Decimal | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "parentCampaign", "createdBy", "updatedBy", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class CampaignService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[CampaignQueryField | str] | None = None, *,
        filters: CampaignFilters | Mapping[str, Any] | None = None, order_by: CampaignOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, CampaignRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[CampaignField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[CampaignRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[CampaignField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[CampaignRecord | None]: ...

CustomFieldField: TypeAlias = Literal[
    "id", "name", "fieldId", "apiFieldId", "type", "isRecordMultipleResponses", "salesforceId", "isUseValues",
    "isRequired", "isAnalyticsSynced", "createdAt", "updatedAt", "createdById", "updatedById"
]
CustomFieldQueryField: TypeAlias = Literal[
    "id", "name", "fieldId", "apiFieldId", "type", "isRecordMultipleResponses", "salesforceId", "isUseValues",
    "isRequired", "isAnalyticsSynced", "createdAt", "updatedAt", "createdById", "updatedById"
]
CustomFieldOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class CustomFieldFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    fieldId: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class CustomFieldValues(TypedDict, total=False):
    name: str | None
    fieldId: str | None
    type: str | None
    isRecordMultipleResponses: bool | None
    salesforceId: str | None
    isUseValues: bool | None
    isRequired: bool | None
    valuesPrefill: str | None
class CustomFieldChanges(TypedDict, total=False):
    name: str | None
    fieldId: str | None
    type: str | None
    isRecordMultipleResponses: bool | None
    salesforceId: str | None
    isUseValues: bool | None
    isRequired: bool | None

class CustomFieldRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "fieldId", "apiFieldId", "type", "salesforceId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isRecordMultipleResponses", "isUseValues", "isRequired", "isAnalyticsSynced"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdById", "updatedById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class CustomFieldService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[CustomFieldQueryField | str] | None = None, *,
        filters: CustomFieldFilters | Mapping[str, Any] | None = None, order_by: CustomFieldOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, CustomFieldRecord]: ...
    @flow_method
    def create(
        self, values: CustomFieldValues | Mapping[str, Any], *,
        fields: str | Iterable[CustomFieldField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[CustomFieldRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: CustomFieldChanges | Mapping[str, Any], *,
        fields: str | Iterable[CustomFieldField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[CustomFieldRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[CustomFieldField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[CustomFieldRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[CustomFieldField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[CustomFieldRecord | None]: ...

CustomRedirectField: TypeAlias = Literal[
    "id", "salesforceId", "folderId", "name", "destinationUrl", "campaignId", "trackerDomainId", "vanityUrlPath",
    "vanityUrl", "trackedUrl", "url", "gaSource", "gaMedium", "gaTerm", "gaContent", "gaCampaign",
    "bitlyIsPersonalized", "bitlyShortUrl", "createdAt", "updatedAt", "createdById", "updatedById", "isDeleted"
]
CustomRedirectQueryField: TypeAlias = Literal[
    "id", "salesforceId", "folderId", "name", "destinationUrl", "campaignId", "trackerDomainId", "vanityUrlPath",
    "vanityUrl", "trackedUrl", "url", "gaSource", "gaMedium", "gaTerm", "gaContent", "gaCampaign",
    "bitlyIsPersonalized", "bitlyShortUrl", "createdAt", "updatedAt", "createdById", "updatedById", "isDeleted"
]
CustomRedirectOrder: TypeAlias = Literal["id", "id DESC"]
class CustomRedirectFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
class CustomRedirectValues(TypedDict, total=False):
    folderId: int | None
    name: str | None
    destinationUrl: str | None
    campaignId: int | None
    trackerDomainId: int | None
    vanityUrlPath: str | None
    gaSource: str | None
    gaMedium: str | None
    gaTerm: str | None
    gaContent: str | None
    gaCampaign: str | None
class CustomRedirectChanges(TypedDict, total=False):
    folderId: int | None
    name: str | None
    destinationUrl: str | None
    campaignId: int | None
    trackerDomainId: int | None
    vanityUrlPath: str | None
    gaSource: str | None
    gaMedium: str | None
    gaTerm: str | None
    gaContent: str | None
    gaCampaign: str | None

class CustomRedirectRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "salesforceId", "name", "destinationUrl", "vanityUrlPath", "vanityUrl", "trackedUrl", "url", "gaSource",
        "gaMedium", "gaTerm", "gaContent", "gaCampaign", "bitlyShortUrl"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderId", "campaignId", "trackerDomainId", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["bitlyIsPersonalized", "isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "trackerDomain", "campaign", "folder", "createdBy", "updatedBy"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class CustomRedirectService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[CustomRedirectQueryField | str] | None = None, *,
        filters: CustomRedirectFilters | Mapping[str, Any] | None = None, order_by: CustomRedirectOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, CustomRedirectRecord]: ...
    @flow_method
    def create(
        self, values: CustomRedirectValues | Mapping[str, Any], *,
        fields: str | Iterable[CustomRedirectField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[CustomRedirectRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: CustomRedirectChanges | Mapping[str, Any], *,
        fields: str | Iterable[CustomRedirectField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[CustomRedirectRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[CustomRedirectField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[CustomRedirectRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[CustomRedirectField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[CustomRedirectRecord | None]: ...

DynamicContentField: TypeAlias = Literal[
    "id", "name", "folderId", "isDeleted", "createdById", "updatedById", "createdAt", "updatedAt", "baseContent",
    "basedOn", "basedOnProspectApiFieldId", "trackerDomainId", "embedCode", "embedUrl", "tagReplacementLanguage"
]
DynamicContentQueryField: TypeAlias = Literal[
    "id", "name", "folderId", "isDeleted", "createdById", "updatedById", "createdAt", "updatedAt", "basedOn",
    "basedOnProspectApiFieldId", "trackerDomainId", "embedCode", "embedUrl", "tagReplacementLanguage"
]
DynamicContentOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class DynamicContentFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class DynamicContentValues(TypedDict, total=False):
    name: str | None
    folderId: int | None
    baseContent: str | None
    basedOnProspectApiFieldId: str | None
    trackerDomainId: int | None

class DynamicContentRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "baseContent", "basedOn", "basedOnProspectApiFieldId", "embedCode", "embedUrl",
        "tagReplacementLanguage"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderId", "createdById", "updatedById", "trackerDomainId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["folder", "trackerDomain", "createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class DynamicContentService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[DynamicContentQueryField | str] | None = None, *,
        filters: DynamicContentFilters | Mapping[str, Any] | None = None, order_by: DynamicContentOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, DynamicContentRecord]: ...
    @flow_method
    def create(
        self, values: DynamicContentValues | Mapping[str, Any], *,
        fields: str | Iterable[DynamicContentField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[DynamicContentRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[DynamicContentField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[DynamicContentRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[DynamicContentField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[DynamicContentRecord | None]: ...

DynamicContentVariationField: TypeAlias = Literal[
    "id", "dynamicContentId", "comparison", "content", "operator", "value1", "value2"
]
DynamicContentVariationQueryField: TypeAlias = Literal[
    "id", "dynamicContentId", "comparison", "content", "operator", "value1", "value2"
]
DynamicContentVariationOrder: TypeAlias = Literal["id", "id DESC"]
class DynamicContentVariationFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    dynamicContentId: int
    dynamicContentIdGreaterThan: int
    dynamicContentIdGreaterThanOrEqualTo: int
    dynamicContentIdLessThan: int
    dynamicContentIdLessThanOrEqualTo: int
class DynamicContentVariationValues(TypedDict, total=False):
    dynamicContentId: int | None
    content: str | None
    operator: str | None
    value1: str | None
    value2: str | None

class DynamicContentVariationRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["dynamicContentId"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "comparison", "content", "operator", "value1", "value2"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["dynamicContent"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class DynamicContentVariationService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[DynamicContentVariationQueryField | str] | None = None, *,
        filters: DynamicContentVariationFilters | Mapping[str, Any] | None = None, order_by: DynamicContentVariationOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, DynamicContentVariationRecord]: ...
    @flow_method
    def create(
        self, values: DynamicContentVariationValues | Mapping[str, Any], *,
        fields: str | Iterable[DynamicContentVariationField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[DynamicContentVariationRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[DynamicContentVariationField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[DynamicContentVariationRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[DynamicContentVariationField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[DynamicContentVariationRecord | None]: ...

EmailField: TypeAlias = Literal[
    "id", "name", "subject", "htmlMessage", "textMessage", "type", "userId", "campaignId", "listId", "clientType",
    "sentAt", "prospectId", "listEmailId", "createdById", "salesforceCmsId", "emailTemplateId", "isOperational",
    "trackerDomainId", "folderId"
]
EmailQueryField: TypeAlias = Literal[
    "id", "name", "subject", "type", "userId", "campaignId", "listId", "clientType", "sentAt", "prospectId",
    "listEmailId", "createdById", "salesforceCmsId", "emailTemplateId", "isOperational", "trackerDomainId",
    "folderId"
]
EmailOrder: TypeAlias = Literal[
    "id", "id DESC", "sentAt", "sentAt DESC", "prospectId", "prospectId DESC"
]
class EmailFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    sentAt: datetime
    sentAtAfter: datetime
    sentAtAfterOrEqualTo: datetime
    sentAtBefore: datetime
    sentAtBeforeOrEqualTo: datetime
    prospectId: int
    prospectIdGreaterThan: int
    prospectIdGreaterThanOrEqualTo: int
    prospectIdLessThan: int
    prospectIdLessThanOrEqualTo: int
    listEmailId: int
    listEmailIdGreaterThan: int
    listEmailIdGreaterThanOrEqualTo: int
    listEmailIdLessThan: int
    listEmailIdLessThanOrEqualTo: int
class EmailValues(TypedDict, total=False):
    name: str | None
    subject: str | None
    htmlMessage: str | None
    textMessage: str | None
    campaignId: int | None
    scheduledTime: datetime | None
    prospectId: int | None
    emailTemplateId: int | None
    isOperational: bool | None
    trackerDomainId: int | None
    folderId: int | None
    senderOptions: list[Any] | None
    replyToOptions: list[Any] | None

class EmailRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "subject", "htmlMessage", "textMessage", "type", "clientType", "salesforceCmsId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "userId", "campaignId", "listId", "prospectId", "listEmailId", "createdById", "emailTemplateId",
        "trackerDomainId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["sentAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["isOperational"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["senderOptions", "replyToOptions"], /) -> list[Any] | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "user", "campaign", "listEmail", "list", "prospect", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class EmailService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[EmailQueryField | str] | None = None, *,
        filters: EmailFilters | Mapping[str, Any] | None = None, order_by: EmailOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, EmailRecord]: ...
    @flow_method
    def create(
        self, values: EmailValues | Mapping[str, Any], *,
        fields: str | Iterable[EmailField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[EmailRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[EmailField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[EmailRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[EmailField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[EmailRecord | None]: ...

EmailTemplateField: TypeAlias = Literal[
    "id", "name", "htmlMessage", "textMessage", "isOneToOneEmail", "isDeleted", "isAutoResponderEmail",
    "isDripEmail", "isListEmail", "subject", "type", "createdAt", "updatedAt", "createdById", "updatedById",
    "trackerDomainId", "campaignId", "folderId", "tagReplacementLanguage"
]
EmailTemplateQueryField: TypeAlias = Literal[
    "id", "name", "isOneToOneEmail", "isDeleted", "isAutoResponderEmail", "isDripEmail", "isListEmail", "subject",
    "type", "createdAt", "updatedAt", "createdById", "updatedById", "trackerDomainId", "campaignId", "folderId",
    "tagReplacementLanguage"
]
EmailTemplateOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class EmailTemplateFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    isOneToOneEmail: bool
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class EmailTemplateValues(TypedDict, total=False):
    name: str | None
    htmlMessage: str | None
    textMessage: str | None
    isOneToOneEmail: bool | None
    isAutoResponderEmail: bool | None
    isDripEmail: bool | None
    isListEmail: bool | None
    subject: str | None
    type: str | None
    trackerDomainId: int | None
    campaignId: int | None
    folderId: int | None
    senderOptions: list[Any] | None
    replyToOptions: list[Any] | None
class EmailTemplateChanges(TypedDict, total=False):
    name: str | None
    htmlMessage: str | None
    textMessage: str | None
    isOneToOneEmail: bool | None
    isAutoResponderEmail: bool | None
    isDripEmail: bool | None
    isListEmail: bool | None
    subject: str | None
    type: str | None
    trackerDomainId: int | None
    campaignId: int | None
    folderId: int | None
    senderOptions: list[Any] | None
    replyToOptions: list[Any] | None

class EmailTemplateRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "htmlMessage", "textMessage", "subject", "type", "tagReplacementLanguage"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isOneToOneEmail", "isDeleted", "isAutoResponderEmail", "isDripEmail", "isListEmail"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdById", "updatedById", "trackerDomainId", "campaignId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["senderOptions", "replyToOptions"], /) -> list[Any] | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "trackerDomain", "campaign", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class EmailTemplateService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[EmailTemplateQueryField | str] | None = None, *,
        filters: EmailTemplateFilters | Mapping[str, Any] | None = None, order_by: EmailTemplateOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, EmailTemplateRecord]: ...
    @flow_method
    def create(
        self, values: EmailTemplateValues | Mapping[str, Any], *,
        fields: str | Iterable[EmailTemplateField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[EmailTemplateRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: EmailTemplateChanges | Mapping[str, Any], *,
        fields: str | Iterable[EmailTemplateField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[EmailTemplateRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[EmailTemplateField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[EmailTemplateRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[EmailTemplateField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[EmailTemplateRecord | None]: ...

EngagementStudioProgramField: TypeAlias = Literal[
    "id", "name", "folderId", "status", "isDeleted", "createdAt", "createdById", "updatedAt", "updatedById",
    "salesforceId", "description", "businessHours", "prospectsMultipleEntry", "recipientListIds",
    "suppressionListIds", "schedule", "scheduleCreatedById"
]
EngagementStudioProgramQueryField: TypeAlias = Literal[
    "id", "name", "folderId", "status", "isDeleted", "createdAt", "createdById", "updatedAt", "updatedById",
    "salesforceId", "description", "businessHours", "prospectsMultipleEntry", "recipientListIds",
    "suppressionListIds", "schedule", "scheduleCreatedById"
]
EngagementStudioProgramOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class EngagementStudioProgramFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class EngagementStudioProgramValues(TypedDict, total=False):
    name: str | None
    folderId: int | None

class EngagementStudioProgramRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["name", "status", "salesforceId", "description"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderId", "createdById", "updatedById", "scheduleCreatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "businessHours", "prospectsMultipleEntry", "schedule", "createdBy", "updatedBy", "folder",
        "scheduleCreatedBy"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: Literal["recipientListIds", "suppressionListIds"], /) -> list[Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class EngagementStudioProgramService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[EngagementStudioProgramQueryField | str] | None = None, *,
        filters: EngagementStudioProgramFilters | Mapping[str, Any] | None = None, order_by: EngagementStudioProgramOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, EngagementStudioProgramRecord]: ...
    @flow_method
    def create(
        self, values: EngagementStudioProgramValues | Mapping[str, Any], *,
        fields: str | Iterable[EngagementStudioProgramField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[EngagementStudioProgramRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[EngagementStudioProgramField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[EngagementStudioProgramRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[EngagementStudioProgramField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[EngagementStudioProgramRecord | None]: ...

ExternalActivityField: TypeAlias = Literal[
    "id", "extension", "extensionSalesforceId", "type", "typeSalesforceId", "prospectId", "value", "activityDate",
    "createdAt", "createdById"
]
ExternalActivityQueryField: TypeAlias = Literal[
    "id", "extension", "extensionSalesforceId", "type", "typeSalesforceId", "prospectId", "value", "activityDate",
    "createdAt", "createdById"
]
ExternalActivityOrder: TypeAlias = Literal["id", "id DESC"]
class ExternalActivityFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    activityDate: datetime
    activityDateAfter: datetime
    activityDateAfterOrEqualTo: datetime
    activityDateBefore: datetime
    activityDateBeforeOrEqualTo: datetime
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
class ExternalActivityValues(TypedDict, total=False):
    extension: str | None
    type: str | None
    email: str | None
    value: str | None
    activityDate: datetime | None

class ExternalActivityRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "extension", "extensionSalesforceId", "type", "typeSalesforceId", "value"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["prospectId", "createdById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["activityDate", "createdAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ExternalActivityService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ExternalActivityQueryField | str] | None = None, *,
        filters: ExternalActivityFilters | Mapping[str, Any] | None = None, order_by: ExternalActivityOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ExternalActivityRecord]: ...
    @flow_method
    def create(
        self, values: ExternalActivityValues | Mapping[str, Any], *,
        fields: str | Iterable[ExternalActivityField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[ExternalActivityRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ExternalActivityField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ExternalActivityRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ExternalActivityField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ExternalActivityRecord | None]: ...

FileField: TypeAlias = Literal[
    "id", "name", "url", "size", "bitlyIsPersonalized", "bitlyShortUrl", "vanityUrl", "vanityUrlPath",
    "createdById", "updatedById", "createdAt", "updatedAt", "salesforceId", "campaignId", "trackerDomainId",
    "isTracked", "folderId", "salesforceCmsId"
]
FileQueryField: TypeAlias = Literal[
    "id", "name", "url", "size", "bitlyIsPersonalized", "bitlyShortUrl", "vanityUrl", "vanityUrlPath",
    "createdById", "updatedById", "createdAt", "updatedAt", "salesforceId", "campaignId", "trackerDomainId",
    "isTracked", "folderId", "salesforceCmsId"
]
FileOrder: TypeAlias = Literal["id", "id DESC"]
class FileFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
class FileValues(TypedDict, total=False):
    name: str | None
    vanityUrlPath: str | None
    campaignId: int | None
    trackerDomainId: int | None
    folderId: int | None
class FileChanges(TypedDict, total=False):
    name: str | None
    vanityUrlPath: str | None
    campaignId: int | None
    trackerDomainId: int | None
    folderId: int | None

class FileRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "url", "bitlyShortUrl", "vanityUrl", "vanityUrlPath", "salesforceId", "salesforceCmsId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "size", "createdById", "updatedById", "campaignId", "trackerDomainId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["bitlyIsPersonalized", "isTracked"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "trackerDomain", "campaign", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FileService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FileQueryField | str] | None = None, *,
        filters: FileFilters | Mapping[str, Any] | None = None, order_by: FileOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FileRecord]: ...
    @flow_method
    def create(
        self, values: FileValues | Mapping[str, Any], *,
        fields: str | Iterable[FileField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[FileRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: FileChanges | Mapping[str, Any], *,
        fields: str | Iterable[FileField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[FileRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FileField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FileRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FileField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FileRecord | None]: ...

FolderField: TypeAlias = Literal[
    "id", "createdAt", "createdById", "name", "parentFolderId", "path", "updatedAt", "updatedById",
    "usePermissions"
]
FolderQueryField: TypeAlias = Literal[
    "id", "createdAt", "createdById", "name", "parentFolderId", "path", "updatedAt", "updatedById",
    "usePermissions"
]
FolderOrder: TypeAlias = Literal["id", "id DESC"]
class FolderFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    parentFolderId: int
    parentFolderIdGreaterThan: int
    parentFolderIdGreaterThanOrEqualTo: int
    parentFolderIdLessThan: int
    parentFolderIdLessThanOrEqualTo: int
    parentFolderIdIsNull: bool
    parentFolderIdIsNotNull: bool

class FolderRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdById", "parentFolderId", "updatedById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["name", "path"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["usePermissions"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "parentFolder", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FolderService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FolderQueryField | str] | None = None, *,
        filters: FolderFilters | Mapping[str, Any] | None = None, order_by: FolderOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FolderRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FolderField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FolderRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FolderField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FolderRecord | None]: ...

FolderContentsField: TypeAlias = Literal[
    "id", "folderId", "folderRef", "objectType", "objectId", "objectName", "objectRef", "createdById",
    "updatedById", "createdAt", "updatedAt"
]
FolderContentsQueryField: TypeAlias = Literal[
    "id", "folderId", "folderRef", "objectType", "objectId", "objectName", "objectRef", "createdById",
    "updatedById", "createdAt", "updatedAt"
]
FolderContentsOrder: TypeAlias = Literal[
    "id", "id DESC", "folderId", "folderId DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class FolderContentsFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    folderId: int
    objectId: int
    objectName: str
    createdById: int
    updatedById: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class FolderContentsRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderId", "objectId", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "folderRef", "objectType", "objectName", "objectRef"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy", "folder"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FolderContentsService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FolderContentsQueryField | str] | None = None, *,
        filters: FolderContentsFilters | Mapping[str, Any] | None = None, order_by: FolderContentsOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FolderContentsRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FolderContentsField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FolderContentsRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FolderContentsField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FolderContentsRecord | None]: ...

FormField: TypeAlias = Literal[
    "id", "name", "campaignId", "url", "embedCode", "salesforceId", "layoutTemplateId", "submitButtonText",
    "redirectLocation", "thankYouContent", "thankYouCode", "beforeFormContent", "afterFormContent", "fontSize",
    "fontFamily", "fontColor", "labelAlignment", "radioAlignment", "checkboxAlignment", "requiredCharacter",
    "showNotProspect", "isUseRedirectLocation", "isAlwaysDisplay", "isCaptchaEnabled", "isCookieless",
    "isDeleted", "createdById", "updatedById", "createdAt", "updatedAt", "trackerDomainId", "folderId",
    "salesforceCmsId"
]
FormQueryField: TypeAlias = Literal[
    "id", "name", "campaignId", "url", "embedCode", "salesforceId", "layoutTemplateId", "submitButtonText",
    "redirectLocation", "thankYouContent", "thankYouCode", "beforeFormContent", "afterFormContent", "fontSize",
    "fontFamily", "fontColor", "labelAlignment", "radioAlignment", "checkboxAlignment", "requiredCharacter",
    "showNotProspect", "isUseRedirectLocation", "isAlwaysDisplay", "isCaptchaEnabled", "isCookieless",
    "isDeleted", "createdById", "updatedById", "createdAt", "updatedAt", "trackerDomainId", "folderId",
    "salesforceCmsId"
]
FormOrder: TypeAlias = Literal["id", "id DESC"]
class FormFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
class FormValues(TypedDict, total=False):
    name: str | None
    campaignId: int | None
    layoutTemplateId: int | None
    submitButtonText: str | None
    redirectLocation: str | None
    thankYouContent: str | None
    thankYouCode: str | None
    beforeFormContent: str | None
    afterFormContent: str | None
    fontSize: str | None
    fontFamily: str | None
    fontColor: str | None
    labelAlignment: str | None
    radioAlignment: str | None
    checkboxAlignment: str | None
    requiredCharacter: str | None
    showNotProspect: bool | None
    isAlwaysDisplay: bool | None
    isCaptchaEnabled: bool | None
    isCookieless: bool | None
    trackerDomainId: int | None
    folderId: int | None

class FormRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "url", "embedCode", "salesforceId", "submitButtonText", "redirectLocation", "thankYouContent",
        "thankYouCode", "beforeFormContent", "afterFormContent", "fontSize", "fontFamily", "fontColor",
        "labelAlignment", "radioAlignment", "checkboxAlignment", "requiredCharacter", "salesforceCmsId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "layoutTemplateId", "createdById", "updatedById", "trackerDomainId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "showNotProspect", "isUseRedirectLocation", "isAlwaysDisplay", "isCaptchaEnabled", "isCookieless",
        "isDeleted"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "trackerDomain", "campaign", "layoutTemplate", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FormService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FormQueryField | str] | None = None, *,
        filters: FormFilters | Mapping[str, Any] | None = None, order_by: FormOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FormRecord]: ...
    @flow_method
    def create(
        self, values: FormValues | Mapping[str, Any], *,
        fields: str | Iterable[FormField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[FormRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FormField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FormRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FormField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FormRecord | None]: ...

FormFieldField: TypeAlias = Literal[
    "id", "formId", "sortOrder", "prospectApiFieldId", "label", "description", "errorMessage", "cssClasses",
    "type", "dataFormat", "isRequired", "isAlwaysDisplay", "isMaintainInitialValue", "isDoNotPrefill",
    "hasProgressives", "hasValues", "hasDependents", "createdById", "updatedById", "createdAt", "updatedAt"
]
FormFieldQueryField: TypeAlias = Literal[
    "id", "formId", "sortOrder", "prospectApiFieldId", "label", "errorMessage", "cssClasses", "type",
    "dataFormat", "isRequired", "isAlwaysDisplay", "isMaintainInitialValue", "isDoNotPrefill", "hasProgressives",
    "hasValues", "hasDependents", "createdById", "updatedById", "createdAt", "updatedAt"
]
FormFieldOrder: TypeAlias = Literal[
    "id", "id DESC", "formId", "formId DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class FormFieldFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    formId: int
    formIdGreaterThan: int
    formIdGreaterThanOrEqualTo: int
    formIdLessThan: int
    formIdLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class FormFieldValues(TypedDict, total=False):
    formId: int | None
    prospectApiFieldId: str | None
    label: str | None
    description: str | None
    errorMessage: str | None
    cssClasses: str | None
    type: str | None
    dataFormat: str | None
    isRequired: bool | None
    isAlwaysDisplay: bool | None
    isMaintainInitialValue: bool | None
    isDoNotPrefill: bool | None

class FormFieldRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["formId", "sortOrder", "createdById", "updatedById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "prospectApiFieldId", "label", "description", "errorMessage", "cssClasses", "type", "dataFormat"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isRequired", "isAlwaysDisplay", "isMaintainInitialValue", "isDoNotPrefill", "hasProgressives",
        "hasValues", "hasDependents"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["form", "createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FormFieldService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FormFieldQueryField | str] | None = None, *,
        filters: FormFieldFilters | Mapping[str, Any] | None = None, order_by: FormFieldOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FormFieldRecord]: ...
    @flow_method
    def create(
        self, values: FormFieldValues | Mapping[str, Any], *,
        fields: str | Iterable[FormFieldField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[FormFieldRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FormFieldField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FormFieldRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FormFieldField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FormFieldRecord | None]: ...

FormHandlerField: TypeAlias = Literal[
    "id", "name", "salesforceId", "campaignId", "embedCode", "createdAt", "updatedAt", "createdById",
    "updatedById", "trackerDomainId", "isDataForwarded", "successLocation", "errorLocation", "isAlwaysEmail",
    "isCookieless", "isDeleted", "folderId", "url"
]
FormHandlerQueryField: TypeAlias = Literal[
    "id", "name", "salesforceId", "campaignId", "embedCode", "createdAt", "updatedAt", "createdById",
    "updatedById", "trackerDomainId", "isDataForwarded", "successLocation", "errorLocation", "isAlwaysEmail",
    "isCookieless", "isDeleted", "folderId", "url"
]
FormHandlerOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class FormHandlerFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class FormHandlerValues(TypedDict, total=False):
    name: str | None
    campaignId: int | None
    trackerDomainId: int | None
    isDataForwarded: bool | None
    successLocation: str | None
    errorLocation: str | None
    isAlwaysEmail: bool | None
    isCookieless: bool | None
    folderId: int | None
class FormHandlerChanges(TypedDict, total=False):
    name: str | None
    campaignId: int | None
    trackerDomainId: int | None
    isDataForwarded: bool | None
    successLocation: str | None
    errorLocation: str | None
    isAlwaysEmail: bool | None
    isCookieless: bool | None
    folderId: int | None

class FormHandlerRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "salesforceId", "embedCode", "successLocation", "errorLocation", "url"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "createdById", "updatedById", "trackerDomainId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isDataForwarded", "isAlwaysEmail", "isCookieless", "isDeleted"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "folder", "campaign", "trackerDomain"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FormHandlerService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FormHandlerQueryField | str] | None = None, *,
        filters: FormHandlerFilters | Mapping[str, Any] | None = None, order_by: FormHandlerOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FormHandlerRecord]: ...
    @flow_method
    def create(
        self, values: FormHandlerValues | Mapping[str, Any], *,
        fields: str | Iterable[FormHandlerField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[FormHandlerRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: FormHandlerChanges | Mapping[str, Any], *,
        fields: str | Iterable[FormHandlerField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[FormHandlerRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FormHandlerField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FormHandlerRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FormHandlerField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FormHandlerRecord | None]: ...

FormHandlerFieldField: TypeAlias = Literal[
    "id", "name", "formHandlerId", "isMaintainInitialValue", "isRequired", "createdAt", "createdById",
    "dataFormat", "errorMessage", "prospectApiFieldId"
]
FormHandlerFieldQueryField: TypeAlias = Literal[
    "id", "name", "formHandlerId", "isMaintainInitialValue", "isRequired", "createdAt", "createdById",
    "dataFormat", "errorMessage", "prospectApiFieldId"
]
FormHandlerFieldOrder: TypeAlias = Literal[
    "id", "id DESC", "formHandlerId", "formHandlerId DESC", "createdAt", "createdAt DESC"
]
class FormHandlerFieldFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    formHandlerId: int
    formHandlerIdGreaterThan: int
    formHandlerIdGreaterThanOrEqualTo: int
    formHandlerIdLessThan: int
    formHandlerIdLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
class FormHandlerFieldValues(TypedDict, total=False):
    name: str | None
    formHandlerId: int | None
    isMaintainInitialValue: bool | None
    isRequired: bool | None
    dataFormat: str | None
    errorMessage: str | None
    prospectApiFieldId: str | None
class FormHandlerFieldChanges(TypedDict, total=False):
    name: str | None
    formHandlerId: int | None
    isMaintainInitialValue: bool | None
    isRequired: bool | None
    dataFormat: str | None
    errorMessage: str | None
    prospectApiFieldId: str | None

class FormHandlerFieldRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "dataFormat", "errorMessage", "prospectApiFieldId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["formHandlerId", "createdById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["isMaintainInitialValue", "isRequired"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "formHandler"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class FormHandlerFieldService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[FormHandlerFieldQueryField | str] | None = None, *,
        filters: FormHandlerFieldFilters | Mapping[str, Any] | None = None, order_by: FormHandlerFieldOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, FormHandlerFieldRecord]: ...
    @flow_method
    def create(
        self, values: FormHandlerFieldValues | Mapping[str, Any], *,
        fields: str | Iterable[FormHandlerFieldField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[FormHandlerFieldRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: FormHandlerFieldChanges | Mapping[str, Any], *,
        fields: str | Iterable[FormHandlerFieldField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[FormHandlerFieldRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[FormHandlerFieldField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[FormHandlerFieldRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[FormHandlerFieldField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[FormHandlerFieldRecord | None]: ...

LandingPageField: TypeAlias = Literal[
    "id", "name", "salesforceId", "isDeleted", "createdById", "createdAt", "updatedById", "updatedAt",
    "campaignId", "formId", "layoutTemplateId", "title", "description", "isDoNotIndex", "vanityUrl",
    "vanityUrlPath", "layoutType", "scriptFragment", "layoutCss", "layoutCssGenerated", "layoutTableBorder",
    "redirectLocation", "isUseRedirectLocation", "bitlyIsPersonalized", "bitlyShortUrl", "trackerDomainId",
    "folderId", "url", "archiveDate", "content", "openingGeneralContent", "regionContent", "salesforceCmsId"
]
LandingPageQueryField: TypeAlias = Literal[
    "id", "name", "salesforceId", "isDeleted", "createdById", "createdAt", "updatedById", "updatedAt",
    "campaignId", "formId", "layoutTemplateId", "title", "description", "isDoNotIndex", "vanityUrl",
    "vanityUrlPath", "layoutType", "layoutTableBorder", "redirectLocation", "isUseRedirectLocation",
    "bitlyIsPersonalized", "bitlyShortUrl", "trackerDomainId", "folderId", "url", "archiveDate", "salesforceCmsId"
]
LandingPageOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class LandingPageFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class LandingPageValues(TypedDict, total=False):
    name: str | None
    campaignId: int | None
    formId: int | None
    layoutTemplateId: int | None
    title: str | None
    description: str | None
    isDoNotIndex: bool | None
    vanityUrlPath: str | None
    scriptFragment: str | None
    redirectLocation: str | None
    trackerDomainId: int | None
    folderId: int | None
    archiveDate: str | None
    content: str | None
    openingGeneralContent: str | None
    regionContent: str | None

class LandingPageRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "salesforceId", "title", "description", "vanityUrl", "vanityUrlPath", "layoutType",
        "scriptFragment", "layoutCss", "layoutCssGenerated", "redirectLocation", "bitlyShortUrl", "url",
        "archiveDate", "content", "openingGeneralContent", "regionContent", "salesforceCmsId"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isDeleted", "isDoNotIndex", "isUseRedirectLocation", "bitlyIsPersonalized"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdById", "updatedById", "campaignId", "formId", "layoutTemplateId", "layoutTableBorder",
        "trackerDomainId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "folder", "campaign", "form", "layoutTemplate", "trackerDomain"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class LandingPageService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[LandingPageQueryField | str] | None = None, *,
        filters: LandingPageFilters | Mapping[str, Any] | None = None, order_by: LandingPageOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, LandingPageRecord]: ...
    @flow_method
    def create(
        self, values: LandingPageValues | Mapping[str, Any], *,
        fields: str | Iterable[LandingPageField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[LandingPageRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[LandingPageField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[LandingPageRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[LandingPageField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[LandingPageRecord | None]: ...

LayoutTemplateField: TypeAlias = Literal[
    "id", "name", "layoutContent", "formContent", "siteSearchContent", "isIncludeDefaultCss", "isDeleted",
    "createdById", "updatedById", "createdAt", "updatedAt", "folderId"
]
LayoutTemplateQueryField: TypeAlias = Literal[
    "id", "name", "layoutContent", "formContent", "siteSearchContent", "isIncludeDefaultCss", "isDeleted",
    "createdById", "updatedById", "createdAt", "updatedAt", "folderId"
]
LayoutTemplateOrder: TypeAlias = Literal["id", "id DESC"]
class LayoutTemplateFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
class LayoutTemplateValues(TypedDict, total=False):
    name: str | None
    layoutContent: str | None
    formContent: str | None
    isIncludeDefaultCss: bool | None
    folderId: int | None
class LayoutTemplateChanges(TypedDict, total=False):
    name: str | None
    layoutContent: str | None
    formContent: str | None
    isIncludeDefaultCss: bool | None
    folderId: int | None

class LayoutTemplateRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "layoutContent", "formContent", "siteSearchContent"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["isIncludeDefaultCss", "isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdById", "updatedById", "folderId"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy", "folder"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class LayoutTemplateService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[LayoutTemplateQueryField | str] | None = None, *,
        filters: LayoutTemplateFilters | Mapping[str, Any] | None = None, order_by: LayoutTemplateOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, LayoutTemplateRecord]: ...
    @flow_method
    def create(
        self, values: LayoutTemplateValues | Mapping[str, Any], *,
        fields: str | Iterable[LayoutTemplateField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[LayoutTemplateRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: LayoutTemplateChanges | Mapping[str, Any], *,
        fields: str | Iterable[LayoutTemplateField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[LayoutTemplateRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[LayoutTemplateField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[LayoutTemplateRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[LayoutTemplateField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[LayoutTemplateRecord | None]: ...

LifecycleHistoryField: TypeAlias = Literal[
    "id", "prospectId", "previousStageId", "nextStageId", "secondsElapsed", "createdAt"
]
LifecycleHistoryQueryField: TypeAlias = Literal[
    "id", "prospectId", "previousStageId", "nextStageId", "secondsElapsed", "createdAt"
]
LifecycleHistoryOrder: TypeAlias = Literal["id", "id DESC", "createdAt", "createdAt DESC"]
class LifecycleHistoryFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime

class LifecycleHistoryRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "prospectId", "previousStageId", "nextStageId", "secondsElapsed"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["prospect", "previousStage", "nextStage"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class LifecycleHistoryService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[LifecycleHistoryQueryField | str] | None = None, *,
        filters: LifecycleHistoryFilters | Mapping[str, Any] | None = None, order_by: LifecycleHistoryOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, LifecycleHistoryRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[LifecycleHistoryField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[LifecycleHistoryRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[LifecycleHistoryField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[LifecycleHistoryRecord | None]: ...

LifecycleStageField: TypeAlias = Literal[
    "id", "matchType", "isLocked", "name", "position", "createdAt", "updatedAt", "isDeleted"
]
LifecycleStageQueryField: TypeAlias = Literal[
    "id", "matchType", "isLocked", "name", "position", "createdAt", "updatedAt", "isDeleted"
]
LifecycleStageOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class LifecycleStageFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class LifecycleStageRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["matchType", "name"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["isLocked", "isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["position"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class LifecycleStageService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[LifecycleStageQueryField | str] | None = None, *,
        filters: LifecycleStageFilters | Mapping[str, Any] | None = None, order_by: LifecycleStageOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, LifecycleStageRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[LifecycleStageField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[LifecycleStageRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[LifecycleStageField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[LifecycleStageRecord | None]: ...

ListField: TypeAlias = Literal[
    "id", "name", "description", "title", "isDeleted", "isDynamic", "isPublic", "isSalesforceVisible",
    "createdById", "updatedById", "createdAt", "updatedAt", "folderId", "campaignId"
]
ListQueryField: TypeAlias = Literal[
    "id", "name", "description", "title", "isDeleted", "isDynamic", "isPublic", "isSalesforceVisible",
    "createdById", "updatedById", "createdAt", "updatedAt", "folderId", "campaignId"
]
ListOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class ListFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class ListValues(TypedDict, total=False):
    name: str | None
    description: str | None
    title: str | None
    isPublic: bool | None
    isSalesforceVisible: bool | None
    folderId: int | None
    campaignId: int | None
class ListChanges(TypedDict, total=False):
    name: str | None
    description: str | None
    title: str | None
    isPublic: bool | None
    isSalesforceVisible: bool | None
    folderId: int | None
    campaignId: int | None

class ListRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["name", "description", "title"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isDeleted", "isDynamic", "isPublic", "isSalesforceVisible"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdById", "updatedById", "folderId", "campaignId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy", "folder", "campaign"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ListService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ListQueryField | str] | None = None, *,
        filters: ListFilters | Mapping[str, Any] | None = None, order_by: ListOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ListRecord]: ...
    @flow_method
    def create(
        self, values: ListValues | Mapping[str, Any], *,
        fields: str | Iterable[ListField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[ListRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: ListChanges | Mapping[str, Any], *,
        fields: str | Iterable[ListField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[ListRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ListField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ListRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ListField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ListRecord | None]: ...

ListEmailField: TypeAlias = Literal[
    "id", "name", "subject", "htmlMessage", "type", "textMessage", "campaignId", "isPaused", "isSent",
    "isDeleted", "clientType", "createdById", "updatedById", "createdAt", "updatedAt", "sentAt",
    "operationalEmail", "isOperational", "trackerDomainId", "emailTemplateId", "folderId"
]
ListEmailQueryField: TypeAlias = Literal[
    "id", "name", "subject", "type", "campaignId", "isPaused", "isSent", "isDeleted", "clientType", "createdById",
    "updatedById", "createdAt", "updatedAt", "sentAt", "operationalEmail", "isOperational", "trackerDomainId",
    "emailTemplateId", "folderId"
]
ListEmailOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC", "sentAt", "sentAt DESC"
]
class ListEmailFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
    sentAt: datetime
    sentAtAfter: datetime
    sentAtAfterOrEqualTo: datetime
    sentAtBefore: datetime
    sentAtBeforeOrEqualTo: datetime
class ListEmailValues(TypedDict, total=False):
    name: str | None
    subject: str | None
    htmlMessage: str | None
    textMessage: str | None
    campaignId: int | None
    scheduledTime: datetime | None
    isOperational: bool | None
    trackerDomainId: int | None
    emailTemplateId: int | None
    recipientListIds: list[Any] | None
    suppressionListIds: list[Any] | None
    folderId: int | None
    senderOptions: list[Any] | None
    replyToOptions: list[Any] | None

class ListEmailRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "subject", "htmlMessage", "type", "textMessage", "clientType"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "createdById", "updatedById", "trackerDomainId", "emailTemplateId", "folderId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isPaused", "isSent", "isDeleted", "operationalEmail", "isOperational"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt", "sentAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "senderOptions", "replyToOptions", "recipientLists", "suppressionLists"
    ], /) -> list[Any] | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaign", "createdBy", "updatedBy", "trackerDomain", "folder"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ListEmailService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ListEmailQueryField | str] | None = None, *,
        filters: ListEmailFilters | Mapping[str, Any] | None = None, order_by: ListEmailOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ListEmailRecord]: ...
    @flow_method
    def create(
        self, values: ListEmailValues | Mapping[str, Any], *,
        fields: str | Iterable[ListEmailField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[ListEmailRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ListEmailField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ListEmailRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ListEmailField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ListEmailRecord | None]: ...

ListMembershipField: TypeAlias = Literal[
    "id", "listId", "prospectId", "optedOut", "createdAt", "updatedAt", "createdById", "updatedById", "isDeleted"
]
ListMembershipQueryField: TypeAlias = Literal[
    "id", "listId", "prospectId", "optedOut", "createdAt", "updatedAt", "createdById", "updatedById", "isDeleted"
]
ListMembershipOrder: TypeAlias = Literal[
    "id", "id DESC", "listId", "listId DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class ListMembershipFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    listId: int
    listIdGreaterThan: int
    listIdGreaterThanOrEqualTo: int
    listIdLessThan: int
    listIdLessThanOrEqualTo: int
    prospectId: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class ListMembershipValues(TypedDict, total=False):
    listId: int | None
    prospectId: int | None
    optedOut: bool | None
class ListMembershipChanges(TypedDict, total=False):
    listId: int | None
    prospectId: int | None
    optedOut: bool | None

class ListMembershipRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "listId", "prospectId", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["optedOut", "isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["list", "prospect", "createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ListMembershipService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ListMembershipQueryField | str] | None = None, *,
        filters: ListMembershipFilters | Mapping[str, Any] | None = None, order_by: ListMembershipOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ListMembershipRecord]: ...
    @flow_method
    def create(
        self, values: ListMembershipValues | Mapping[str, Any], *,
        fields: str | Iterable[ListMembershipField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[ListMembershipRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: ListMembershipChanges | Mapping[str, Any], *,
        fields: str | Iterable[ListMembershipField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[ListMembershipRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ListMembershipField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ListMembershipRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ListMembershipField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ListMembershipRecord | None]: ...

OpportunityField: TypeAlias = Literal[
    "id", "campaignId", "name", "value", "probability", "salesforceId", "type", "stage", "status", "closedAt",
    "createdAt", "updatedAt", "createdById", "updatedById"
]
OpportunityQueryField: TypeAlias = Literal[
    "id", "campaignId", "name", "value", "probability", "salesforceId", "type", "stage", "status", "closedAt",
    "createdAt", "updatedAt", "createdById", "updatedById"
]
OpportunityOrder: TypeAlias = Literal[
    "id", "id DESC", "closedAt", "closedAt DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class OpportunityFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    closedAt: datetime
    closedAtAfter: datetime
    closedAtAfterOrEqualTo: datetime
    closedAtBefore: datetime
    closedAtBeforeOrEqualTo: datetime
    closedAtIsNull: bool
    closedAtIsNotNull: bool
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class OpportunityRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "probability", "createdById", "updatedById"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["name", "salesforceId", "type", "stage", "status"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["value"], /) -> Decimal | None: ...
    @overload
    def __getitem__(self, name: Literal["closedAt", "createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["updatedBy", "campaign", "createdBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class OpportunityService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[OpportunityQueryField | str] | None = None, *,
        filters: OpportunityFilters | Mapping[str, Any] | None = None, order_by: OpportunityOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, OpportunityRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[OpportunityField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[OpportunityRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[OpportunityField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[OpportunityRecord | None]: ...

ProspectField: TypeAlias = Literal[
    "id", "addressOne", "addressTwo", "annualRevenue", "campaignId", "campaignParameter", "salesforceCampaignId",
    "city", "comments", "company", "contentParameter", "convertedAt", "convertedFromObjectName",
    "convertedFromObjectType", "country", "createdAt", "createdById", "salesforceAccountId",
    "salesforceContactId", "salesforceLastSync", "salesforceLeadId", "salesforceOwnerId", "department", "email",
    "emailBouncedAt", "emailBouncedReason", "employees", "fax", "firstActivityAt", "firstAssignedAt", "firstName",
    "firstReferrerQuery", "firstReferrerType", "firstReferrerUrl", "grade", "industry", "isDeleted",
    "isDoNotCall", "isDoNotEmail", "isEmailHardBounced", "isReviewed", "isStarred", "jobTitle", "lastActivityAt",
    "lastName", "mediumParameter", "notes", "optedOut", "password", "phone", "prospectAccountId", "salesforceId",
    "salutation", "score", "source", "sourceParameter", "state", "termParameter", "territory", "updatedAt",
    "updatedById", "userId", "website", "yearsInBusiness", "zip", "assignedToId", "profileId", "salesforceUrl",
    "lifecycleStageId", "recentInteraction", "doNotSell"
]
ProspectQueryField: TypeAlias = Literal[
    "id", "addressOne", "addressTwo", "annualRevenue", "campaignId", "campaignParameter", "salesforceCampaignId",
    "city", "comments", "company", "contentParameter", "convertedAt", "convertedFromObjectName",
    "convertedFromObjectType", "country", "createdAt", "createdById", "salesforceAccountId",
    "salesforceContactId", "salesforceLastSync", "salesforceLeadId", "salesforceOwnerId", "department", "email",
    "emailBouncedAt", "emailBouncedReason", "employees", "fax", "firstActivityAt", "firstAssignedAt", "firstName",
    "firstReferrerQuery", "firstReferrerType", "firstReferrerUrl", "grade", "industry", "isDeleted",
    "isDoNotCall", "isDoNotEmail", "isEmailHardBounced", "isReviewed", "isStarred", "jobTitle", "lastActivityAt",
    "lastName", "mediumParameter", "notes", "optedOut", "password", "phone", "prospectAccountId", "salesforceId",
    "salutation", "score", "source", "sourceParameter", "state", "termParameter", "territory", "updatedAt",
    "updatedById", "userId", "website", "yearsInBusiness", "zip", "assignedToId", "profileId", "salesforceUrl",
    "lifecycleStageId", "recentInteraction", "doNotSell"
]
ProspectOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "lastActivityAt", "lastActivityAt DESC", "updatedAt",
    "updatedAt DESC"
]
class ProspectFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    email: str
    lastActivityAt: datetime
    lastActivityAtAfter: datetime
    lastActivityAtAfterOrEqualTo: datetime
    lastActivityAtBefore: datetime
    lastActivityAtBeforeOrEqualTo: datetime
    salesforceId: str
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
    userId: int
    userIdGreaterThan: int
    userIdGreaterThanOrEqualTo: int
    userIdLessThan: int
    userIdLessThanOrEqualTo: int
    userIdIsNull: bool
    userIdIsNotNull: bool
    assignedToId: int
    assignedToIdGreaterThan: int
    assignedToIdGreaterThanOrEqualTo: int
    assignedToIdLessThan: int
    assignedToIdLessThanOrEqualTo: int
class ProspectValues(TypedDict, total=False):
    addressOne: str | None
    addressTwo: str | None
    annualRevenue: str | None
    campaignId: int | None
    city: str | None
    comments: str | None
    company: str | None
    country: str | None
    salesforceOwnerId: str | None
    department: str | None
    email: str | None
    employees: str | None
    fax: str | None
    firstName: str | None
    industry: str | None
    isDoNotCall: bool | None
    isDoNotEmail: bool | None
    isReviewed: bool | None
    isStarred: bool | None
    jobTitle: str | None
    lastName: str | None
    notes: str | None
    optedOut: bool | None
    phone: str | None
    prospectAccountId: int | None
    salesforceId: str | None
    salutation: str | None
    score: int | None
    source: str | None
    state: str | None
    territory: str | None
    userId: int | None
    website: str | None
    yearsInBusiness: str | None
    zip: str | None
    profileId: int | None
class ProspectChanges(TypedDict, total=False):
    addressOne: str | None
    addressTwo: str | None
    annualRevenue: str | None
    campaignId: int | None
    city: str | None
    comments: str | None
    company: str | None
    country: str | None
    salesforceOwnerId: str | None
    department: str | None
    email: str | None
    employees: str | None
    fax: str | None
    firstName: str | None
    industry: str | None
    isDoNotCall: bool | None
    isDoNotEmail: bool | None
    isReviewed: bool | None
    isStarred: bool | None
    jobTitle: str | None
    lastName: str | None
    notes: str | None
    optedOut: bool | None
    phone: str | None
    prospectAccountId: int | None
    salesforceId: str | None
    salutation: str | None
    score: int | None
    source: str | None
    state: str | None
    territory: str | None
    userId: int | None
    website: str | None
    yearsInBusiness: str | None
    zip: str | None
    profileId: int | None

class ProspectRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "addressOne", "addressTwo", "annualRevenue", "campaignParameter", "salesforceCampaignId", "city",
        "comments", "company", "contentParameter", "convertedFromObjectName", "convertedFromObjectType",
        "country", "salesforceAccountId", "salesforceContactId", "salesforceLeadId", "salesforceOwnerId",
        "department", "email", "emailBouncedReason", "employees", "fax", "firstName", "firstReferrerQuery",
        "firstReferrerType", "firstReferrerUrl", "grade", "industry", "jobTitle", "lastName", "mediumParameter",
        "notes", "password", "phone", "salesforceId", "salutation", "source", "sourceParameter", "state",
        "termParameter", "territory", "website", "yearsInBusiness", "zip", "salesforceUrl", "recentInteraction"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "createdById", "prospectAccountId", "score", "updatedById", "userId", "assignedToId",
        "profileId", "lifecycleStageId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "convertedAt", "createdAt", "salesforceLastSync", "emailBouncedAt", "firstActivityAt", "firstAssignedAt",
        "lastActivityAt", "updatedAt"
    ], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "isDeleted", "isDoNotCall", "isDoNotEmail", "isEmailHardBounced", "isReviewed", "isStarred", "optedOut",
        "doNotSell"
    ], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "assignedTo", "campaign", "prospectAccount", "createdBy", "updatedBy"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ProspectService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ProspectQueryField | str] | None = None, *,
        filters: ProspectFilters | Mapping[str, Any] | None = None, order_by: ProspectOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ProspectRecord]: ...
    @flow_method
    def create(
        self, values: ProspectValues | Mapping[str, Any], *,
        fields: str | Iterable[ProspectField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[ProspectRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: ProspectChanges | Mapping[str, Any], *,
        fields: str | Iterable[ProspectField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[ProspectRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ProspectField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ProspectRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ProspectField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ProspectRecord | None]: ...

ProspectAccountField: TypeAlias = Literal[
    "id", "name", "salesforceId", "createdAt", "updatedAt", "createdById", "updatedById", "assignedToId",
    "annualRevenue", "billingAddressOne", "billingAddressTwo", "billingCity", "billingCountry", "billingState",
    "billingZip", "description", "employees", "fax", "industry", "number", "ownership", "phone", "rating",
    "shippingAddressOne", "shippingAddressTwo", "shippingCity", "shippingCountry", "shippingState", "shippingZip",
    "sic", "site", "tickerSymbol", "type", "website", "isDeleted"
]
ProspectAccountQueryField: TypeAlias = Literal[
    "id", "name", "salesforceId", "createdAt", "updatedAt", "createdById", "updatedById", "assignedToId",
    "annualRevenue", "billingAddressOne", "billingAddressTwo", "billingCity", "billingCountry", "billingState",
    "billingZip", "description", "employees", "fax", "industry", "number", "ownership", "phone", "rating",
    "shippingAddressOne", "shippingAddressTwo", "shippingCity", "shippingCountry", "shippingState", "shippingZip",
    "sic", "site", "tickerSymbol", "type", "website", "isDeleted"
]
ProspectAccountOrder: TypeAlias = Literal[
    "id", "id DESC", "salesforceId", "salesforceId DESC"
]
class ProspectAccountFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int

class ProspectAccountRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "name", "salesforceId", "annualRevenue", "billingAddressOne", "billingAddressTwo", "billingCity",
        "billingCountry", "billingState", "billingZip", "description", "employees", "fax", "industry", "number",
        "ownership", "phone", "rating", "shippingAddressOne", "shippingAddressTwo", "shippingCity",
        "shippingCountry", "shippingState", "shippingZip", "sic", "site", "tickerSymbol", "type", "website"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdById", "updatedById", "assignedToId"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy", "assignedTo"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class ProspectAccountService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[ProspectAccountQueryField | str] | None = None, *,
        filters: ProspectAccountFilters | Mapping[str, Any] | None = None, order_by: ProspectAccountOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, ProspectAccountRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[ProspectAccountField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[ProspectAccountRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[ProspectAccountField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[ProspectAccountRecord | None]: ...

TagField: TypeAlias = Literal[
    "id", "name", "objectCount", "createdById", "updatedById", "createdAt", "updatedAt"
]
TagQueryField: TypeAlias = Literal[
    "id", "name", "objectCount", "createdById", "updatedById", "createdAt", "updatedAt"
]
TagOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class TagFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    name: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
class TagValues(TypedDict, total=False):
    name: str | None
class TagChanges(TypedDict, total=False):
    name: str | None

class TagRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["name"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["objectCount", "createdById", "updatedById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class TagService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[TagQueryField | str] | None = None, *,
        filters: TagFilters | Mapping[str, Any] | None = None, order_by: TagOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, TagRecord]: ...
    @flow_method
    def create(
        self, values: TagValues | Mapping[str, Any], *,
        fields: str | Iterable[TagField | str] | None = ..., file: FileInput | None = None,
    ) -> Flow[TagRecord]: ...
    @flow_method
    def update(
        self, id: int | str, values: TagChanges | Mapping[str, Any], *,
        fields: str | Iterable[TagField | str] | None = None, file: FileInput | None = None,
    ) -> Flow[TagRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[TagField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[TagRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[TagField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[TagRecord | None]: ...

TaggedObjectField: TypeAlias = Literal[
    "id", "tagId", "objectType", "objectId", "objectName", "createdAt", "createdById"
]
TaggedObjectQueryField: TypeAlias = Literal[
    "id", "tagId", "objectType", "objectId", "objectName", "createdAt", "createdById"
]
TaggedObjectOrder: TypeAlias = Literal["id", "id DESC"]
class TaggedObjectFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    tagId: int
    objectId: int
    objectName: str

class TaggedObjectRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["tagId", "objectId", "createdById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["objectType", "objectName"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "tag"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class TaggedObjectService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[TaggedObjectQueryField | str] | None = None, *,
        filters: TaggedObjectFilters | Mapping[str, Any] | None = None, order_by: TaggedObjectOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, TaggedObjectRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[TaggedObjectField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[TaggedObjectRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[TaggedObjectField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[TaggedObjectRecord | None]: ...

TrackerDomainField: TypeAlias = Literal[
    "id", "domain", "isPrimary", "isDeleted", "validationStatus", "sslStatus", "sslRequestedById",
    "sslStatusDetails", "httpsStatus", "vanityUrlStatus", "validatedAt", "createdById", "updatedById",
    "createdAt", "updatedAt", "defaultCampaignId", "trackingCode"
]
TrackerDomainQueryField: TypeAlias = Literal[
    "id", "domain", "isPrimary", "isDeleted", "validationStatus", "sslStatus", "sslRequestedById",
    "sslStatusDetails", "httpsStatus", "vanityUrlStatus", "validatedAt", "createdById", "updatedById",
    "createdAt", "updatedAt", "defaultCampaignId", "trackingCode"
]
TrackerDomainOrder: TypeAlias = Literal["id", "id DESC"]
class TrackerDomainFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int

class TrackerDomainRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "domain", "validationStatus", "sslStatus", "sslStatusDetails", "httpsStatus", "vanityUrlStatus",
        "trackingCode"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["isPrimary", "isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "sslRequestedById", "createdById", "updatedById", "defaultCampaignId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["validatedAt", "createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "createdBy", "updatedBy", "defaultCampaign", "sslRequestedBy"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class TrackerDomainService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[TrackerDomainQueryField | str] | None = None, *,
        filters: TrackerDomainFilters | Mapping[str, Any] | None = None, order_by: TrackerDomainOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, TrackerDomainRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[TrackerDomainField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[TrackerDomainRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[TrackerDomainField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[TrackerDomainRecord | None]: ...

UserField: TypeAlias = Literal[
    "id", "email", "firstName", "lastName", "username", "jobTitle", "role", "roleName", "salesforceId",
    "createdAt", "updatedAt", "isDeleted", "createdById", "updatedById", "tagReplacementLanguage"
]
UserQueryField: TypeAlias = Literal[
    "id", "email", "firstName", "lastName", "username", "jobTitle", "role", "roleName", "salesforceId",
    "createdAt", "updatedAt", "isDeleted", "createdById", "updatedById", "tagReplacementLanguage"
]
UserOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class UserFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    email: str
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class UserRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "email", "firstName", "lastName", "username", "jobTitle", "role", "roleName", "salesforceId",
        "tagReplacementLanguage"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdById", "updatedById"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdBy", "updatedBy"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class UserService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[UserQueryField | str] | None = None, *,
        filters: UserFilters | Mapping[str, Any] | None = None, order_by: UserOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, UserRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[UserField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[UserRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[UserField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[UserRecord | None]: ...

VisitField: TypeAlias = Literal[
    "id", "visitorId", "prospectId", "visitorPageViewCount", "firstVisitorPageViewAt", "lastVisitorPageViewAt",
    "durationInSeconds", "campaignParameter", "mediumParameter", "sourceParameter", "contentParameter",
    "termParameter", "createdAt", "updatedAt"
]
VisitQueryField: TypeAlias = Literal[
    "id", "visitorId", "prospectId", "visitorPageViewCount", "firstVisitorPageViewAt", "lastVisitorPageViewAt",
    "durationInSeconds", "campaignParameter", "mediumParameter", "sourceParameter", "contentParameter",
    "termParameter", "createdAt", "updatedAt"
]
VisitOrder: TypeAlias = Literal[
    "id", "id DESC", "prospectId", "prospectId DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class VisitFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    visitorId: int
    visitorIdGreaterThan: int
    visitorIdGreaterThanOrEqualTo: int
    visitorIdLessThan: int
    visitorIdLessThanOrEqualTo: int
    prospectId: int
    prospectIdGreaterThan: int
    prospectIdGreaterThanOrEqualTo: int
    prospectIdLessThan: int
    prospectIdLessThanOrEqualTo: int
    prospectIdIsNull: bool
    prospectIdIsNotNull: bool
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime

class VisitRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "visitorId", "prospectId", "visitorPageViewCount", "durationInSeconds"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "firstVisitorPageViewAt", "lastVisitorPageViewAt", "createdAt", "updatedAt"
    ], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignParameter", "mediumParameter", "sourceParameter", "contentParameter", "termParameter"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["visitor", "prospect"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class VisitService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[VisitQueryField | str] | None = None, *,
        filters: VisitFilters | Mapping[str, Any] | None = None, order_by: VisitOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, VisitRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[VisitField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[VisitRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[VisitField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[VisitRecord | None]: ...

VisitorField: TypeAlias = Literal[
    "id", "campaignId", "campaignParameter", "contentParameter", "hostname", "ipAddress", "isDeleted",
    "mediumParameter", "pageViewCount", "prospectId", "sourceParameter", "termParameter", "createdAt",
    "updatedAt", "isIdentified", "doNotSell"
]
VisitorQueryField: TypeAlias = Literal[
    "id", "campaignId", "campaignParameter", "contentParameter", "hostname", "ipAddress", "isDeleted",
    "mediumParameter", "pageViewCount", "prospectId", "sourceParameter", "termParameter", "createdAt",
    "updatedAt", "isIdentified", "doNotSell"
]
VisitorOrder: TypeAlias = Literal[
    "id", "id DESC", "prospectId", "prospectId DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class VisitorFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    prospectId: int
    prospectIdGreaterThan: int
    prospectIdGreaterThanOrEqualTo: int
    prospectIdLessThan: int
    prospectIdLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
    isIdentified: bool

class VisitorRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["campaignId", "pageViewCount", "prospectId"], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignParameter", "contentParameter", "hostname", "ipAddress", "mediumParameter", "sourceParameter",
        "termParameter"
    ], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["isDeleted", "isIdentified", "doNotSell"], /) -> bool | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["prospect", "campaign"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class VisitorService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[VisitorQueryField | str] | None = None, *,
        filters: VisitorFilters | Mapping[str, Any] | None = None, order_by: VisitorOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, VisitorRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[VisitorField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[VisitorRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[VisitorField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[VisitorRecord | None]: ...

VisitorActivityField: TypeAlias = Literal[
    "id", "campaignId", "createdAt", "updatedAt", "customRedirectId", "details", "emailId", "emailTemplateId",
    "fileId", "formId", "formHandlerId", "landingPageId", "listEmailId", "multivariateTestVariationId",
    "opportunityId", "paidSearchAdId", "prospectId", "siteSearchQueryId", "type", "typeName", "visitId",
    "visitorId", "visitorPageViewId"
]
VisitorActivityQueryField: TypeAlias = Literal[
    "id", "campaignId", "createdAt", "updatedAt", "customRedirectId", "details", "emailId", "emailTemplateId",
    "fileId", "formId", "formHandlerId", "landingPageId", "listEmailId", "multivariateTestVariationId",
    "opportunityId", "paidSearchAdId", "prospectId", "siteSearchQueryId", "type", "typeName", "visitId",
    "visitorId", "visitorPageViewId"
]
VisitorActivityOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "updatedAt", "updatedAt DESC"
]
class VisitorActivityFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    updatedAt: datetime
    updatedAtAfter: datetime
    updatedAtAfterOrEqualTo: datetime
    updatedAtBefore: datetime
    updatedAtBeforeOrEqualTo: datetime
    prospectId: int
    prospectIdGreaterThan: int
    prospectIdGreaterThanOrEqualTo: int
    prospectIdLessThan: int
    prospectIdLessThanOrEqualTo: int
    type: int
    typeGreaterThan: int
    typeGreaterThanOrEqualTo: int
    typeLessThan: int
    typeLessThanOrEqualTo: int
    visitorId: int
    visitorIdGreaterThan: int
    visitorIdGreaterThanOrEqualTo: int
    visitorIdLessThan: int
    visitorIdLessThanOrEqualTo: int

class VisitorActivityRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaignId", "customRedirectId", "emailId", "emailTemplateId", "fileId", "formId", "formHandlerId",
        "landingPageId", "listEmailId", "multivariateTestVariationId", "opportunityId", "paidSearchAdId",
        "prospectId", "siteSearchQueryId", "type", "visitId", "visitorId", "visitorPageViewId"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt", "updatedAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal["details", "typeName"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "campaign", "customRedirect", "emailTemplate", "file", "form", "formHandler", "landingPage", "listEmail",
        "opportunity", "prospect", "visit", "visitor", "visitorPageView", "email"
    ], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class VisitorActivityService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[VisitorActivityQueryField | str] | None = None, *,
        filters: VisitorActivityFilters | Mapping[str, Any] | None = None, order_by: VisitorActivityOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, VisitorActivityRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[VisitorActivityField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[VisitorActivityRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[VisitorActivityField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[VisitorActivityRecord | None]: ...

VisitorPageViewField: TypeAlias = Literal[
    "id", "url", "title", "createdAt", "visitorId", "campaignId", "visitId", "durationInSeconds", "salesforceId"
]
VisitorPageViewQueryField: TypeAlias = Literal[
    "id", "url", "title", "createdAt", "visitorId", "campaignId", "visitId", "durationInSeconds", "salesforceId"
]
VisitorPageViewOrder: TypeAlias = Literal[
    "id", "id DESC", "createdAt", "createdAt DESC", "visitorId", "visitorId DESC", "visitId", "visitId DESC"
]
class VisitorPageViewFilters(TypedDict, total=False):
    id: int
    idGreaterThan: int
    idGreaterThanOrEqualTo: int
    idLessThan: int
    idLessThanOrEqualTo: int
    createdAt: datetime
    createdAtAfter: datetime
    createdAtAfterOrEqualTo: datetime
    createdAtBefore: datetime
    createdAtBeforeOrEqualTo: datetime
    visitorId: int
    visitorIdGreaterThan: int
    visitorIdGreaterThanOrEqualTo: int
    visitorIdLessThan: int
    visitorIdLessThanOrEqualTo: int
    visitId: int
    visitIdGreaterThan: int
    visitIdGreaterThanOrEqualTo: int
    visitIdLessThan: int
    visitIdLessThanOrEqualTo: int

class VisitorPageViewRecord(Record):
    @overload
    def __getitem__(self, name: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, name: Literal["url", "title", "salesforceId"], /) -> str | None: ...
    @overload
    def __getitem__(self, name: Literal["createdAt"], /) -> datetime | None: ...
    @overload
    def __getitem__(self, name: Literal[
        "visitorId", "campaignId", "visitId", "durationInSeconds"
    ], /) -> int | None: ...
    @overload
    def __getitem__(self, name: Literal["visitor", "campaign", "visit"], /) -> dict[str, Any] | None: ...
    @overload
    def __getitem__(self, name: str, /) -> Any: ...

class VisitorPageViewService(ObjectService[R]):
    def query(
        self, fields: str | Iterable[VisitorPageViewQueryField | str] | None = None, *,
        filters: VisitorPageViewFilters | Mapping[str, Any] | None = None, order_by: VisitorPageViewOrder | str = ...,
        limit: int | None = None, page_size: int = ..., deleted: bool | Literal["all"] = False,
    ) -> Listed[R, VisitorPageViewRecord]: ...
    @flow_method
    def read(
        self, id: int | str | None = None, fields: str | Iterable[VisitorPageViewField | str] | None = None, *,
        deleted: bool = False, if_modified_since: datetime | None = None, wait_for: float | timedelta = 0.0,
    ) -> Flow[VisitorPageViewRecord | None]: ...
    @flow_method
    def get_or_none(
        self, id: int | str | None = None, fields: str | Iterable[VisitorPageViewField | str] | None = None, *,
        deleted: bool = False,
    ) -> Flow[VisitorPageViewRecord | None]: ...

class Named(Generic[R]):
    @property
    def account(self) -> AccountService[R]: ...
    @property
    def bulk_actions(self) -> BulkActions[R]: ...
    @property
    def campaigns(self) -> CampaignService[R]: ...
    @property
    def custom_fields(self) -> CustomFieldService[R]: ...
    @property
    def custom_redirects(self) -> CustomRedirectService[R]: ...
    @property
    def dynamic_contents(self) -> DynamicContentService[R]: ...
    @property
    def dynamic_content_variations(self) -> DynamicContentVariationService[R]: ...
    @property
    def emails(self) -> EmailService[R]: ...
    @property
    def email_templates(self) -> EmailTemplateService[R]: ...
    @property
    def engagement_studio_programs(self) -> EngagementStudioProgramService[R]: ...
    @property
    def exports(self) -> Exports[R]: ...
    @property
    def external_activities(self) -> ExternalActivityService[R]: ...
    @property
    def files(self) -> FileService[R]: ...
    @property
    def folders(self) -> FolderService[R]: ...
    @property
    def folder_contents(self) -> FolderContentsService[R]: ...
    @property
    def forms(self) -> FormService[R]: ...
    @property
    def form_fields(self) -> FormFieldService[R]: ...
    @property
    def form_handlers(self) -> FormHandlerService[R]: ...
    @property
    def form_handler_fields(self) -> FormHandlerFieldService[R]: ...
    @property
    def imports(self) -> Imports[R]: ...
    @property
    def landing_pages(self) -> LandingPageService[R]: ...
    @property
    def layout_templates(self) -> LayoutTemplateService[R]: ...
    @property
    def lifecycle_histories(self) -> LifecycleHistoryService[R]: ...
    @property
    def lifecycle_stages(self) -> LifecycleStageService[R]: ...
    @property
    def lists(self) -> ListService[R]: ...
    @property
    def list_emails(self) -> ListEmailService[R]: ...
    @property
    def list_memberships(self) -> ListMembershipService[R]: ...
    @property
    def opportunities(self) -> OpportunityService[R]: ...
    @property
    def prospects(self) -> ProspectService[R]: ...
    @property
    def prospect_accounts(self) -> ProspectAccountService[R]: ...
    @property
    def tags(self) -> TagService[R]: ...
    @property
    def tagged_objects(self) -> TaggedObjectService[R]: ...
    @property
    def tracker_domains(self) -> TrackerDomainService[R]: ...
    @property
    def users(self) -> UserService[R]: ...
    @property
    def visits(self) -> VisitService[R]: ...
    @property
    def visitors(self) -> VisitorService[R]: ...
    @property
    def visitor_activities(self) -> VisitorActivityService[R]: ...
    @property
    def visitor_page_views(self) -> VisitorPageViewService[R]: ...
