"""The sample org's objects: each one's columns, in order, with their types.

Column types are the Arrow forms of the five field types of the service: text → string, number → decimal128(38, 18)
(the service stores every number so), date → date32, date_time → timestamp[us, UTC], boolean → bool.
Source: wire spec, metadata §2.2 and §3.
"""

from __future__ import annotations

import pyarrow as pa

FIELD_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.decimal128(38, 18),
    "date": pa.date32(),
    "date_time": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}

_DMO_SYSTEM = """
    text ssot__DataSourceId__c ssot__DataSourceObjectId__c ssot__InternalOrganizationId__c
"""
_DLO_SYSTEM = """
    text DataSource__c DataSourceObject__c InternalOrganization__c cdp_sys_SourceVersion__c
"""

# Each line: a type, then the columns that have it.
_COLUMNS = {
    "ssot__Individual__dlm": """
        text ssot__Id__c KQ_Id__c ssot__FirstName__c ssot__LastName__c ssot__PersonName__c
        date_time ssot__BirthDate__c
        text ssot__GenderId__c ssot__PrimaryLanguageId__c ssot__Occupation__c
        number ssot__ChildrenCount__c ssot__YearlyIncome__c
        boolean ssot__HasOptedOutTracking__c
        text LoyaltyTier__c
        date MemberSince__c
        text ssot__ExternalRecordId__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """
    + _DMO_SYSTEM,
    "UnifiedIndividual__dlm": """
        text ssot__Id__c KQ_Id__c ssot__FirstName__c ssot__LastName__c ssot__PersonName__c
        date_time ssot__BirthDate__c
        text ssot__GenderId__c ssot__PrimaryLanguageId__c ssot__Occupation__c
        number ssot__ChildrenCount__c ssot__YearlyIncome__c
        boolean ssot__HasOptedOutTracking__c
        text LoyaltyTier__c
        date MemberSince__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """,
    "IndividualIdentityLink__dlm": """
        text SourceRecordId__c KQ_SourceRecordId__c UnifiedRecordId__c
    """
    + _DMO_SYSTEM,
    "ssot__ContactPointEmail__dlm": """
        text ssot__Id__c KQ_Id__c ssot__PartyId__c KQ_PartyId__c
        text ssot__EmailAddress__c ssot__EmailDomain__c ssot__ContactPointTypeId__c
        boolean ssot__PrimaryFlag__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__ContactPointPhone__dlm": """
        text ssot__Id__c KQ_Id__c ssot__PartyId__c KQ_PartyId__c
        text ssot__TelephoneNumber__c ssot__FormattedE164PhoneNumber__c ssot__AreaCode__c ssot__CountryId__c
        boolean ssot__IsSMSCapable__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__ContactPointAddress__dlm": """
        text ssot__Id__c KQ_Id__c ssot__PartyId__c KQ_PartyId__c
        text ssot__AddressLine1__c ssot__AddressLine2__c ssot__CityId__c ssot__StateProvinceId__c
        text ssot__PostalCodeId__c ssot__CountryId__c
        number ssot__GeoLatitude__c ssot__GeoLongitude__c
        boolean ssot__IsUsedForShipping__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """
    + _DMO_SYSTEM,
    "UnifiedContactPointEmail__dlm": """
        text ssot__Id__c KQ_Id__c ssot__PartyId__c KQ_PartyId__c ssot__EmailAddress__c ssot__EmailDomain__c
        date_time ssot__CreatedDate__c ssot__LastModifiedDate__c
    """,
    "ssot__GoodsProduct__dlm": """
        text ssot__Id__c KQ_Id__c ssot__ProductSKU__c ssot__Name__c ssot__Description__c
        text ssot__PrimaryProductCategory__c
        number ssot__MSRPAmount__c
        text ssot__MSRPAmountCurrency__c
        boolean ssot__IsSellable__c
        date_time ssot__CreatedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__SalesOrder__dlm": """
        text ssot__Id__c KQ_Id__c ssot__OrderNumber__c ssot__SoldToCustomerId__c KQ_SoldToCustomerId__c
        date_time ssot__PurchaseOrderDate__c
        text ssot__SalesOrderStatusId__c ssot__SalesChannelId__c
        number ssot__TotalProductAmount__c ssot__TotalDeliveryAmount__c ssot__TotalTaxAmount__c
        number ssot__GrandTotalAmount__c
        text ssot__TotalAmountCurrencyId__c
        date_time ssot__PromiseDate__c ssot__CreatedDate__c ssot__LastModifiedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__SalesOrderProduct__dlm": """
        text ssot__Id__c KQ_Id__c ssot__SalesOrderId__c KQ_SalesOrderId__c ssot__ProductId__c KQ_ProductId__c
        number ssot__OrderedQuantity__c ssot__UnitPriceAmount__c ssot__DiscountAmount__c ssot__TotalLineAmount__c
        boolean ssot__IsGift__c
        date_time ssot__CreatedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__WebsiteEngagement__dlm": """
        text ssot__Id__c KQ_Id__c ssot__IndividualId__c KQ_IndividualId__c
        date_time ssot__EngagementDateTm__c
        text ssot__EngagementChannelActionId__c ssot__SessionId__c ssot__PageURL__c ssot__ReferrerURL__c
        text ssot__DeviceTypeTxt__c ssot__BrowserName__c ssot__CountryId__c ssot__SalesOrderId__c KQ_SalesOrderId__c
        date_time ssot__VisitStartTm__c ssot__VisitEndTm__c
    """
    + _DMO_SYSTEM,
    "ssot__EmailEngagement__dlm": """
        text ssot__Id__c KQ_Id__c ssot__IndividualId__c KQ_IndividualId__c ssot__ContactPointId__c KQ_ContactPointId__c
        date_time ssot__EngagementDateTm__c ssot__SentDateTm__c
        text ssot__EngagementChannelActionId__c ssot__EmailName__c ssot__SubjectLineTxt__c ssot__LinkURL__c
        boolean ssot__IsTestSend__c
    """
    + _DMO_SYSTEM,
    "ssot__CommunicationSubscription__dlm": """
        text ssot__Id__c KQ_Id__c ssot__Name__c ssot__Description__c
        date_time ssot__CreatedDate__c
    """
    + _DMO_SYSTEM,
    "ssot__CommunicationSubscriptionConsent__dlm": """
        text ssot__Id__c KQ_Id__c ssot__CommunicationSubscriptionId__c KQ_CommunicationSubscriptionId__c
        text ssot__PartyId__c KQ_PartyId__c ssot__ContactPointId__c KQ_ContactPointId__c
        text ssot__ConsentStatusId__c ssot__EngagementChannelTypeId__c ssot__ConsentCapturedSourceName__c
        date_time ssot__ConsentCapturedDateTime__c ssot__EffectiveFromDate__c ssot__EffectiveToDate__c
    """
    + _DMO_SYSTEM,
    "ssot__ContactPointConsent__dlm": """
        text ssot__Id__c KQ_Id__c ssot__ContactPointId__c KQ_ContactPointId__c ssot__PartyId__c KQ_PartyId__c
        text ssot__ConsentStatusId__c ssot__DataUsePurposeId__c ssot__ConsentCapturedSourceName__c
        date_time ssot__ConsentCapturedDateTime__c ssot__DoubleConsentCaptureDateTime__c
    """
    + _DMO_SYSTEM,
    "ssot__MarketSegment__dlm": """
        text ssot__Id__c KQ_Id__c ssot__Name__c ssot__Description__c
        date_time ssot__CreatedDate__c
    """
    + _DMO_SYSTEM,
    "Individual_Unified_SM_1767225600000__dlm": """
        text Id__c Segment_Id__c Delta_Type__c Snapshot_Type__c
        date_time Timestamp__c Version_Stamp__c
    """,
    "Contact_Home__dll": """
        text Id__c KQ_Id__c FirstName__c LastName__c Email__c MobilePhone__c
        text MailingStreet__c MailingCity__c MailingState__c MailingPostalCode__c MailingCountry__c
        date Birthdate__c
        boolean IsDeleted__c
        date_time CreatedDate__c SystemModstamp__c
    """
    + _DLO_SYSTEM,
    "Loyalty_Members__dll": """
        text MemberNumber__c KQ_MemberNumber__c FullName__c Email__c Phone__c Tier__c
        number PointsBalance__c
        date JoinDate__c
        boolean OptIn__c
        date_time LastChanged__c
    """
    + _DLO_SYSTEM,
    "Shop_Orders__dll": """
        text OrderNumber__c KQ_OrderNumber__c CustomerNumber__c KQ_CustomerNumber__c
        date_time OrderedAt__c
        number TotalAmount__c ItemCount__c
        text Currency__c CouponCode__c Status__c
    """
    + _DLO_SYSTEM,
}


def _schema(columns: str) -> pa.Schema:
    fields = []
    for line in filter(str.strip, columns.splitlines()):
        kind, *names = line.split()
        fields += [pa.field(name, FIELD_TYPES[kind]) for name in names]
    return pa.schema(fields)


SCHEMAS: dict[str, pa.Schema] = {name: _schema(columns) for name, columns in _COLUMNS.items()}
"""Object name → Arrow schema, in the order the objects are made."""
