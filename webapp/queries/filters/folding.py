"""What "the same letters, upper or lower case" means: one rule that SQLite and PostgreSQL both answer exactly.

Two characters are the same when their single-character case foldings are. A character outside ASCII never equals
one inside it, and no character equals two (`ß` is not `ss`, `İ` is only itself). So the databases need nothing but
the lower case of ASCII, which both have, and a search word brings the other forms of its letters along.
docs/decisions/0006-one-filter-compiler.md says why.
"""

import math
from collections.abc import Iterable
from functools import cache
from itertools import product

ASCII_END = "\x80"
MOST_SPELLINGS = 16  # Four letters with accents; a text in another alphabet has thousands.
_CASED_END = 0x20000  # No script beyond the first supplementary plane has letters of two cases.
_OLD_MANUSCRIPTS = (
    "\u1c80",
    "\u1c88",
)  # Cyrillic letter shapes that neither database's index takes for the letter.
_REGEX_SPECIALS = frozenset(r"\.[]{}()*+?^$|")
_GLOB_SPECIALS = frozenset("*?[")


def fold(text: str) -> str:
    """The text with every letter in the one form that stands for all of its cases; as long as the text."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def variants(character: str) -> str:
    """All characters that fold to this folded one, itself included; ASCII has only itself."""
    return _all_variants().get(character, character)


def has_variants(folded: str) -> bool:
    """Whether a folded text can be written in more than one way beside the case of its ASCII letters."""
    return not folded.isascii() and any(character in _all_variants() for character in folded)


def spellings(folded: str) -> tuple[str, ...] | None:
    """Every way to write a folded text, ASCII letters in lower case; None when they are too many to list."""
    forms = [variants(character) for character in folded]
    if math.prod(map(len, forms)) > MOST_SPELLINGS:
        return None
    return tuple("".join(form) for form in product(*forms))


def letters_to_fold(texts: Iterable[str]) -> tuple[str, str]:
    """The other forms of the letters in these folded texts, and at the same places what each folds to."""
    pairs = [
        (form, letter) for letter in dict.fromkeys("".join(texts)) for form in variants(letter) if form != letter
    ]
    return "".join(form for form, _ in pairs), "".join(letter for _, letter in pairs)


def glob(folded: str) -> str:
    """A SQLite GLOB pattern for exactly this text, in any case, over text whose ASCII letters are lower case."""
    return "".join(_one_of(c) or (f"[{c}]" if c in _GLOB_SPECIALS else c) for c in folded)


def regex(folded: str) -> str:
    """The same as a PostgreSQL regular expression, not anchored."""
    return "".join(_one_of(c) or (f"\\{c}" if c in _REGEX_SPECIALS else c) for c in folded)


def like(text: str) -> str:
    """The text as a part of a LIKE pattern whose escape character is the backslash."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _one_of(character: str) -> str:
    others = _all_variants().get(character)
    return f"[{others}]" if others else ""


@cache
def _fold_character(character: str) -> str:
    if character < ASCII_END:
        return character.lower()
    if _OLD_MANUSCRIPTS[0] <= character <= _OLD_MANUSCRIPTS[1]:
        return character
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1 and folded >= ASCII_END:
            return folded
    return character


@cache
def _all_variants() -> dict[str, str]:
    """Every folded character outside ASCII that more than one character folds to, with all of them."""
    found: dict[str, str] = {}
    for code in range(ord(ASCII_END), _CASED_END):
        folded = _fold_character.__wrapped__(chr(code))
        found[folded] = found.get(folded, "") + chr(code)
    return {folded: members for folded, members in found.items() if len(members) > 1}
