"""The parts of an XLSX workbook around its rows, by ECMA-376 part 1 (SpreadsheetML) and part 2 (packages)."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from webapp.queries.export_columns import Column, Kind

SHEET, ABOUT = "Shipments", "About"
FORMATS = {Kind.TEXT: "@", Kind.WHOLE: "0", Kind.MONEY: "#,##0.00##", Kind.INSTANT: "yyyy-mm-dd hh:mm:ss"}
STYLES = {Kind.TEXT: 1, Kind.WHOLE: 2, Kind.MONEY: 3, Kind.INSTANT: 4}
BOLD = 5
_OWN_FORMATS = 164  # Numbers below are the built-in ones.
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def column_letter(number: int) -> str:
    """A, B … Z, AA …; the first is 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def sheet_head(columns: Sequence[Column]) -> str:
    """Everything before the first row below the headings."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"/>'
        for number, column in enumerate(columns, 1)
    )
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}">'
        f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{row(column.heading for column in columns)}"
    )


def sheet_tail(columns: int, rows: int) -> str:
    return f'</sheetData><autoFilter ref="A1:{column_letter(columns)}{rows}"/></worksheet>'


def row(texts: Iterable[str]) -> str:
    """A row of bold texts."""
    cells = (f'<c t="inlineStr" s="{BOLD}"><is><t>{escape(text)}</t></is></c>' for text in texts)
    return f"<row>{''.join(cells)}</row>"


def about(notes: Sequence[tuple[str, str]]) -> str:
    """The sheet that says what the rows are."""
    rows = "".join(
        f'<row><c t="inlineStr" s="{BOLD}"><is><t>{escape(name)}</t></is></c>'
        f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{escape(value)}</t></is></c></row>'
        for name, value in notes
    )
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate((24, 80), 1)
    )
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols>{widths}</cols><sheetData>{rows}</sheetData></worksheet>'


def styles() -> str:
    own = [FORMATS[Kind.MONEY], FORMATS[Kind.INSTANT]]
    formats = "".join(
        f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>'
        for number, code in enumerate(own, _OWN_FORMATS)
    )
    used = (0, 49, 1, _OWN_FORMATS, _OWN_FORMATS + 1)  # General, text, whole numbers, then our own.
    plain = 'fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
    cells = "".join(f'<xf numFmtId="{number}" {plain}/>' for number in used)
    bold = '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="{len(own)}">{formats}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(used) + 1}">{cells}{bold}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def workbook(names: Sequence[str], filters: Sequence[str]) -> str:
    """The list of sheets; `filters` are the filtered ranges of the first of them, as Excel wants them named."""
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, 1)
    )
    named = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1">'
        f"{escape(where)}</definedName>"
        for number, where in enumerate(filters)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{named}</definedNames></workbook>"
    )


def links(sheets: int) -> str:
    """Where the parts of the workbook are."""
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    style = f'<Relationship Id="rId{sheets + 1}" Type="{_LINKS}/styles" Target="styles.xml"/>'
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}{style}</Relationships>'


def package_links() -> str:
    link = f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/>'
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>'


def content_types(sheets: int) -> str:
    each = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{each}</Types>'
    )
