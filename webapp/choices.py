"""What every enumeration is made of: a stored value with its label and its tone."""

from enum import StrEnum
from typing import Self


class Tone(StrEnum):
    """What a value means for the person reading it; the stylesheet turns a tone into a colour and a mark."""

    NEUTRAL = "neutral"
    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Choice(StrEnum):
    """A stored value that knows how it is shown."""

    label: str
    tone: Tone

    def __new__(cls, value: str, label: str = "", tone: Tone = Tone.NEUTRAL) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value.replace("_", " ").capitalize()
        member.tone = tone
        return member
