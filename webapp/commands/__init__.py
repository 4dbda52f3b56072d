"""The flask commands, one module for each group."""
