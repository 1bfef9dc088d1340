import gzip

import pytest
import zstandard

from langs.errors import InputError
from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.rules.blocklist import Blocklist, address_starts


def test_what_may_block_an_address():
    assert address_starts("http://www.A.b.org:80/x/Y/?q=1#z") == [
        "a.b.org",
        "b.org",
        "org",
        "a.b.org/x",
        "a.b.org/x/y",
    ]
    assert address_starts("not an address") == ["not an address"]
    assert address_starts("") == [""]


@pytest.fixture
def blocklist(tmp_path):
    (tmp_path / "domains").write_text("# comment\nbad.org\n\nwww.Other.com/Forum/\n")
    (tmp_path / "more.gz").write_bytes(gzip.compress(b"1.2.3.4\r\n"))
    (tmp_path / "words.zst").write_bytes(zstandard.compress("casino\nÖl\n".encode()))
    return Blocklist(
        Cleaning(
            blocked_address_files=[str(tmp_path / "domains"), str(tmp_path / "more.gz")],
            blocked_word_files=[str(tmp_path / "words.zst")],
        )
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://bad.org", "address"),
        ("https://user@www.x.bad.org:8080/a?b", "address"),
        ("http://notbad.org/", None),
        ("http://bad.org.example.com/", None),
        ("http://other.com/forum/1", "address"),
        ("http://other.com/forums", None),
        ("http://other.com/", None),
        ("http://1.2.3.4/x", "address"),
        ("http://a.com/best-CASINO_1", "word"),
        ("http://a.com/casinos", None),
        ("http://a.com/öl", "word"),
        ("", None),
    ],
)
def test_addresses_and_words(blocklist, url, reason):
    assert blocklist.fault(url) == reason


def test_without_lists_nothing_is_blocked():
    assert Blocklist(Cleaning()).fault("http://bad.org") is None


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"blocked_word_files: .*none is missing"):
        Blocklist(Cleaning(blocked_word_files=[str(tmp_path / "none")]))
    (tmp_path / "bad.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"blocked_address_files: .*bad.gz is damaged"):
        Blocklist(Cleaning(blocked_address_files=[str(tmp_path / "bad.gz")]))
