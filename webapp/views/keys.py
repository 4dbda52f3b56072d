"""What a person may look up anywhere: the keys and the scanner."""

from flask import Blueprint, render_template

from webapp.web.htmx import wants_fragment
from webapp.web.permissions import signed_in

blueprint = Blueprint("keys", __name__)


@blueprint.get("/keys")
@signed_in
def index() -> str:
    """The keys, and what this browser does with keys and scans."""
    return render_template("keys/_dialog.html" if wants_fragment() else "keys/page.html")
