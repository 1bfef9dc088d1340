from collections import Counter

import pytest

from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.rules import personal_data
from pipeline.corpus.rules.personal_data import CARD, EMAIL, IBAN, IP, PHONE, mask

ALL = Cleaning(
    mask_emails=True, mask_ip_addresses=True, mask_phone_numbers=True, mask_account_numbers=True
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail a.b+c@example.co.uk, now.", f"Mail {EMAIL}, now."),
        ("邮箱abc@x.com。", f"邮箱{EMAIL}。"),
        ("@name and a@b and x@y.z", "@name and a@b and x@y.z"),
        ("8.8.8.8 or 8.8.4.4.", f"{IP} or {IP}."),
        ("10.0.0.1 192.168.1.1 127.0.0.1", "10.0.0.1 192.168.1.1 127.0.0.1"),  # private
        ("1.2.3.4.5 v1.2.3.4 999.1.1.1", "1.2.3.4.5 v1.2.3.4 999.1.1.1"),
        ("at 2001:4860:4860::8888, 12:30:45", f"at {IP}, 12:30:45"),
        ("fe80::1 2001:db8::1", "fe80::1 2001:db8::1"),  # link-local; documentation
        ("Call +49 (0)30 1234-5678 or (415) 555-2671.", f"Call {PHONE} or {PHONE}."),
        ("+1-415-555-2671, 415.555.2671", f"{PHONE}, {PHONE}"),
        ("In 2020-01-01 1234 and +5 +6", "In 2020-01-01 1234 and +5 +6"),
        ("4111 1111 1111 1111 or 5500-0000-0000-0004", f"{CARD} or {CARD}"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),  # wrong check digit
        ("9999999999999995", "9999999999999995"),  # right check digit, no issuer
        ("ISBN 978-3-16-148410-0, 1,000,000,000,000", "ISBN 978-3-16-148410-0, 1,000,000,000,000"),
        ("DE89 3704 0044 0532 0130 00 EUR", f"{IBAN} EUR"),
        ("GB82WEST12345698765432.", f"{IBAN}."),
        ("GB83WEST12345698765432.", "GB83WEST12345698765432."),
    ],
)
def test_what_is_masked_and_what_is_not(text, expected):
    assert mask(text, ALL)[0] == expected
    assert mask(text, Cleaning()) == (text, Counter())


def test_each_kind_has_its_own_setting_and_is_counted():
    text = "a@b.org c@d.org 8.8.8.8 +49 30 12345678, 4111111111111111 GB82WEST12345698765432"
    assert mask(text, ALL)[1] == Counter(email=2, ip_address=1, phone=1, card=1, iban=1)
    assert mask(text, Cleaning(mask_emails=True))[1] == Counter(email=2)
    assert mask(text, Cleaning(mask_ip_addresses=True))[1] == Counter(ip_address=1)
    assert mask(text, Cleaning(mask_phone_numbers=True))[1] == Counter(phone=1)
    assert mask(text, Cleaning(mask_account_numbers=True))[1] == Counter(card=1, iban=1)


def test_check_digits():
    assert personal_data.is_card("3782 822463 10005")  # American Express
    assert not personal_data.is_card("3782 822463 10006")
    assert personal_data.is_iban("NO93 8601 1117 947")
    assert not personal_data.is_iban("NO93 8601 1117 974")


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "a", "a@", "@", "a.", "+", "+1", "+1 ", "1.", "2222:", ":", "AB12", "AB12 ", "(",
     "123-", "1-", "+( ", f"{'a' * 64}@{'b-' * 31}.", "x@a.a.a.a.a.1 "],
)  # fmt: skip
def test_hostile_pages_are_done_in_linear_time(unit):
    """With quadratic time a million characters would take hours."""
    text = unit * (1_000_000 // len(unit))
    assert mask(text, ALL) == (text, Counter())
