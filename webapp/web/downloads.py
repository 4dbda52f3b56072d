"""Files that runs make, as answers: being made, and a download that can be broken off and gone on with."""

from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import FileWrapper

from webapp.queries.exports import ExportFile
from webapp.services import export_storage
from webapp.statuses import ExportFormat
from webapp.web.htmx import go_to, wants_fragment, with_events

PIECE = 256 * 1024
_TYPES = {
    ExportFormat.PDF: "application/pdf",
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_download(file: ExportFile) -> BaseResponse:
    """The file, or the part of it that is asked for. Raises StorageFailed."""
    pieces = FileWrapper(export_storage.open_file(file.key), PIECE)
    answer = Response(pieces, mimetype=_TYPES[file.format], direct_passthrough=True)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.content_length = file.bytes
    answer.set_etag(f"{file.id}-{file.bytes}")
    try:
        return answer.make_conditional(request, accept_ranges=True, complete_length=file.bytes)
    except RequestedRangeNotSatisfiable:
        pieces.close()
        raise


def file_started(run_id: int, export_id: int | None) -> BaseResponse:
    """The answer to whoever asked for a file: the download when it is there already, else where it is made."""
    body: dict[str, Any] = {"target": "body"}
    if export_id is None:
        url = url_for("runs.detail", run_id=run_id)
        events: dict[str, Any] = {"toast": {"message": "Your file is being made. You are told when it is ready."}}
    else:
        url = url_for("exports.download", export_id=export_id)
        events = {"toast": {"message": "Your file is ready."}, "file_ready": body | {"url": url}}
    if wants_fragment("dialog"):
        return with_events("", 200, dialog_close=True, runs_changed=body, **events)
    return go_to(url)
