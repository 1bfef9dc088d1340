from pathlib import Path

from pipeline.run import settings_page

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_page_in_docs_is_of_this_code() -> None:
    renew = "python -m pipeline.run.settings_page > docs/settings.md"
    assert PAGE.read_text(encoding="utf-8") == settings_page.page(), f"renew it: {renew}"


def test_it_tells_default_range_and_meaning() -> None:
    lines = settings_page.page().splitlines()
    assert "| `batch_size` | `32` | at least 1 | sequences an update and process |" in lines
    assert "| `min_line_characters` | `200` | `200` | `200` | `30` |" in lines
