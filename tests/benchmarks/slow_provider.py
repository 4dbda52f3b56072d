"""The sandbox as a provider far away that has no limit: every answer takes 50 milliseconds longer."""

import time

from flask import request

from webapp.sandbox import create_sandbox

LATENCY = 0.05

app = create_sandbox(rate_limits=False)


@app.before_request
def come_from_far_away() -> None:
    if not request.path.startswith("/_control"):
        time.sleep(LATENCY)
