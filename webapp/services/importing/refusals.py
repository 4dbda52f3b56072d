"""What is said when a file, a row or a cell cannot be taken."""

from dataclasses import dataclass

from webapp.errors import AppError

LONGEST_SHOWN = 80  # Characters of a value in a message; the whole value is in the rejects file.


class FileRefused(AppError):
    """The file as a whole cannot be read; nothing of it was imported."""

    code = "file_refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One cell that stands against importing its order; `column` is empty when it is the whole row."""

    row: int
    column: str
    value: str
    expected: str

    def sentence(self, file_name: str) -> str:
        return f"{file_name}, {self}"

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        if not self.column:
            return f"{place}: {self.expected}."
        return f"{place}: {_shown(self.value)}; expected {self.expected}."


def _shown(value: str) -> str:
    if not value:
        return "is empty"
    short = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
    return f"is “{short.encode('utf-8', 'backslashreplace').decode()}”"
