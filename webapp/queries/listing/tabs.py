"""The six built-in tabs: each a name and the rule for which shipments it shows, declared once."""

import sqlalchemy as sa

from webapp.choices import Choice
from webapp.models.fulfillments import IS_ACTIVE, IS_ARCHIVED, IS_SHIPPED, IS_VOIDED
from webapp.queries.listing import attention


class Tab(Choice):
    ACTIVE = "active", "Active"
    SHIPPED = "shipped", "Shipped"
    ATTENTION = "attention", "Needs attention"
    VOIDED = "voided", "Voided"
    ARCHIVED = "archived", "Archived"
    ALL = "all", "All"


RULES: dict[Tab, sa.ColumnElement[bool]] = {
    Tab.ACTIVE: IS_ACTIVE,
    Tab.SHIPPED: sa.and_(IS_ACTIVE, IS_SHIPPED),
    Tab.ATTENTION: attention.NEEDS_ATTENTION,
    Tab.VOIDED: IS_VOIDED,
    Tab.ARCHIVED: IS_ARCHIVED,
    Tab.ALL: sa.true(),
}
