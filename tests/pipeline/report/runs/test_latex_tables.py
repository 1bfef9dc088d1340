"""LaTeX is checked by its grammar: columns, braces, dollars, letters that need an escape."""

import re
from pathlib import Path

import fake_runs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.comparison import build_comparison
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import read_run
from pipeline.report.runs import latex_tables
from pipeline.show import latex


def tables(document: str) -> list[tuple[str, list[list[str]]]]:
    """(columns, rows of cells) of each table; fails where LaTeX would."""
    assert document.isascii() or not re.search(r"[−×≥–…\u202f]", document)
    unescaped = re.sub(r"\\[\\{}$]", "", document)
    assert unescaped.count("{") == unescaped.count("}")
    assert all(line.count("$") % 2 == 0 for line in unescaped.splitlines())
    found = []
    for columns, body in re.findall(
        r"\\begin\{longtable\}\{([lr]+)\}\n(.*?)\\end\{longtable\}", document, re.DOTALL
    ):
        rows = [line for line in body.splitlines() if re.search(r"(?<!\\)&", line)]
        assert all(row.endswith(r" \\") for row in rows)
        found.append((columns, [re.split(r"(?<!\\) & ", row[:-3]) for row in rows]))
        assert all(len(row) == len(columns) for row in found[-1][1])
    assert len(found) == document.count(r"\begin{longtable}") == document.count(r"\caption")
    return found


def test_two_runs(small: Report) -> None:
    document = latex_tables.document(small)
    *_, (columns, (headings, english, french, swahili)) = tables(document)
    assert columns == "llrrrrrr"
    assert headings[:4] == ["Code", "Language", "Dense", "Switch"]
    assert english[:5] == ["en", "English", "$-$4.000", "$-$3.000", "+1.000"]
    assert english[5] == r"$\geq$ 2.00$\times$"
    assert french[4] == "0.000"
    assert swahili[5:] == ["not reached"] * 3
    assert "switch\\_tiny against t5\\_tiny" in document
    assert len(re.findall(r"\\label\{tab:[a-z0-9-]+\}", document)) == len(tables(document))


def test_many_models(tmp_path: Path) -> None:
    runs = [
        read_run(
            fake_runs.write_run(
                tmp_path / str(number),
                fake_runs.header(architecture=name),
                fake_runs.valid(100, 20, 1e9, en=-5.0 + gain, sw=-6.0 - gain),
            )
        )
        for number, (name, gain) in enumerate([("t5", 0.0), ("50%_{&}~#^\\$", 0.5)])
    ]
    document = latex_tables.document(build_comparison(runs, runs[0]))
    *_, (columns, rows) = tables(document)
    assert columns == "llrr"
    assert rows[0][3] == r"50\%\_\{\&\}\textasciitilde{}\#\textasciicircum{}\textbackslash{}\$"
    assert rows[1:] == [
        ["en", "English", "$-$5.000", "+0.500"],
        ["sw", "Swahili", "$-$6.000", "$-$0.500"],
    ]


def test_intervals_and_long_headings_are_stacked() -> None:
    made = latex.table(
        "c", "l", ["Model", "Mean step speed-up"], "lr", [["a", "2.0× (1.50× to 3.00×)"]]
    )
    assert r"\shortstack[r]{\strut Mean step\\speed-up}" in made
    assert r"\shortstack[r]{\strut 2.0$\times$\\1.50$\times$ to\\3.00$\times$}" in made


@pytest.mark.parametrize("name", ["a (b)", "ends in (", ""])
def test_brackets_of_a_name_stay(name: str) -> None:
    assert f"{name} & 1" in latex.table("c", "l", ["Model", "N"], "lr", [[name, "1"]])


@given(st.text())
def test_no_letter_is_left_that_means_something_to_latex(text: str) -> None:
    shown = re.sub(
        r"\\(textbackslash|textasciitilde|textasciicircum|text\w+|ldots)\{\}",
        "",
        latex.escape(text),
    )
    shown = re.sub(r"\\[&%$#_{},]|\$[^$]*\$", "", shown)
    assert not set(shown) & set("\\&%$#_{}~^")
