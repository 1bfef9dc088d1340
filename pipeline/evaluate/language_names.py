"""What the report says about a language, from the registry."""

from typing import Any

from langs.registry import LANGUAGES

# English names of the ISO 15924 codes in the registry.
SCRIPT_NAMES = {
    "Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Cyrl": "Cyrillic",
    "Deva": "Devanagari", "Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek",
    "Gujr": "Gujarati", "Guru": "Gurmukhi", "Hang": "Hangul", "Hani": "Han", "Hebr": "Hebrew",
    "Jpan": "Japanese", "Khmr": "Khmer", "Knda": "Kannada", "Laoo": "Lao", "Latn": "Latin",
    "Mlym": "Malayalam", "Mymr": "Myanmar", "Sinh": "Sinhala", "Taml": "Tamil", "Telu": "Telugu",
    "Thai": "Thai",
}  # fmt: skip


def describe(code: str) -> dict[str, Any]:
    """Names, script, family and pages in mC4; a code outside the registry stands for itself."""
    language = LANGUAGES.get(code)
    if language is None:
        return {"name": code, "own_name": code, "script": None, "family": None, "mc4_pages": None}
    return {
        "name": language.name,
        "own_name": language.own_name,
        "script": SCRIPT_NAMES.get(language.script, language.script),
        "family": language.family,
        "mc4_pages": language.mc4_pages,
    }
