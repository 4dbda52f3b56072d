"""The rows of the list as HTML, each written once and kept.

A page has a thousand cells, and writing them is most of its time. So the template of a row is put together for the
columns shown when it is compiled, from templates/fulfillments/_row.html and one file for each cell, and asks
nothing at run time. What it writes depends on the row's values, the person's locale and the day alone: it is kept
by them, because people look at the same newest pages all day. Rows that need attention tell ages, so they are kept
for a minute only, and what the idempotency keys of their buttons begin with is put in each time.
"""

import uuid
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from jinja2 import BaseLoader, ChoiceLoader, Environment, Template, TemplateNotFound
from markupsafe import Markup, escape

from webapp.queries.listing import attention
from webapp.queries.listing.columns import ATTENTION, COLUMNS_BY_KEY, Column
from webapp.queries.listing.pages import Page
from webapp.queries.listing.statements import ROW_FIELDS
from webapp.queries.listing.stored import Reader, Stored
from webapp.schema import now
from webapp.web.cells import KEY_MARK, Cells

Writer = Callable[[Sequence[Any]], str]
Source = tuple[str, str | None, Callable[[], bool] | None]

KEPT_ROWS = 2_000  # Some ten megabytes, for forty pages.
_ROW = "fulfillments/_row.html"
_PREFIX, _SUFFIX = "fulfillments/_row/", ".html"  # Flask escapes what templates print only when they end so.
_KNOWN = COLUMNS_BY_KEY | {ATTENTION.key: ATTENTION}


def install(app: Flask) -> None:
    """Let the templates of rows be found."""
    loaders = [app.jinja_env.loader, _RowLoader()]
    app.jinja_env.loader = ChoiceLoader([loader for loader in loaders if loader])


def rows_html(page: Page, columns: Sequence[Column], cells: Cells, path: str) -> Markup:
    """The rows with the cells of these columns; every link in them begins with `path`."""
    keys = [column.key for column in columns]
    template = current_app.jinja_env.get_template(_PREFIX + ",".join(keys) + _SUFFIX)
    write = _writer(template, cells, path)
    minute = int(now().timestamp()) // 60 if ATTENTION.key in keys else 0
    html = "".join([_written(write, page.read, stored, minute) for stored in page.stored])
    return Markup(html.replace(KEY_MARK, uuid.uuid4().hex))  # noqa: S704 - as the templates wrote it


@lru_cache(maxsize=256)
def _writer(template: Template, cells: Cells, path: str) -> Writer:
    write: Writer = template.make_module({"cells": cells, "path": path}).row  # type: ignore[attr-defined]
    return write


@lru_cache(maxsize=KEPT_ROWS)
def _written(write: Writer, read: Reader, stored: Stored, _minute: int) -> str:
    return write(read(stored))


class _RowLoader(BaseLoader):
    def get_source(self, environment: Environment, template: str) -> Source:
        if not template.startswith(_PREFIX):
            raise TemplateNotFound(template)
        keys = template.removeprefix(_PREFIX).removesuffix(_SUFFIX).split(",")
        row, file, is_fresh = _source(environment, _ROW)
        cells = "".join(_cell(environment, _KNOWN[key]) for key in keys)
        fields = ", ".join(ROW_FIELDS + (attention.FIELDS if ATTENTION.key in keys else ()))
        return row.replace("[fields]", fields).replace("[cells]", cells), file, is_fresh


def _cell(environment: Environment, column: Column) -> str:
    inner, _, _ = _source(environment, f"fulfillments/cells/{column.key}.html")
    classes = f' class="{column.css_class}"' if column.css_class else ""
    return f'<td data-label="{escape(column.label)}"{classes}>{inner.rstrip()}</td>'


def _source(environment: Environment, name: str) -> Source:
    if environment.loader is None:
        raise TemplateNotFound(name)
    return environment.loader.get_source(environment, name)
