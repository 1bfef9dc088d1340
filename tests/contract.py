"""Reads `contract.txt`, what the product promises, for the tests that hold it."""

from pathlib import Path

CONTRACT = Path(__file__).with_name("contract.txt")


def section(title: str) -> list[str]:
    """The lines of contract.txt below `== title`, without blank ones."""
    text = CONTRACT.read_text(encoding="utf-8")
    below = text.partition(f"== {title}\n")[2].partition("\n== ")[0]
    return [line for line in below.split("\n") if line]
