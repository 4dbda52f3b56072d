"""VeraCore, whose tenants host a service each: what differs between them is a setting of the account."""
