"""ShipStation, API version 1."""
