"""A stored file as an answer: a download that can be broken off and gone on with."""

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import FileWrapper

from webapp.queries.exports import ExportFile
from webapp.services import export_storage
from webapp.statuses import ExportFormat

PIECE = 256 * 1024
_TYPES = {
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
