"""Shopify as a sales channel, through its Admin GraphQL API."""
