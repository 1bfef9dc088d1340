import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs import cld3 as identify_module
from langs.cld3 import CODE_OF_CLD3, identify, language_fault
from langs.registry import LANGUAGES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Все люди рождаются свободными и равными в своём достоинстве и правах.", "ru"),
        ("כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.", "iw"),
        ("Alle mennesker er født frie og med samme menneskeverd og rettigheter.", "no"),
        ("sabhi logon ko apne adhikaaron ke liye ladna chahiye aur yah zaroori hai", "hi-Latn"),
        ("Vse lyudi rozhdayutsya svobodnymi i ravnymi v svoyom dostoinstve i pravakh.", "ru-Latn"),
        ("Vsichki hora se razhdat svobodni i ravni po dostoynstvo i prava.", "bg-Latn"),
        ("Oloi oi anthropoi gennountai eleftheroi kai isoi stin axioprepeia.", "el-Latn"),
        ("Subete no ningen wa umarenagara ni shite jiyuu de ari, byoudou de aru.", "ja-Latn"),
        ("Ren ren sheng er zi you, zai zun yan he quan li shang yi lu ping deng.", "zh-Latn"),
    ],
)
def test_codes_are_those_of_mc4(text, code):
    found, probability = identify(text, 10_000)
    assert found == code
    assert 0.7 <= probability <= 1


def test_only_the_first_bytes_count():
    russian = "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 20
    english = "All human beings are born free and equal in dignity and rights. " * 200
    assert identify(russian + english, 1000)[0] == "ru"


ENGLISH = "All human beings are born free and equal in dignity and rights. "
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах. "


def counted(monkeypatch) -> list[int]:
    """The bytes of every text that cld3 is given from now on."""
    sizes: list[int] = []
    real = identify_module._identifier(10_000)

    class Counting:
        def FindLanguage(self, text: str):  # noqa: N802 (cld3's name)
            sizes.append(len(text.encode()))
            return real.FindLanguage(text)

    monkeypatch.setattr(identify_module, "_identifier", lambda max_bytes: Counting())
    return sizes


def test_a_sample_is_enough_where_cld3_is_sure(monkeypatch):
    sizes = counted(monkeypatch)
    assert identify(RUSSIAN * 100, 10_000, 800)[0] == "ru"
    assert len(sizes) == 1
    assert 600 < sizes[0] <= 820  # of 20 pieces, with spaces between them


@given(st.text(alphabet="aé界𝄞 ", min_size=1000, max_size=4000), st.integers(80, 1000))
def test_a_sample_is_pieces_from_start_to_end(text, size):
    data = text.encode()
    sample = identify_module._sample(data, size)
    if not sample:
        assert len(data) < 2 * size
        return
    start = data[:40].decode("utf-8", "ignore")
    end = data[-40:].decode("utf-8", "ignore")
    assert sample.startswith(start)
    assert sample.endswith(end)
    assert len(sample.encode()) < size * 1.05


def test_where_a_sample_leaves_doubt_all_is_read(monkeypatch):
    sizes = counted(monkeypatch)
    page = "Alle mennesker er født frie og med samme rettigheter. Alle mennesker er fødte frie. "
    assert identify(page * 10 + "x " * 3000, 10_000, 800) == identify(
        page * 10 + "x " * 3000, 10_000
    )
    assert len(sizes) == 3
    assert sizes[1] == sizes[2]


@pytest.mark.parametrize("page", ["", "Hi", ENGLISH, ENGLISH * 20])
def test_short_pages_are_read_whole(page):
    assert identify(page, 10_000, 800) == identify(page, 10_000)


def test_every_label_leads_to_a_task():
    assert set(CODE_OF_CLD3.values()) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("code", "probability", "wanted", "fault"),
    [
        ("en", 0.7, [], None),
        ("en", 0.69, [], "low_probability"),
        (None, 0.9, [], "not_in_mc4"),
        ("en", 0.9, ["de"], "not_wanted"),
        ("de", 0.9, ["de"], None),
    ],
)
def test_language_fault(code, probability, wanted, fault):
    assert language_fault(code, probability, 0.7, wanted) == fault
