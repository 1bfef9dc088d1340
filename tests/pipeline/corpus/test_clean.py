import pytest

from pipeline.corpus import clean
from pipeline.corpus.config import CorpusConfig, preset

OFF = CorpusConfig(min_long_lines=0, max_page_characters=0)


def test_lines_are_stripped_and_never_empty():
    assert clean.split_lines(" a \r\n\r\n\tb\u2028c\n  \n") == ["a", "b", "c"]


@pytest.mark.parametrize(("limit", "expected"), [(4, True), (5, False), (0, False)])
def test_too_long(limit, expected):
    assert clean.is_too_long("abcde", limit) is expected


def test_lorem_ipsum_and_curly_brackets():
    assert clean.has_lorem_ipsum("Text.\nLorem IPSUM dolor")
    assert not clean.has_lorem_ipsum("lorem, ipsum")
    assert clean.has_curly_bracket("function () {")
    assert not clean.has_curly_bracket("(a) [b] <c>")


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([200, 200, 200], True), ([500, 200, 199], False), ([900], False), ([9, 300, 300, 300], True)],
)
def test_three_lines_of_200_characters(lengths, expected):
    assert clean.has_long_lines(["ä" * n for n in lengths], 3, 200) is expected


def test_long_word():
    assert clean.has_long_word("a " + "b" * 11, 10)
    assert not clean.has_long_word("b" * 10 + " " + "c" * 10, 10)


@pytest.mark.parametrize(
    "line",
    [
        "It ends.",
        'He said "yes"',
        "这是一个句子。",
        "これは文です。",
        "यह एक वाक्य है।",
        "هل هذه جملة؟",
        "นี่คือประโยค",  # Thai has no mark
        "บริษัท AI",  # most letters are Thai
        "នេះជាប្រយោគ Boots ។",  # a Khmer mark after a Latin word
        "Πού είναι;",
        "2024",  # no letters
    ],
)
def test_lines_that_end_as_sentences(line):
    assert not clean.lacks_terminal_punctuation(line)


@pytest.mark.parametrize(
    "line", ["Home | About", "Read more...", "这是标题", "Where is it;", "Ещё"]
)
def test_lines_that_do_not(line):
    assert clean.lacks_terminal_punctuation(line)


def test_few_words_where_words_are_separated():
    assert clean.has_few_words("one two three four", 5)
    assert not clean.has_few_words("one two three four five", 5)
    assert not clean.has_few_words("这是一个没有空格的句子。", 5)
    assert clean.has_few_words("한국어는 띄어 쓴다.", 5)


def test_javascript_and_policy():
    assert clean.mentions_javascript("Please enable JavaScript.")
    assert clean.mentions_policy("This site Uses Cookies.")
    assert not clean.mentions_policy("She baked cookies.")


def test_the_first_rule_that_says_so_counts_and_order_is_kept():
    lines = ["Turn on javascript, it uses cookies.", "Good line.", "It uses cookies.", "Another."]
    rules = clean.line_rules(CorpusConfig(drop_javascript_lines=True, drop_policy_lines=True))
    kept, removed = clean.clean_lines(lines, rules)
    assert kept == ["Good line.", "Another."]
    assert removed == [("javascript", lines[0]), ("policy", lines[2])]


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("max_word_characters", 10, "long_word"),
        ("require_terminal_punctuation", True, "no_terminal_punctuation"),
        ("min_words_per_line", 5, "few_words"),
        ("drop_javascript_lines", True, "javascript"),
        ("drop_policy_lines", True, "policy"),
    ],
)
def test_each_line_rule_has_its_own_switch(setting, value, rule):
    assert clean.line_rules(CorpusConfig()) == []
    assert [name for name, _ in clean.line_rules(CorpusConfig(**{setting: value}))] == [rule]


def test_page_rules_have_switches():
    text = "lorem ipsum {"
    assert clean.page_fault(text, OFF) is None
    assert clean.page_fault(text, CorpusConfig(drop_curly_bracket_pages=True)) == "curly_bracket"
    assert clean.page_fault(text, CorpusConfig(drop_lorem_ipsum_pages=True)) == "lorem_ipsum"


def test_length_rule_and_its_switch():
    assert clean.length_fault(["short"], OFF) is None
    assert clean.length_fault([], OFF) == "no_lines_left"
    assert clean.length_fault(["x" * 200] * 2, preset("mc4")) == "few_long_lines"
    assert clean.length_fault(["x" * 200] * 3, preset("mc4")) is None
