"""Texts that break careless comparisons: wildcards, quotes, every kind of upper and lower case, every plane."""

TEXTS = (
    "Rita Müller", "RITA MÜLLER", "rita muller", "Mu\u0308ller", "100%", "100 percent", "a_b", "aXb", "a\\b",
    "\\", "%", "_", "__", "'", '"', "O'Brien", '"Reno, NV"', "Reno, NV", "; DROP TABLE fulfillments --",
    "İstanbul", "istanbul", "ISTANBUL", "\u0131stanbul", "i\u0307stanbul", "Straße", "STRASSE", "STRAẞE", "é",
    "É", "e\u0301", "E\u0301", "Σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ", "\u212a", "k", "K", "\u017f", "s", "S", "ǅ",
    "ǆ", "Ǆ", "日本語", "東京都", "\U0001d518nicode", "😀", "👩\u200d👩\u200d👧", "\U00010400\U00010401",
    "\U00010428\U00010429", "\U000e0041", "\U0010fffd", "\n", "\t tab", " lead", "trail ", "[a-z]*?", "[^a]",
    "^x$", "(a|b)+", "{1,2}", "*", "?", "a*b", "a?b", "]", "[", "***:x", "(?i)x", "a,b", "\u200d", "\ufeffbom",
    "\ufb01", "FI", "\u2126", "\u03a9", "\u03c9", "\u212b", "å", "Å", "\u1c80", "\u0432", "\u0412", "Иванов",
    "ИВАНОВ", "ǰ", "J\u030c", "ΐ", "ß", "ẞ", "ss", "Ab", "AB", "ab", "NOT", "AND OR", "NEAR(a b)", "{name} : x",
    "0", "00", "1e3", "-1", "+1", "true", "null", "None", "a" * 300, "Ü" * 60, "\x7f", "\x01", "a\r\nb",
    "Ü*é", "é[a-z]?", "Ü?É", "ü?x", "É.+", "(Ü|é)", "Ü\\_%", "ÜX*", "ü[x]",
    "\u0345", "\u0399", "\u1fbe", "ŉ", "ᾈ", "\u13a0", "\uab70",
)  # fmt: skip


def cut(text: str, longest: int) -> str:
    return text[:longest]
