"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("lines", __name__)
