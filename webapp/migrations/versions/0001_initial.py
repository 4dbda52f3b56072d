"""The whole domain: catalog, orders, fulfillment orders, shipments, stock, providers, runs, activity, people."""

import sqlalchemy as sa
from alembic import op

from webapp.schema import JSON, Instant, Key, Money

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", Key, nullable=False),
        sa.Column("sku", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("nominal_code", sa.String(length=60), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_index("ix_products_sku_lower", "products", [sa.text("lower(sku)")], unique=False)
    op.create_table(
        "provider_accounts",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("base_url", sa.String(length=255), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("consecutive_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("circuit_open_until", Instant(), nullable=True),
        sa.Column("last_read_success_at", Instant(), nullable=True),
        sa.Column("last_write_success_at", Instant(), nullable=True),
        sa.Column("last_failure_at", Instant(), nullable=True),
        sa.Column("last_failure_message", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_accounts")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_provider_accounts_kind_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", Key, nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("limited_to_warehouses", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("locale", sa.String(length=10), server_default="en_US", nullable=False),
        sa.Column("preferences", JSON, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'operator', 'supervisor', 'admin')", name=op.f("ck_users_role_known")
        ),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_users_username_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "warehouses",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouses")),
        sa.UniqueConstraint("name", name=op.f("uq_warehouses_name")),
    )
    op.create_table(
        "cost_layers",
        sa.Column("id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("warehouse_id", Key, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("unit_cost", Money(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cost_layers_quantity_positive")),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= quantity", name=op.f("ck_cost_layers_remaining_within_quantity")
        ),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("ck_cost_layers_unit_cost_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_cost_layers_product_id_products")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_cost_layers_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_layers")),
    )
    op.create_index(
        "ix_cost_layers_product_id_warehouse_id_received_at_id",
        "cost_layers",
        ["product_id", "warehouse_id", "received_at", "id"],
        unique=False,
    )

    op.create_table(
        "idempotency_keys",
        sa.Column("id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("result", JSON, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_idempotency_keys_user_id_key")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)

    op.create_table(
        "sales_channels",
        sa.Column("id", Key, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("provider_account_id", Key, nullable=True),
        sa.Column("takes_tracking", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f("fk_sales_channels_provider_account_id_provider_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_channels")),
        sa.UniqueConstraint("type", "name", name=op.f("uq_sales_channels_type_name")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_views_owner_id_name")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("address", sa.String(length=60), server_default="", nullable=False),
        sa.Column("user_agent", sa.String(length=255), server_default="", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_sessions")),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)

    op.create_table(
        "user_warehouses",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("warehouse_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_warehouses_user_id_users")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_user_warehouses_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("user_id", "warehouse_id", name=op.f("pk_user_warehouses")),
    )
    op.create_table(
        "default_views",
        sa.Column("id", Key, nullable=False),
        sa.Column("saved_view_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "role IN ('viewer', 'operator', 'supervisor', 'admin')", name=op.f("ck_default_views_role_known")
        ),
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name=op.f("ck_default_views_person_or_role")),
        sa.ForeignKeyConstraint(
            ["saved_view_id"],
            ["saved_views.id"],
            name=op.f("fk_default_views_saved_view_id_saved_views"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_default_views_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_default_views")),
        sa.UniqueConstraint("role", name=op.f("uq_default_views_role")),
        sa.UniqueConstraint("user_id", name=op.f("uq_default_views_user_id")),
    )
    op.create_table(
        "stores",
        sa.Column("id", Key, nullable=False),
        sa.Column("sales_channel_id", Key, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_channel_id"],
            ["sales_channels.id"],
            name=op.f("fk_stores_sales_channel_id_sales_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sa.UniqueConstraint("sales_channel_id", "name", name=op.f("uq_stores_sales_channel_id_name")),
    )
    op.create_table(
        "sales_orders",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_number", sa.String(length=120), nullable=False),
        sa.Column("store_id", Key, nullable=False),
        sa.Column("customer_reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("fulfillment_status", sa.String(length=30), nullable=False),
        sa.Column("shipping_method", sa.String(length=120), server_default="", nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("company", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email", sa.String(length=255), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("address1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("city", sa.String(length=120), server_default="", nullable=False),
        sa.Column("province", sa.String(length=120), server_default="", nullable=False),
        sa.Column("province_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("zip", sa.String(length=40), server_default="", nullable=False),
        sa.Column("country", sa.String(length=120), server_default="", nullable=False),
        sa.Column("country_code", sa.String(length=2), server_default="", nullable=False),
        sa.CheckConstraint(
            "fulfillment_status IN ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'over_fulfilled', 'out_of_sync')",
            name=op.f("ck_sales_orders_fulfillment_status_known"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'reserved', 'open', 'closed')", name=op.f("ck_sales_orders_status_known")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_sales_orders_store_id_stores")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_orders")),
        sa.UniqueConstraint("order_number", name=op.f("uq_sales_orders_order_number")),
    )
    op.create_index("ix_sales_orders_store_id", "sales_orders", ["store_id"], unique=False)

    op.create_table(
        "billing_addresses",
        sa.Column("sales_order_id", Key, nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("company", sa.String(length=255), server_default="", nullable=False),
        sa.Column("email", sa.String(length=255), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("address1", sa.String(length=255), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=255), server_default="", nullable=False),
        sa.Column("city", sa.String(length=120), server_default="", nullable=False),
        sa.Column("province", sa.String(length=120), server_default="", nullable=False),
        sa.Column("province_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("zip", sa.String(length=40), server_default="", nullable=False),
        sa.Column("country", sa.String(length=120), server_default="", nullable=False),
        sa.Column("country_code", sa.String(length=2), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_order_id"],
            ["sales_orders.id"],
            name=op.f("fk_billing_addresses_sales_order_id_sales_orders"),
        ),
        sa.PrimaryKeyConstraint("sales_order_id", name=op.f("pk_billing_addresses")),
    )
    op.create_table(
        "fulfillment_orders",
        sa.Column("id", Key, nullable=False),
        sa.Column("sales_order_id", Key, nullable=False),
        sa.Column("warehouse_id", Key, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("request_status", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "request_status IN ('unsubmitted', 'submitting', 'submitted', 'accepted', 'acknowledged', 'rejected', 'cancellation_requested', 'awaiting_pickup', 'picked_up')",
            name=op.f("ck_fulfillment_orders_request_status_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'cancelled')", name=op.f("ck_fulfillment_orders_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_id"],
            ["sales_orders.id"],
            name=op.f("fk_fulfillment_orders_sales_order_id_sales_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_fulfillment_orders_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_orders")),
    )
    op.create_index("ix_fulfillment_orders_sales_order_id", "fulfillment_orders", ["sales_order_id"], unique=False)

    op.create_table(
        "sales_order_lines",
        sa.Column("id", Key, nullable=False),
        sa.Column("sales_order_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", Money(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sales_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_sales_order_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_id"],
            ["sales_orders.id"],
            name=op.f("fk_sales_order_lines_sales_order_id_sales_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order_lines")),
    )
    op.create_index("ix_sales_order_lines_sales_order_id", "sales_order_lines", ["sales_order_id"], unique=False)

    op.create_table(
        "sales_order_tags",
        sa.Column("sales_order_id", Key, nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_order_id"],
            ["sales_orders.id"],
            name=op.f("fk_sales_order_tags_sales_order_id_sales_orders"),
        ),
        sa.PrimaryKeyConstraint("sales_order_id", "tag", name=op.f("pk_sales_order_tags")),
    )
    op.create_index(
        "ix_sales_order_tags_tag_sales_order_id", "sales_order_tags", ["tag", "sales_order_id"], unique=False
    )

    op.create_table(
        "fulfillment_order_lines",
        sa.Column("id", Key, nullable=False),
        sa.Column("fulfillment_order_id", Key, nullable=False),
        sa.Column("sales_order_line_id", Key, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfillment_order_lines_quantity_positive")),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= quantity",
            name=op.f("ck_fulfillment_order_lines_remaining_within_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"],
            ["fulfillment_orders.id"],
            name=op.f("fk_fulfillment_order_lines_fulfillment_order_id_fulfillment_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_line_id"],
            ["sales_order_lines.id"],
            name=op.f("fk_fulfillment_order_lines_sales_order_line_id_sales_order_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_order_lines")),
        sa.UniqueConstraint(
            "fulfillment_order_id",
            "sales_order_line_id",
            name=op.f("uq_fulfillment_order_lines_fulfillment_order_id_sales_order_line_id"),
        ),
    )
    op.create_index(
        "ix_fulfillment_order_lines_sales_order_line_id",
        "fulfillment_order_lines",
        ["sales_order_line_id"],
        unique=False,
    )

    op.create_table(
        "fulfillments",
        sa.Column("id", Key, nullable=False),
        sa.Column("sales_order_id", Key, nullable=False),
        sa.Column("fulfillment_order_id", Key, nullable=False),
        sa.Column("warehouse_id", Key, nullable=False),
        sa.Column("provider_account_id", Key, nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("fulfillment_number", sa.String(length=140), nullable=False),
        sa.Column("fulfillment_type", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("status_before_void", sa.String(length=30), nullable=True),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("unit_count", sa.Integer(), nullable=False),
        sa.Column("backordered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("merged_submission", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("requested_shipping_method", sa.String(length=120), nullable=True),
        sa.Column("requested_shipping_method_manual", sa.String(length=120), nullable=True),
        sa.Column("fulfilled_shipping_method", sa.String(length=120), nullable=True),
        sa.Column("fulfilled_shipping_method_manual", sa.String(length=120), nullable=True),
        sa.Column("carrier", sa.String(length=60), nullable=True),
        sa.Column("tracking_number", sa.String(length=255), nullable=True),
        sa.Column("tracking_key", sa.String(length=255), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("provider_state", sa.String(length=20), nullable=True),
        sa.Column("provider_problem", sa.String(length=500), nullable=True),
        sa.Column("cancel_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("channel_problem", sa.String(length=500), nullable=True),
        sa.Column("fulfilled_at", Instant(), nullable=True),
        sa.Column("packing_slip_printed_at", Instant(), nullable=True),
        sa.Column("submitted_to_sales_channel_at", Instant(), nullable=True),
        sa.Column("last_synced_from_provider_at", Instant(), nullable=True),
        sa.Column("last_synced_to_provider_at", Instant(), nullable=True),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("voided_by_user_id", Key, nullable=True),
        sa.Column("void_reason", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "fulfillment_type IN ('manual', 'shipstation', 'starshipit', 'shipmyorders', 'fba', 'walmart_wfs', 'veracore', 'shiphero', 'shipfusion', 'd3', 'trackstar', 'pickup', 'sales_channel')",
            name=op.f("ck_fulfillments_fulfillment_type_known"),
        ),
        sa.CheckConstraint(
            "provider_state IN ('awaiting', 'processing', 'partially_shipped', 'shipped', 'cancelled', 'exception', 'unknown')",
            name=op.f("ck_fulfillments_provider_state_known"),
        ),
        sa.CheckConstraint(
            "status IN ('submitted', 'acknowledged', 'picked', 'packed', 'awaiting_pickup', 'fulfilled', 'fulfilled_awaiting_info', 'canceled')",
            name=op.f("ck_fulfillments_status_known"),
        ),
        sa.CheckConstraint(
            "voided_at IS NULL OR status = 'canceled'", name=op.f("ck_fulfillments_voided_is_canceled")
        ),
        sa.CheckConstraint(
            "(tracking_number IS NULL) = (tracking_key IS NULL)",
            name=op.f("ck_fulfillments_tracking_key_present"),
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (status_before_void IS NULL)",
            name=op.f("ck_fulfillments_void_remembers_status"),
        ),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_fulfillments_cost_not_negative")),
        sa.CheckConstraint(
            "item_count > 0 AND unit_count >= item_count", name=op.f("ck_fulfillments_counts_positive")
        ),
        sa.CheckConstraint("length(tracking_number) <= 255", name=op.f("ck_fulfillments_tracking_number_length")),
        sa.CheckConstraint("length(void_reason) <= 1000", name=op.f("ck_fulfillments_void_reason_length")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_fulfillments_sequence_positive")),
        sa.CheckConstraint(
            "voided_at IS NOT NULL OR void_reason IS NULL",
            name=op.f("ck_fulfillments_reason_only_when_voided"),
        ),
        sa.CheckConstraint(
            "voided_at IS NOT NULL OR voided_by_user_id IS NULL",
            name=op.f("ck_fulfillments_voider_only_when_voided"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"],
            ["fulfillment_orders.id"],
            name=op.f("fk_fulfillments_fulfillment_order_id_fulfillment_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f("fk_fulfillments_provider_account_id_provider_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_id"], ["sales_orders.id"], name=op.f("fk_fulfillments_sales_order_id_sales_orders")
        ),
        sa.ForeignKeyConstraint(
            ["voided_by_user_id"], ["users.id"], name=op.f("fk_fulfillments_voided_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_fulfillments_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillments")),
        sa.UniqueConstraint("fulfillment_number", name=op.f("uq_fulfillments_fulfillment_number")),
        sa.UniqueConstraint("sales_order_id", "sequence", name=op.f("uq_fulfillments_sales_order_id_sequence")),
    )
    op.create_index(
        "ix_fulfillments_active",
        "fulfillments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("voided_at IS NULL AND archived_at IS NULL"),
        sqlite_where=sa.text("voided_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_fulfillments_archived",
        "fulfillments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("archived_at IS NOT NULL"),
        sqlite_where=sa.text("archived_at IS NOT NULL"),
    )
    op.create_index(
        "ix_fulfillments_attention",
        "fulfillments",
        ["id"],
        unique=False,
        postgresql_where=sa.text(
            "archived_at IS NULL AND (provider_problem IS NOT NULL OR provider_state IN ('exception', 'unknown') OR cancel_by_hand IS true OR status IN ('fulfilled', 'fulfilled_awaiting_info') AND (tracking_number IS NULL OR submitted_to_sales_channel_at IS NULL) OR status IN ('submitted') AND provider_account_id IS NOT NULL)"
        ),
        sqlite_where=sa.text(
            "archived_at IS NULL AND (provider_problem IS NOT NULL OR provider_state IN ('exception', 'unknown') OR cancel_by_hand IS 1 OR status IN ('fulfilled', 'fulfilled_awaiting_info') AND (tracking_number IS NULL OR submitted_to_sales_channel_at IS NULL) OR status IN ('submitted') AND provider_account_id IS NOT NULL)"
        ),
    )
    op.create_index("ix_fulfillments_cost_id", "fulfillments", ["cost", "id"], unique=False)
    op.create_index("ix_fulfillments_created_at_id", "fulfillments", ["created_at", "id"], unique=False)
    op.create_index("ix_fulfillments_fulfilled_at_id", "fulfillments", ["fulfilled_at", "id"], unique=False)
    op.create_index("ix_fulfillments_fulfillment_order_id", "fulfillments", ["fulfillment_order_id"], unique=False)
    op.create_index(
        "ix_fulfillments_fulfillment_type_id", "fulfillments", ["fulfillment_type", "id"], unique=False
    )
    op.create_index(
        "ix_fulfillments_packing_slip_printed_at_id",
        "fulfillments",
        ["packing_slip_printed_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_fulfillments_shipped",
        "fulfillments",
        ["id"],
        unique=False,
        postgresql_where=sa.text(
            "voided_at IS NULL AND archived_at IS NULL AND status IN ('fulfilled', 'fulfilled_awaiting_info')"
        ),
        sqlite_where=sa.text(
            "voided_at IS NULL AND archived_at IS NULL AND status IN ('fulfilled', 'fulfilled_awaiting_info')"
        ),
    )
    op.create_index("ix_fulfillments_status_id", "fulfillments", ["status", "id"], unique=False)
    op.create_index("ix_fulfillments_tracking_key", "fulfillments", ["tracking_key"], unique=False)
    op.create_index("ix_fulfillments_tracking_number_id", "fulfillments", ["tracking_number", "id"], unique=False)
    op.create_index("ix_fulfillments_updated_at_id", "fulfillments", ["updated_at", "id"], unique=False)
    op.create_index(
        "ix_fulfillments_voided",
        "fulfillments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("voided_at IS NOT NULL"),
        sqlite_where=sa.text("voided_at IS NOT NULL"),
    )
    op.create_index("ix_fulfillments_warehouse_id_id", "fulfillments", ["warehouse_id", "id"], unique=False)

    op.create_table(
        "line_financials",
        sa.Column("sales_order_line_id", Key, nullable=False),
        sa.Column("cost_of_goods", Money(), nullable=False),
        sa.CheckConstraint("cost_of_goods >= 0", name=op.f("ck_line_financials_cost_not_negative")),
        sa.ForeignKeyConstraint(
            ["sales_order_line_id"],
            ["sales_order_lines.id"],
            name=op.f("fk_line_financials_sales_order_line_id_sales_order_lines"),
        ),
        sa.PrimaryKeyConstraint("sales_order_line_id", name=op.f("pk_line_financials")),
    )
    op.create_table(
        "fulfillment_lines",
        sa.Column("id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=False),
        sa.Column("fulfillment_order_line_id", Key, nullable=False),
        sa.Column("sales_order_line_id", Key, nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfillment_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_fulfillment_lines_fulfillment_id_fulfillments"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_line_id"],
            ["fulfillment_order_lines.id"],
            name=op.f("fk_fulfillment_lines_fulfillment_order_line_id_fulfillment_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_fulfillment_lines_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_line_id"],
            ["sales_order_lines.id"],
            name=op.f("fk_fulfillment_lines_sales_order_line_id_sales_order_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_lines")),
        sa.UniqueConstraint(
            "fulfillment_id",
            "fulfillment_order_line_id",
            name=op.f("uq_fulfillment_lines_fulfillment_id_fulfillment_order_line_id"),
        ),
    )
    op.create_index(
        "ix_fulfillment_lines_fulfillment_order_line_id",
        "fulfillment_lines",
        ["fulfillment_order_line_id"],
        unique=False,
    )
    op.create_index(
        "ix_fulfillment_lines_product_id_fulfillment_id",
        "fulfillment_lines",
        ["product_id", "fulfillment_id"],
        unique=False,
    )
    op.create_index(
        "ix_fulfillment_lines_sales_order_line_id", "fulfillment_lines", ["sales_order_line_id"], unique=False
    )

    op.create_table(
        "fulfillment_search_texts",
        sa.Column("fulfillment_id", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_fulfillment_search_texts_fulfillment_id_fulfillments"),
        ),
        sa.PrimaryKeyConstraint("fulfillment_id", name=op.f("pk_fulfillment_search_texts")),
    )
    op.create_table(
        "provider_orders",
        sa.Column("id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=False),
        sa.Column("provider_account_id", Key, nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("external_number", sa.String(length=140), nullable=False),
        sa.Column("raw_status", sa.String(length=60), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tracking_number", sa.String(length=255), nullable=True),
        sa.Column("carrier", sa.String(length=60), nullable=True),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("shipped_at", Instant(), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('awaiting', 'processing', 'partially_shipped', 'shipped', 'cancelled', 'exception', 'unknown')",
            name=op.f("ck_provider_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_provider_orders_fulfillment_id_fulfillments"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f("fk_provider_orders_provider_account_id_provider_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_orders")),
        sa.UniqueConstraint(
            "provider_account_id",
            "external_id",
            name=op.f("uq_provider_orders_provider_account_id_external_id"),
        ),
    )
    op.create_index("ix_provider_orders_fulfillment_id", "provider_orders", ["fulfillment_id"], unique=False)

    op.create_table(
        "runs",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_by_id", Key, nullable=True),
        sa.Column("fulfillment_id", Key, nullable=True),
        sa.Column("retry_of_id", Key, nullable=True),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("heartbeat_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("cancel_requested_at", Instant(), nullable=True),
        sa.Column("result", JSON, nullable=False),
        sa.Column("message", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("can_retry", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("technical_error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'cancelling', 'succeeded', 'partly_succeeded', 'failed', 'cancelled', 'unknown')",
            name=op.f("ck_runs_state_known"),
        ),
        sa.CheckConstraint(
            "done >= 0 AND (total IS NULL OR done <= total)", name=op.f("ck_runs_done_within_total")
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"], ["fulfillments.id"], name=op.f("fk_runs_fulfillment_id_fulfillments")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_runs_requested_by_id_users")),
        sa.ForeignKeyConstraint(["retry_of_id"], ["runs.id"], name=op.f("fk_runs_retry_of_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_fulfillment_id_id", "runs", ["fulfillment_id", "id"], unique=False)
    op.create_index("ix_runs_requested_by_id_id", "runs", ["requested_by_id", "id"], unique=False)
    op.create_index(
        "ix_runs_unfinished",
        "runs",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running', 'cancelling')"),
        sqlite_where=sa.text("state IN ('queued', 'running', 'cancelling')"),
    )
    op.create_index(
        "uq_runs_unfinished_subject",
        "runs",
        ["kind", "fulfillment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running', 'cancelling')"),
        sqlite_where=sa.text("state IN ('queued', 'running', 'cancelling')"),
    )

    op.create_table(
        "activities",
        sa.Column("id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=True),
        sa.Column("fulfillment_order_id", Key, nullable=True),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", Key, nullable=False),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("note", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=True),
        sa.Column("run_id", Key, nullable=True),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "event IN ('created', 'updated', 'deleted', 'voided', 'restored', 'resynced', 'resync_failed', 'sent_to_provider', 'provider_order_cancelled', 'submitted_to_channel', 'channel_submission_cleared', 'archived', 'unarchived', 'printed', 'imported')",
            name=op.f("ck_activities_event_known"),
        ),
        sa.CheckConstraint(
            "subject_type IN ('fulfillment', 'fulfillment_line', 'fulfillment_order', 'provider_order', 'inventory_movement')",
            name=op.f("ck_activities_subject_type_known"),
        ),
        sa.CheckConstraint(
            "fulfillment_id IS NOT NULL OR fulfillment_order_id IS NOT NULL",
            name=op.f("ck_activities_belongs_somewhere"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_activities_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"], ["fulfillments.id"], name=op.f("fk_activities_fulfillment_id_fulfillments")
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"],
            ["fulfillment_orders.id"],
            name=op.f("fk_activities_fulfillment_order_id_fulfillment_orders"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_activities_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index("ix_activities_fulfillment_id_id", "activities", ["fulfillment_id", "id"], unique=False)
    op.create_index(
        "ix_activities_fulfillment_order_id_id",
        "activities",
        ["fulfillment_order_id", "id"],
        unique=False,
        postgresql_where=sa.text("fulfillment_order_id IS NOT NULL"),
        sqlite_where=sa.text("fulfillment_order_id IS NOT NULL"),
    )

    op.create_table(
        "allocations",
        sa.Column("id", Key, nullable=False),
        sa.Column("sales_order_line_id", Key, nullable=False),
        sa.Column("fulfillment_order_line_id", Key, nullable=True),
        sa.Column("fulfillment_line_id", Key, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'fulfilled') = (fulfillment_line_id IS NOT NULL)",
            name=op.f("ck_allocations_fulfilled_names_its_line"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'awaiting_receipt', 'allocated', 'fulfilled', 'cancelled')",
            name=op.f("ck_allocations_status_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_allocations_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["fulfillment_line_id"],
            ["fulfillment_lines.id"],
            name=op.f("fk_allocations_fulfillment_line_id_fulfillment_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_line_id"],
            ["fulfillment_order_lines.id"],
            name=op.f("fk_allocations_fulfillment_order_line_id_fulfillment_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["sales_order_line_id"],
            ["sales_order_lines.id"],
            name=op.f("fk_allocations_sales_order_line_id_sales_order_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index("ix_allocations_fulfillment_line_id", "allocations", ["fulfillment_line_id"], unique=False)
    op.create_index(
        "ix_allocations_fulfillment_order_line_id",
        "allocations",
        ["fulfillment_order_line_id"],
        unique=False,
    )

    op.create_table(
        "exports",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("run_id", Key, nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("byte_size", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.CheckConstraint("format IN ('xlsx', 'csv')", name=op.f("ck_exports_format_known")),
        sa.CheckConstraint("mode IN ('summary', 'line_items')", name=op.f("ck_exports_mode_known")),
        sa.CheckConstraint(
            "scope IN ('filtered', 'all', 'current_page', 'selected')", name=op.f("ck_exports_scope_known")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_exports_owner_id_users")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_exports_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("run_id", name=op.f("uq_exports_run_id")),
    )
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"], unique=False)
    op.create_index("ix_exports_owner_id_id", "exports", ["owner_id", "id"], unique=False)

    op.create_table(
        "inventory_movements",
        sa.Column("id", Key, nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("inventory_status", sa.String(length=20), nullable=False),
        sa.Column("product_id", Key, nullable=False),
        sa.Column("warehouse_id", Key, nullable=False),
        sa.Column("cost_layer_id", Key, nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cost", Money(), nullable=False),
        sa.Column("fulfillment_id", Key, nullable=True),
        sa.Column("fulfillment_line_id", Key, nullable=True),
        sa.Column("reference", sa.String(length=140), server_default="", nullable=False),
        sa.Column("reverses_id", Key, nullable=True),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "inventory_status IN ('available', 'allocated', 'on_hold', 'in_transit')",
            name=op.f("ck_inventory_movements_inventory_status_known"),
        ),
        sa.CheckConstraint(
            "type IN ('purchase', 'sale', 'adjustment', 'transfer')",
            name=op.f("ck_inventory_movements_type_known"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_inventory_movements_quantity_not_zero")),
        sa.CheckConstraint("reverses_id <> id", name=op.f("ck_inventory_movements_not_its_own_reversal")),
        sa.CheckConstraint(
            "fulfillment_line_id IS NULL OR fulfillment_id IS NOT NULL",
            name=op.f("ck_inventory_movements_line_names_its_shipment"),
        ),
        sa.ForeignKeyConstraint(
            ["cost_layer_id"],
            ["cost_layers.id"],
            name=op.f("fk_inventory_movements_cost_layer_id_cost_layers"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_inventory_movements_fulfillment_id_fulfillments"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_line_id"],
            ["fulfillment_lines.id"],
            name=op.f("fk_inventory_movements_fulfillment_line_id_fulfillment_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_inventory_movements_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["inventory_movements.id"],
            name=op.f("fk_inventory_movements_reverses_id_inventory_movements"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_inventory_movements_warehouse_id_warehouses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_movements")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_inventory_movements_reverses_id")),
    )
    op.create_index("ix_inventory_movements_cost_layer_id", "inventory_movements", ["cost_layer_id"], unique=False)
    op.create_index(
        "ix_inventory_movements_fulfillment_id", "inventory_movements", ["fulfillment_id"], unique=False
    )
    op.create_index(
        "ix_inventory_movements_product_id_warehouse_id_inventory_status",
        "inventory_movements",
        ["product_id", "warehouse_id", "inventory_status"],
        unique=False,
    )

    op.create_table(
        "provider_exchanges",
        sa.Column("id", Key, nullable=False),
        sa.Column("provider_account_id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=True),
        sa.Column("run_id", Key, nullable=True),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("request_body", sa.Text(), nullable=True),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("message", sa.String(length=500), server_default="", nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'unknown')", name=op.f("ck_provider_exchanges_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_provider_exchanges_fulfillment_id_fulfillments"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
            name=op.f("fk_provider_exchanges_provider_account_id_provider_accounts"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_provider_exchanges_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_exchanges")),
    )
    op.create_index("ix_provider_exchanges_fulfillment_id", "provider_exchanges", ["fulfillment_id"], unique=False)
    op.create_index("ix_provider_exchanges_occurred_at", "provider_exchanges", ["occurred_at"], unique=False)
    op.create_index(
        "ix_provider_exchanges_provider_account_id",
        "provider_exchanges",
        ["provider_account_id"],
        unique=False,
    )
    op.create_index("ix_provider_exchanges_run_id", "provider_exchanges", ["run_id"], unique=False)

    op.create_table(
        "run_items",
        sa.Column("id", Key, nullable=False),
        sa.Column("run_id", Key, nullable=False),
        sa.Column("fulfillment_id", Key, nullable=False),
        sa.Column("bucket", sa.String(length=30), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"], ["fulfillments.id"], name=op.f("fk_run_items_fulfillment_id_fulfillments")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_items_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_items")),
        sa.UniqueConstraint("run_id", "fulfillment_id", name=op.f("uq_run_items_run_id_fulfillment_id")),
    )
    op.create_index("ix_run_items_run_id_bucket", "run_items", ["run_id", "bucket"], unique=False)


def downgrade() -> None:
    for table in (
        "run_items",
        "provider_exchanges",
        "inventory_movements",
        "exports",
        "allocations",
        "activities",
        "runs",
        "provider_orders",
        "fulfillment_search_texts",
        "fulfillment_lines",
        "line_financials",
        "fulfillments",
        "fulfillment_order_lines",
        "sales_order_tags",
        "sales_order_lines",
        "fulfillment_orders",
        "billing_addresses",
        "sales_orders",
        "stores",
        "default_views",
        "user_warehouses",
        "user_sessions",
        "saved_views",
        "sales_channels",
        "idempotency_keys",
        "cost_layers",
        "warehouses",
        "users",
        "provider_accounts",
        "products",
    ):
        op.drop_table(table)
