"""Fetch the pinned browser packages from npm and lay their files out, versions in the names.

Run by `make vendor`. `--check` fetches nothing: it compares the files with the recorded checksums.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "static/vendor/README.md"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str

    @property
    def source(self) -> str:
        return f"https://www.npmjs.com/package/{self.name}/v/{self.version}"


HTMX = Package("htmx.org", "4.0.1", "0BSD")
TABLER = Package("@tabler/core", "1.6.1", "MIT")
ICONS = Package("@tabler/icons", "3.51.0", "MIT")
AXE = Package("axe-core", "4.14.1", "MPL-2.0")

# Where each file of a package goes. What only tests and checks need stays out of static/.
COPIES = (
    (HTMX, "dist/htmx.min.js", f"static/vendor/htmx-{HTMX.version}.min.js"),
    (HTMX, "dist/scripts/upgrade-check.py", f"tools/vendor/htmx-{HTMX.version}-upgrade-check.py"),
    (TABLER, "dist/css/tabler.min.css", f"static/vendor/tabler-{TABLER.version}.min.css"),
    (AXE, "axe.min.js", f"tests/vendor/axe-{AXE.version}.min.js"),
)
SPRITE = f"static/vendor/tabler-icons-{ICONS.version}.svg"

# Add a name of https://tabler.io/icons here and run `make vendor`; icon("name") then finds it.
ICONS_WANTED = """
    activity adjustments-horizontal alert-circle alert-triangle archive arrow-back-up arrow-left arrow-right
    ban barcode bell building-warehouse calendar check chevron-down chevron-left chevron-right chevron-up
    circle-check circle-x clipboard-list clock columns copy currency-dollar database device-desktop
    device-floppy dots download edit external-link eye file-export filter help-circle history info-circle
    keyboard link list lock logout mail map-pin minus moon package plug plug-x plus printer receipt refresh
    rotate search send settings sun tag trash truck user users x
"""
ICON_NAMES = tuple(ICONS_WANTED.split())


def fetch(package: Package, folder: Path) -> Path:
    """Download one package with npm and return the folder it was unpacked to."""
    spec = f"{package.name}@{package.version}"
    done = subprocess.run(
        ["npm", "pack", spec, "--silent", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    target = folder / spec.replace("/", "-")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def symbol(name: str, svg: str) -> str:
    """Turn one icon file into a sprite symbol that takes its colour and stroke from the page."""
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", svg)
    body = shapes[shapes.index(">", shapes.index("<svg")) + 1 : shapes.rindex("</svg>")]
    inside = "".join(line.strip() for line in body.splitlines())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-linecap="round" stroke-linejoin="round">{inside}</symbol>'
    )


def sprite(folder: Path) -> str:
    """Join the wanted icons into one SVG file."""
    symbols = [symbol(name, (folder / f"icons/outline/{name}.svg").read_text()) for name in ICON_NAMES]
    notice = (folder / "LICENSE").read_text().strip()
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg">',
            f"<!-- Tabler Icons {ICONS.version}, https://tabler.io/icons\n{notice} -->",
            *symbols,
            "</svg>\n",
        ]
    )


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def readme() -> str:
    """Describe every vendored file: where it came from, its licence, its checksum."""
    lines = [
        "# Files of others",
        "",
        "Written by `make vendor` (tools/vendor.py); do not edit. To raise a version, change it there, run",
        "`make vendor`, delete the old files and change the names in templates/_layout/assets.html and",
        "templates/macros/icon.html. `python tools/vendor.py --check` compares the checksums below.",
        "",
        "| file | from | licence | sha256 |",
        "|---|---|---|---|",
    ]
    rows = [(package, inner, target) for package, inner, target in COPIES]
    rows.append((ICONS, f"{len(ICON_NAMES)} icons as one sprite", SPRITE))
    for package, inner, target in rows:
        link = f"[{package.name} {package.version}]({package.source}), {inner}"
        lines.append(f"| {target} | {link} | {package.licence} | `{checksum(ROOT / target)}` |")
    return "\n".join(lines) + "\n"


def vendor() -> None:
    """Fetch everything and write the files and their list."""
    with tempfile.TemporaryDirectory() as name:
        folders = {package: fetch(package, Path(name)) for package in (HTMX, TABLER, ICONS, AXE)}
        for package, inner, target in COPIES:
            path = ROOT / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((folders[package] / inner).read_bytes())
        (ROOT / SPRITE).write_text(sprite(folders[ICONS]))
    README.write_text(readme())


def changed_files() -> list[str]:
    """Name the vendored files that are missing or differ from their recorded checksum."""
    recorded = re.findall(r"^\| (\S+) \|.*`([0-9a-f]{64})` \|$", README.read_text(), flags=re.MULTILINE)
    paths = [(name, ROOT / name, digest) for name, digest in recorded]
    return [name for name, path, digest in paths if not path.exists() or checksum(path) != digest]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the files with their checksums")
    if not parser.parse_args().check:
        vendor()
        return 0
    changed = changed_files()
    for name in changed:
        print(f"{name}: not the file that was vendored; run `make vendor`", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
