"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("resyncs", __name__)
