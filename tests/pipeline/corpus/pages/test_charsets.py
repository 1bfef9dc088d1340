import pytest

from pipeline.corpus.pages.charsets import page_text

GERMAN = "Größe über alles, schöne Grüße aus Österreich. " * 5
RUSSIAN = "Старый паром пересекает залив каждое утро. " * 5


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ("<meta charset=koi8-r>", "koi8-r"),
        ("<META\nCharSet = 'KOI8-R' />", "koi8-r"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ("<meta content='text/html;charset=\"koi8-r\"' http-equiv=content-type>", "koi8-r"),
        ("<!-- <meta charset=utf-8> --><meta charset=koi8-r>", "koi8-r"),
        ("<meta charset=none><meta charset=koi8-r>", "koi8-r"),
        ("<meta name=x content='charset=big5'><meta charset=koi8-r>", "koi8-r"),
        ("<meta data-charset=big5 name='>'><meta charset=koi8-r>", "koi8-r"),
        ("x" * 3000 + "<meta charset=koi8-r>", "koi8-r"),
        ('<?xml version="1.0" encoding="koi8-r"?>', "koi8-r"),
        ("<meta charset=cp1251>", "cp1251"),
        ("<meta charset=x-mac-cyrillic>", "mac_cyrillic"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=ucs-2>", "utf-8"),
    ],
)
def test_the_charset_that_a_page_declares(head, codec):
    page = f"{head}<p>{RUSSIAN}"
    assert page_text(page.encode(codec)) == page


@pytest.mark.parametrize(
    ("labels", "codec"),
    [
        (("koi8-r",), "koi8-r"),
        ((" KOI8-R ",), "koi8-r"),
        (("none", "koi8-r"), "koi8-r"),
        (("utf-16",), "utf-8"),
        (("utf-16be",), "utf-16-be"),
        (("utf-8",), "utf-16-le"),
        (("cp1251",), "utf-8-sig"),
    ],
)
def test_labels_of_the_header_come_before_those_of_the_page(labels, codec):
    page = f"<!doctype html><meta charset=big5><p>{RUSSIAN}"
    assert page_text(page.encode(codec), labels) == page


def test_x_user_defined_in_a_page_is_windows_1252():
    page = f"<meta charset=x-user-defined><p>{GERMAN}"
    assert page_text(page.encode("cp1252")) == page


def test_a_label_that_fits_hardly_a_character_gives_way_to_likeness():
    assert page_text(GERMAN.encode("cp1252"), ("utf-8",)) == GERMAN
    assert page_text(RUSSIAN.encode("utf-8"), ("big5",)) == RUSSIAN


def test_a_label_stays_where_some_characters_are_damaged():
    body = RUSSIAN.encode() + b"\xd0 \xd1 \xff" + RUSSIAN.encode()
    assert page_text(body, ("utf-8",)) == f"{RUSSIAN}\ufffd \ufffd \ufffd{RUSSIAN}"


def test_hostile_heads_take_no_time():
    for head in (b"<meta " * 5000, b'<meta "' * 5000, b"<!--" * 9000, b"<\x00" * 3, b"a=" * 9000):
        page_text(head)
