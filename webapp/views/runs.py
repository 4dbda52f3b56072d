"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("runs", __name__)
