"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("providers", __name__)
