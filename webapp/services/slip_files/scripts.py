"""What people call the scripts that letters belong to."""

import unicodedata
from collections.abc import Collection

_SCRIPTS = {
    "CJK": "Chinese or Japanese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "COMBINING": "accents",
}
"""By the first word of the name that Unicode gives a character; most scripts are called by it."""


def scripts_of(chars: Collection[str]) -> list[str]:
    """What people call the scripts of these characters, in the order of the alphabet."""
    first_words = {unicodedata.name(char, "").partition(" ")[0] for char in chars if _is_written(char)}
    named = {_SCRIPTS.get(word, word.capitalize()) for word in first_words}
    return sorted(named) + ([] if all(map(_is_written, chars)) else ["symbols"])


def _is_written(char: str) -> bool:
    """Whether it belongs to a script: a letter, a sign that goes with one, a digit."""
    return unicodedata.category(char)[0] in "LMN"
