"""Input files that gave no page, and what to do with each."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.corpus.statistics.funnel import Key

_UNDERSTOOD = {"not_html", "http_status"}
"""Reasons by which records are left out that were read well: images, errors of servers, ..."""

_ADVICE = {
    "empty_file": "it is empty; fetch it again or leave it out",
    "no_records": "it holds nothing, or only such records as requests and metadata (WAT files); "
    "give WARC or WET files",
    "7z_archive": "a 7z archive; unpack it (7z x) and give what is in it",
    "rar_archive": "a RAR archive; unpack it (unrar x) and give what is in it",
    "nested_archive": "archives in an archive; unpack it once and give what is in it",
    "broken_archive": "an archive that is damaged; fetch it again",
    "broken_member": "an archive whose files are damaged, locked, or packed by a rare method; "
    "unpack it and give what is in it",
    "arc_file": "an ARC file; convert it to WARC (warcio recompress OLD.arc.gz NEW.warc.gz)",
    "html_file": "an HTML page, often an error page in place of a download; fetch it again, or put "
    "pages into a WARC file (wget --warc-file)",
    "pdf_file": "a PDF; write its text into a .txt file",
    "arrow_file": "an Arrow file; write it as Parquet (pyarrow.parquet.write_table)",
    "unknown_format": "no format that is read; give WARC, WET, JSON lines, Parquet, .txt or .tsv",
    "no_field": "no record has a field {field!r}; say by --text-field where the text is",
    "duplicate_field": "it has two columns {field!r}; rename one, or say by --text-field where the "
    "text is",
    "wrong_type": "its {field!r} is no text; say by --text-field where the text is",
    "invalid_utf8": "its text is not UTF-8; convert it (iconv -f ENCODING -t UTF-8)",
    "undecodable": "its text was decoded wrongly; make it again from its source",
    "zstd_dictionary": "zstd with a dictionary; unpack it by the tool that made it",
}
_SHOWN = 100  # files that are named on the screen


def unread(path: str, counts: Mapping[Key, int]) -> Key | None:
    """The key under which an input file of these counts is told; None if it gave what it holds."""
    reasons = {key[2]: count for key, count in counts.items() if key[:2] == ("dropped", "read")}
    is_read = counts.get(("found",), 0) > sum(reasons.values())
    if is_read or (reasons and reasons.keys() <= _UNDERSTOOD):
        return None
    return ("unread", path, max(reasons, key=lambda reason: reasons[reason], default="no_records"))


def lines(files: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """A line on each of these files of `statistics.json`: what it is and what to do."""
    for file in files[:_SHOWN]:
        kind, _, field = file["reason"].partition(":")
        advice = _ADVICE.get(kind, f"it cannot be read ({kind}); fetch it again")
        yield f"no page in {file['file']}: {advice.format(field=field)}"
    if len(files) > _SHOWN:
        yield f"and {len(files) - _SHOWN:,} more, in statistics.json"
