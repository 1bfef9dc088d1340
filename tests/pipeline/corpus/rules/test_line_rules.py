import pytest

from pipeline.corpus.config import CorpusConfig, preset
from pipeline.corpus.rules import line_rules

OFF = CorpusConfig(min_long_lines=0, max_page_characters=0)


def test_lines_are_stripped_and_never_empty():
    assert line_rules.split_lines(" a \r\n\r\n\tb\u2028c\n  \n") == ["a", "b", "c"]


@pytest.mark.parametrize(("limit", "expected"), [(4, True), (5, False), (0, False)])
def test_too_long(limit, expected):
    assert line_rules.is_too_long("abcde", limit) is expected


def test_lorem_ipsum_and_curly_brackets():
    assert line_rules.has_lorem_ipsum("Text.\nLorem IPSUM dolor")
    assert not line_rules.has_lorem_ipsum("lorem, ipsum")
    assert line_rules.has_curly_bracket("function () {")
    assert not line_rules.has_curly_bracket("(a) [b] <c>")


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([200, 200, 200], True), ([500, 200, 199], False), ([900], False), ([9, 300, 300, 300], True)],
)
def test_three_lines_of_200_characters(lengths, expected):
    assert line_rules.has_long_lines(["ä" * n for n in lengths], 3, 200) is expected


def test_long_word():
    assert line_rules.has_long_word("a " + "b" * 11, 10)
    assert not line_rules.has_long_word("b" * 10 + " " + "c" * 10, 10)


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
    assert not line_rules.lacks_terminal_punctuation(line)


@pytest.mark.parametrize(
    "line", ["Home | About", "Read more...", "这是标题", "Where is it;", "Ещё"]
)
def test_lines_that_do_not(line):
    assert line_rules.lacks_terminal_punctuation(line)


def test_few_words_where_words_are_separated():
    assert line_rules.has_few_words("one two three four", 5)
    assert not line_rules.has_few_words("one two three four five", 5)
    assert not line_rules.has_few_words("这是一个没有空格的句子。", 5)
    assert line_rules.has_few_words("한국어는 띄어 쓴다.", 5)


def test_javascript_and_policy():
    assert line_rules.mentions_javascript("Please enable JavaScript.")
    assert line_rules.mentions_policy("This site Uses Cookies.")
    assert not line_rules.mentions_policy("She baked cookies.")


def test_the_first_rule_that_says_so_counts_and_order_is_kept():
    lines = ["Turn on javascript, it uses cookies.", "Good line.", "It uses cookies.", "Another."]
    rules = line_rules.line_rules(CorpusConfig(drop_javascript_lines=True, drop_policy_lines=True))
    kept, removed = line_rules.clean_lines(lines, rules)
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
    assert line_rules.line_rules(CorpusConfig()) == []
    assert [name for name, _ in line_rules.line_rules(CorpusConfig(**{setting: value}))] == [rule]


def test_page_rules_have_switches():
    text = "lorem ipsum {"
    assert line_rules.page_fault(text, OFF) is None
    assert (
        line_rules.page_fault(text, CorpusConfig(drop_curly_bracket_pages=True)) == "curly_bracket"
    )
    assert line_rules.page_fault(text, CorpusConfig(drop_lorem_ipsum_pages=True)) == "lorem_ipsum"


def test_length_rule_and_its_switch():
    assert line_rules.length_fault(["short"], OFF) is None
    assert line_rules.length_fault([], OFF) == "no_lines_left"
    assert line_rules.length_fault(["x" * 200] * 2, preset("mc4")) == "few_long_lines"
    assert line_rules.length_fault(["x" * 200] * 3, preset("mc4")) is None
