"""Shipfusion, whose reference only its customers have: what is not public is a setting of the account."""
