"""What the practice shop sells: families of goods, their variants, prices, costs and nominal codes."""

from typing import NamedTuple


class Family(NamedTuple):
    """Goods of one nominal code; prices in ten-thousandths run from the first variant upwards."""

    nominal_code: str
    prefix: str
    names: tuple[str, ...]
    variants: tuple[str, ...]
    description: str
    price: int


FAMILIES = (
    Family(
        "4010-COFFEE",
        "COF",
        ("Espresso Nº 1", "House Blend", "Ethiopia Sidamo", "Decaf Colombia", "Café de Olla", "Sumatra Dark"),
        ("250 g", "500 g", "1 kg", "12 x 250 g"),
        "Whole beans, {}, roasted to order.",
        129_000,
    ),
    Family(
        "4020-TEA",
        "TEA",
        ("Earl Grey", "Sencha", "Rooibos Vanilla", "Darjeeling First Flush", "Pu-erh 普洱", "Chai Masala"),
        ("tin 100 g", "tin 250 g", "20 sachets", "100 sachets"),
        "Loose leaf or sachets, {}.",
        89_000,
    ),
    Family(
        "4030-CHEESE",
        "CHS",
        (
            "Queso Cabrales",
            "Gorgonzola Telino",
            "Raclette Courdavault",
            "Gudbrandsdalsost",
            "Mozzarella di Bufala",
        ),
        ("200 g", "1 kg pkg.", "5 kg wheel"),
        "Cheese, {}, shipped chilled.",
        140_000,
    ),
    Family(
        "4040-SWEETS",
        "SWT",
        ("Schoggi Schokolade", "Teatime Biscuits", "Pavlova", "Sirop d'érable", "Zaanse Koeken", "Gula Malacca"),
        ("100 g", "12 x 100 g", "gift box"),
        "Sweets and biscuits, {}.",
        59_500,
    ),
    Family(
        "4050-SAUCES",
        "SAU",
        ("Louisiana Hot Sauce", "Genen Shouyu", "Grandma's Boysenberry Spread", "Vegie-spread", "Röd Kaviar"),
        ("150 ml", "330 ml", "24 x 150 ml"),
        "Sauces and spreads, {}.",
        70_000,
    ),
    Family(
        "4110-KITCHEN",
        "KIT",
        ("Chef's Knife", "Cast Iron Pan", "Pour-over Kettle", "Bamboo Board", "Mixing Bowl", "Crêpe Pan Ø"),
        ("small", "medium", "large", "professional"),
        "Kitchen tools, {}.",
        249_900,
    ),
    Family(
        "4120-TABLE",
        "TAB",
        ("Stoneware Mug", "Linen Napkin", "Oak Serving Tray", "Water Carafe", "Dinner Plate"),
        ("slate", "chalk", "moss", "set of 4", "set of 12"),
        "Tableware, {}.",
        118_000,
    ),
    Family(
        "4210-OUTDOOR",
        "OUT",
        ("Camp Lantern", "Enamel Cup", "Merino Socks", "Trail Bottle", "Wool Blanket", "Rain Poncho"),
        ("S", "M", "L", "XL", "2-pack"),
        "Outdoor goods, {}.",
        199_000,
    ),
    Family(
        "4310-CARE",
        "CAR",
        ("Olive Soap", "Hand Cream Nº 5", "Cedar Candle", "Shea Balm", "Shaving Brush"),
        ("unscented", "lavender", "bergamot", "refill"),
        "Care and home fragrance, {}.",
        95_000,
    ),
    Family(
        "4410-STATIONERY",
        "STA",
        ("Notebook A5", "Fountain Pen", "Kraft Envelopes", "Desk Calendar", "Ink Bottle"),
        ("black", "blue", "dotted", "ruled", "pack of 50"),
        "Stationery, {}.",
        74_500,
    ),
)

WAREHOUSES = ("Reno, NV", "Louisville, KY", "Seattle, WA", "Allentown, PA", "Toronto, ON")

# Type, channel, store, whether tracking is told there, share of the orders in thousandths.
STORES = (
    ("shopify", "Shopify", "northwind-goods.myshopify.com", True, 430),
    ("shopify", "Shopify", "Northwind Wholesale", True, 130),
    ("amazon", "Amazon", "Amazon.com", True, 190),
    ("amazon", "Amazon", "Amazon.ca", True, 50),
    ("ebay", "eBay", "northwind_outlet", True, 60),
    ("walmart", "Walmart", "Northwind at Walmart", True, 50),
    ("manual", "Phone and fax", "Northwind", False, 60),
    ("manual", "Trade counter", "Reno shop", False, 30),
)

TAGS = ("gift", "wholesale", "VIP", "fragile", "rush", "hold for pickup", "first order", "preorder")
SHIPPING_METHODS = ("Standard", "Expedited", "Two-day", "Overnight", "Economy", "International")
VOID_REASONS = (
    "Customer cancelled",
    "Wrong address",
    "Picked the wrong items",
    "Damaged in the warehouse",
    "Duplicate shipment",
    "Customer asked to combine with a later order",
    "Address could not be delivered to, customer called twice",
)
