"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("shipping_details", __name__)
