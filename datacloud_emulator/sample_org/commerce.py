"""What the sample org sells, and who bought what: products, orders, order lines and the shop's raw orders.

Money is counted in whole cents, so that every total is exactly the sum of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal

from datacloud_emulator.sample_org.draws import Draws, record_id
from datacloud_emulator.sample_org.people import CRM, LOYALTY, OPENED, SHOP, TODAY, Person, Record, Row, Source

CURRENCY = "USD"
TAX_PER_MILLE = 82

# Category → (start of its stock numbers, whether sold by weight, cheapest and dearest in cents, kinds, makes).
_RANGES: dict[str, tuple[str, bool, tuple[int, int], str, str]] = {
    "Coffee": ("COF", True, (1_400, 4_200), "Espresso, Filter Roast, Decaf, Single Origin", "Morning, Café Noir, Río"),
    "Tea": ("TEA", True, (1_200, 6_800), "Green Tea, Oolong, Rooibos", "Highland, Jardín, 京 Kyoto"),
    "Grinders": ("GRI", False, (2_990, 34_900), "Hand Grinder, Burr Grinder, Travel Grinder", "Steel, Ceramic, Pro"),
    "Mugs": ("MUG", False, (690, 2_490), "Mug, Travel Mug, Espresso Cup, Tumbler", "Stoneware, Enamel, Glass, Copper"),
    "Tents": ("TEN", False, (8_990, 64_900), "One-Person Tent, Family Tent, Tarp", "Ridge, Fjord, Summit"),
    "Lights": ("LIG", False, (1_290, 11_900), "Lantern, Head Torch, Fairy Lights", 'Solar, 12" LED, Pocket'),
    "Bags": ("BAG", False, (1_990, 21_900), "Day Pack, Duffel, Tote, Dry Bag", "Canvas, Ripstop, Weekend"),
}


@dataclass(frozen=True)
class Product:
    """One thing for sale; `cents` is the price of one piece, or of one kilogram where `by_weight`."""

    id: str
    sku: str
    name: str
    category: str
    cents: int
    by_weight: bool
    sellable: bool


@dataclass(frozen=True)
class Line:
    """One product of one order; quarters of a piece or kilogram, whole cents."""

    product: Product
    quarters: int
    discount: int
    gift: bool

    @property
    def total(self) -> int:
        """What the line costs, in cents."""
        return self.product.cents * self.quarters // 4 - self.discount


@dataclass(frozen=True)
class Order:
    """One purchase by one source record, at one moment."""

    id: str
    number: str
    source: Source
    channel: str
    person: Person
    buyer: Record
    at: datetime
    status: str
    delivery: int
    coupon: str | None
    lines: tuple[Line, ...]

    @property
    def goods(self) -> int:
        """The sum of the lines, in cents."""
        return sum(line.total for line in self.lines)

    @property
    def tax(self) -> int:
        """Tax on the goods, in cents, the fraction dropped."""
        return self.goods * TAX_PER_MILLE // 1_000

    @property
    def total(self) -> int:
        """What was paid, in cents."""
        return self.goods + self.delivery + self.tax

    def named(self) -> Row:
        """The columns by which another row names this order."""
        return {"ssot__SalesOrderId__c": self.id, "KQ_SalesOrderId__c": self.source.qualifier}


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def make_products() -> list[Product]:
    """The whole range: each kind in each make."""
    draws = Draws("products")
    products: list[Product] = []
    for category, (code, by_weight, (cheapest, dearest), kinds, makes) in _RANGES.items():
        names = [f"{make} {kind}" for kind in kinds.split(", ") for make in makes.split(", ")]
        for name in names:
            number = len(products) + 1
            cents = draws.between(cheapest, dearest) // 4 * 4  # a quarter of it is whole cents
            sellable = not draws.chance(0.06)
            sku = f"{code}-{number:04d}"
            products.append(Product(record_id("01t", 52_000 + number), sku, name, category, cents, by_weight, sellable))
    return products


def product_rows(products: Sequence[Product]) -> Iterator[Row]:
    """Goods products."""
    draws = Draws("product rows")
    for product in products:
        told = draws.chance(0.7)
        yield {
            "ssot__Id__c": product.id,
            "KQ_Id__c": None,
            "ssot__ProductSKU__c": product.sku,
            "ssot__Name__c": product.name,
            "ssot__Description__c": f"{product.name}, from our {product.category.lower()} shelf" if told else None,
            "ssot__PrimaryProductCategory__c": product.category,
            "ssot__MSRPAmount__c": _money(product.cents),
            "ssot__MSRPAmountCurrency__c": CURRENCY,
            "ssot__IsSellable__c": product.sellable,
            "ssot__CreatedDate__c": draws.moment(OPENED - timedelta(days=400), OPENED),
            **CRM.system("Product2_Home"),
        }


def make_orders(people: Sequence[Person], products: Sequence[Product]) -> list[Order]:
    """All orders, oldest first. A few people buy often, many never."""
    draws = Draws("orders")
    asked = []
    for person in people:
        count = draws.below(1 + int(person.activity * 15)) + (draws.between(12, 30) if draws.chance(0.006) else 0)
        for _ in range(count):
            buyer = draws.pick(person.records)
            asked.append((draws.moment(buyer.created, TODAY), person, buyer))
    asked.sort(key=lambda each: (each[0], each[2].id))
    return [_order(draws, number, *each, products) for number, each in enumerate(asked, start=1)]


def _order(
    draws: Draws, number: int, at: datetime, person: Person, buyer: Record, products: Sequence[Product]
) -> Order:
    order_id, channel = {
        CRM: (record_id("801", 900_000 + 17 * number), "Phone"),
        SHOP: (f"W{200_000 + number}", "Web"),
        LOYALTY: (f"S-{at.year}-{number:06d}", "Store"),
    }[buyer.source]
    coupon = draws.pick(("WELCOME10", "SPRING20", "GRAZIE")) if buyer.source is SHOP and draws.chance(0.12) else None
    chosen: dict[str, Line] = {}
    for _ in range(draws.weighted({1: 45, 2: 28, 3: 15, 4: 8, 5: 4})):
        product = draws.pick(products)
        quarters = draws.between(1, 8) if product.by_weight else 4 * draws.weighted({1: 75, 2: 17, 3: 5, 6: 3})
        percent = {None: 0, "WELCOME10": 10, "SPRING20": 20, "GRAZIE": 5}[coupon]
        discount = product.cents * quarters // 4 * percent // 100
        chosen[product.id] = Line(product, quarters, discount, gift=draws.chance(0.05))
    lines = tuple(chosen.values())
    goods = sum(line.total for line in lines)
    delivery = {CRM: 695, SHOP: 0 if goods >= 5_000 else 495, LOYALTY: 0}[buyer.source]
    age = TODAY - at
    status = draws.weighted({"Delivered": 92, "Returned": 4, "Cancelled": 4})
    if age < timedelta(days=10) and buyer.source is not LOYALTY:
        status = "Placed" if age < timedelta(days=3) else "Shipped"
    return Order(order_id, f"{number:08d}", buyer.source, channel, person, buyer, at, status, delivery, coupon, lines)


_SOURCE_OBJECTS = {CRM: "Order_Home", SHOP: "Orders_WebShop", LOYALTY: "Receipts_Loyalty"}


def order_rows(orders: Sequence[Order]) -> Iterator[Row]:
    """Sales orders."""
    draws = Draws("order rows")
    for order in orders:
        promised = datetime.combine(order.at.date() + timedelta(days=draws.between(2, 7)), time(), timezone.utc)
        changed = draws.moment(order.at, min(order.at + timedelta(days=9), TODAY) + timedelta(milliseconds=1))
        yield {
            "ssot__Id__c": order.id,
            "KQ_Id__c": order.source.qualifier,
            "ssot__OrderNumber__c": order.number,
            "ssot__SoldToCustomerId__c": order.buyer.id,
            "KQ_SoldToCustomerId__c": order.buyer.source.qualifier,
            "ssot__PurchaseOrderDate__c": order.at,
            "ssot__SalesOrderStatusId__c": order.status,
            "ssot__SalesChannelId__c": order.channel,
            "ssot__TotalProductAmount__c": _money(order.goods),
            "ssot__TotalDeliveryAmount__c": None if order.channel == "Store" else _money(order.delivery),
            "ssot__TotalTaxAmount__c": _money(order.tax),
            "ssot__GrandTotalAmount__c": _money(order.total),
            "ssot__TotalAmountCurrencyId__c": CURRENCY,
            "ssot__PromiseDate__c": None if order.channel == "Store" else promised,
            "ssot__CreatedDate__c": order.at,
            "ssot__LastModifiedDate__c": changed,
            **order.source.system(_SOURCE_OBJECTS[order.source]),
        }


def line_rows(orders: Sequence[Order]) -> Iterator[Row]:
    """Sales order products."""
    for order in orders:
        for number, line in enumerate(order.lines, start=1):
            yield {
                "ssot__Id__c": f"{order.id}-{number}",
                "KQ_Id__c": order.source.qualifier,
                **order.named(),
                "ssot__ProductId__c": line.product.id,
                "KQ_ProductId__c": None,
                "ssot__OrderedQuantity__c": Decimal(line.quarters) / 4,
                "ssot__UnitPriceAmount__c": _money(line.product.cents),
                "ssot__DiscountAmount__c": _money(line.discount),
                "ssot__TotalLineAmount__c": _money(line.total),
                "ssot__IsGift__c": line.gift,
                "ssot__CreatedDate__c": order.at,
                **order.source.system(_SOURCE_OBJECTS[order.source]),
            }


def shop_order_rows(orders: Sequence[Order]) -> Iterator[Row]:
    """The web shop's orders as its data lake object keeps them."""
    for order in orders:
        if order.source is SHOP:
            yield {
                "OrderNumber__c": order.id,
                "KQ_OrderNumber__c": SHOP.qualifier,
                "CustomerNumber__c": order.buyer.id,
                "KQ_CustomerNumber__c": SHOP.qualifier,
                "OrderedAt__c": order.at,
                "TotalAmount__c": _money(order.total),
                "ItemCount__c": Decimal(len(order.lines)),
                "Currency__c": CURRENCY,
                "CouponCode__c": order.coupon,
                "Status__c": order.status.upper(),
                **SHOP.lake_system("orders.json", order.at),
            }
