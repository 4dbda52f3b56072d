"""Starshipit."""
