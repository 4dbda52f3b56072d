"""The outside world: one folder per provider, one door for every call."""
