"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("fulfillments", __name__)
