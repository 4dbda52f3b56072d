"""Which way each character of a text runs: Unicode's Bidirectional Algorithm (UAX 9) without explicit embeddings.

The rules have their names in that standard. Characters that start and end embeddings are not in texts to print.
"""

from collections.abc import Iterator, Sequence
from unicodedata import bidirectional

_PAIRS = "()[]{}\uff08\uff09\uff3b\uff3d\uff5b\uff5d\u3008\u3009\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011"
"""The brackets that people write in names and addresses, each before the one that closes it."""
_CLOSING = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_NEUTRAL = {"B", "S", "WS", "ON"}
_IGNORED = {"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def levels(text: str) -> list[int] | None:
    """The level of each character of a paragraph: odd ones run leftwards. None when all of it runs rightwards.

    The paragraph runs as its first letter does.
    """
    if text.isascii():
        return None
    given = [bidirectional(char) or "L" for char in text]
    if not any(type_ in {"R", "AL", "AN"} for type_ in given):
        return None
    base = int(next((type_ for type_ in given if type_ in {"L", "R", "AL"}), "L") != "L")
    along = "R" if base else "L"
    places = [place for place, type_ in enumerate(given) if type_ not in _IGNORED]
    types = [given[place] for place in places]
    marks = [type_ == "NSM" for type_ in types]
    _weak(types, along)
    _brackets("".join(text[place] for place in places), types, marks, along)
    _neutral(types, along)
    found = dict(zip(places, (_level(type_, base) for type_ in types), strict=True))
    level, all_levels = base, []
    for place in range(len(text)):
        level = found.get(place, level)
        all_levels.append(level)
    return all_levels


def in_sight(run_levels: Sequence[int]) -> list[int]:
    """The places of runs with these levels, from left to right as they are seen (L2)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            stop = start
            while stop < len(order) and run_levels[order[stop]] >= level:
                stop += 1
            order[start:stop] = order[start:stop][::-1]
            start = stop + 1
    return order


def _weak(types: list[str], along: str) -> None:
    """Numbers, what stands in and around them, and marks on letters (W1 to W7)."""
    _marks_and_numbers(types, along)
    for place in range(1, len(types) - 1):
        before, type_, after = types[place - 1 : place + 2]
        if before == after and ((type_ == "ES" and before == "EN") or (type_ == "CS" and before in {"EN", "AN"})):
            types[place] = before
    for start, stop in _stretches(types, {"ET"}):
        if "EN" in {*types[max(start - 1, 0) : start], *types[stop : stop + 1]}:
            types[start:stop] = ["EN"] * (stop - start)
    strong = along
    for place, type_ in enumerate(types):
        if type_ in {"ES", "ET", "CS"}:
            types[place] = "ON"
        elif type_ in {"L", "R"}:
            strong = type_
        elif type_ == "EN" and strong == "L":
            types[place] = "L"


def _marks_and_numbers(types: list[str], along: str) -> None:
    """Marks are as what they stand on, numbers behind Arabic letters are Arabic (W1 to W3)."""
    before = strong = along
    for place, type_ in enumerate(types):
        now = before if type_ == "NSM" else type_
        if now in {"L", "R", "AL"}:
            strong = now
        before = "AN" if now == "EN" and strong == "AL" else now
        types[place] = "R" if before == "AL" else before


def _brackets(text: str, types: list[str], marks: Sequence[bool], along: str) -> None:
    """A pair of brackets, with marks on it, runs as what is in it, or as what is before it (N0)."""
    for start, stop in sorted(_pairs(text, types)):
        within = {_strong(type_) for type_ in types[start + 1 : stop]} - {""}
        if not within:
            continue
        before = (_strong(type_) for type_ in reversed(types[:start]))
        way = along if along in within else next((type_ for type_ in before if type_), along)
        for bracket in (start, stop):
            types[bracket], place = way, bracket + 1
            while place < len(types) and marks[place]:
                types[place], place = way, place + 1


def _pairs(text: str, types: Sequence[str]) -> Iterator[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    for place, char in enumerate(text):
        if types[place] != "ON":
            continue
        if char in _CLOSING:
            opened.append((char, place))
        elif char in _OPENING:
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == _OPENING[char]:
                    yield opened[depth][1], place
                    del opened[depth:]
                    break


def _neutral(types: list[str], along: str) -> None:
    """What has no direction runs as its neighbours, if they agree, or else as the paragraph (N1, N2)."""
    for start, stop in _stretches(types, _NEUTRAL):
        before = _strong(types[start - 1]) if start else along
        after = _strong(types[stop]) if stop < len(types) else along
        types[start:stop] = [before if before == after else along] * (stop - start)


def _strong(type_: str) -> str:
    """The direction that a neighbour sees: numbers count as running leftwards."""
    return "R" if type_ in {"R", "EN", "AN"} else "L" if type_ == "L" else ""


def _stretches(types: Sequence[str], wanted: set[str]) -> list[tuple[int, int]]:
    """Where types of these stand side by side: from here to before there."""
    found: list[tuple[int, int]] = []
    for place, type_ in enumerate(types):
        if type_ not in wanted:
            continue
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _level(type_: str, base: int) -> int:
    """I1 and I2."""
    if type_ == "R":
        return 1
    return base + 1 if base else (0 if type_ == "L" else 2)
