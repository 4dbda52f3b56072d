"""Amazon Multi-Channel Fulfillment, through the Selling Partner API."""
