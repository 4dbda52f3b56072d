"""The only module that knows htmx: which requests want a fragment, and how an answer steers the page."""

import json
from typing import Any

from flask import Response, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse


def wants_fragment(target: str | None = None) -> bool:
    """Whether only a part of the page is asked for; with `target`, whether it is the part with that id.

    A history restore sends HX-Request too and needs the whole page, so it is never a fragment request.
    """
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return False
    if headers.get("HX-Request-Type") == "full":
        return False
    return target is None or headers.get("HX-Target", "").partition("#")[2] == target


def go_to(url: str) -> BaseResponse:
    """Send the whole page to `url`: a 303 for a plain form, HX-Redirect inside an htmx request."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, code=303)


def load_into(target: str, url: str) -> BaseResponse:
    """Put the page at `url` into the part with this id and into the address bar; a 303 for a plain form."""
    if request.headers.get("HX-Request") == "true":
        # htmx names the body as the target of such a request, although it puts the answer where it is told.
        headers = {"HX-Target": f"div#{target}"}
        steps = {"path": url, "target": f"#{target}", "swap": "outerHTML", "headers": headers}
        return Response(status=204, headers={"HX-Location": json.dumps(steps)})
    return redirect(url, code=303)


def with_events(body: str, status: int = 200, **events: Any) -> Response:
    """A fragment that also fires events on the page, such as toast={"message": …} or dialog_close=True.

    An underscore in a name becomes a colon: dialog_close fires `dialog:close`.
    """
    response = make_response(body, status)
    named = {name.replace("_", ":"): detail for name, detail in events.items()}
    response.headers["HX-Trigger"] = json.dumps(named)
    return response


def toast_about(fulfillment_id: int, message: str) -> dict[str, Any]:
    """The event of good news about a shipment, which takes the place of what was said of it before."""
    return {"message": message, "about": about(fulfillment_id), "target": "body"}


def about(fulfillment_id: int) -> str:
    """How toasts name a shipment."""
    return f"shipment-{fulfillment_id}"


def shipment_news(fulfillment_id: int) -> dict[str, Any]:
    """The events that renew whatever shows a shipment: its row in a list, its page with its history, the tray."""
    body = {"target": "body"}
    return {
        "row_changed": body | {"id": fulfillment_id},
        "shipment_changed": body,
        "activity_changed": body,
        "runs_changed": body,
    }
