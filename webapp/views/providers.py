"""The provider accounts and how they are faring, for supervisors and administrators."""

from flask import Blueprint, render_template

from webapp.queries import providers
from webapp.statuses import Permission
from webapp.web.permissions import requires

blueprint = Blueprint("providers", __name__)


@blueprint.get("/providers")
@requires(Permission.SEE_PROVIDERS)
def index() -> str:
    return render_template("providers/index.html", accounts=providers.accounts())
