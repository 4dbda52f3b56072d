"""Providers against the sandbox, over real HTTP."""
