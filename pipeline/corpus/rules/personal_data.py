"""Personal data in a text, masked: mail and IP addresses, telephone and account numbers.

The marks for the first three are Dolma's (arXiv 2402.00159, section 3.1), those for accounts are
ours. What has a checksum or a range is checked, so that few other numbers are taken. All patterns
have bounded parts that start at a border only, so that time is linear in the text.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.corpus.cleaning_config import Cleaning

EMAIL, IP, PHONE = "|||EMAIL_ADDRESS|||", "|||IP_ADDRESS|||", "|||PHONE_NUMBER|||"
CARD, IBAN = "|||CARD_NUMBER|||", "|||IBAN|||"

# The first character stands before the check of what is before it: `re` then skips fast to it.
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-](?<![A-Za-z0-9._%+-].)[A-Za-z0-9._%+-]{0,63}"
    r"@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_IPV4 = re.compile(r"[0-9](?<![\w.].)\d{0,2}(?:\.\d{1,3}){3}(?!\.?\w)")
_IPV6 = re.compile(r"[23](?<![\w:.].)[0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")  # 2000::/3
# With a plus sign (E.164: at most 15 digits), or as written in North America (Dolma).
_PHONE = re.compile(
    r"[+(0-9](?:"
    r"(?<=\+)(?<![\w+].)(?:[ ().-]{0,2}\d){8,15}(?!\d)"
    r"|(?<![\w.+-].)(?:(?<=\()\d{3}\) ?|(?<=\d)\d{2}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
    r")"
)
_CARD = re.compile(r"[0-9](?<![\w.,].)(?<!\d[ -].)(?:[ -]?\d){12,18}(?!\w|[ -]\d)")
# Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay
_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[04-8]|6011|64|65|62")
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")


@dataclass(frozen=True)
class _Rule:
    kind: str
    setting: str
    pattern: re.Pattern[str]
    mark: str
    is_one: Callable[[str], bool] = bool  # whether a match is what it looks like

    def mask(self, text: str, counts: Counter[str]) -> str:
        def marked(match: re.Match[str]) -> str:
            if not self.is_one(match[0]):
                return match[0]
            counts[self.kind] += 1
            return self.mark

        return self.pattern.sub(marked, text)


def mask(text: str, config: Cleaning) -> tuple[str, Counter[str]]:
    """The text with marks in place of what the settings name, and how many of each kind."""
    counts: Counter[str] = Counter()
    for rule in _RULES:
        if getattr(config, rule.setting) and (rule.pattern is not _EMAIL or "@" in text):
            text = rule.mask(text, counts)
    return text, counts


def is_public_ip(address: str) -> bool:
    """Whether it is an IP address that belongs to someone: neither private nor reserved."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def is_card(number: str) -> bool:
    """A number of 13 to 19 digits of a card issuer whose check digit is right (ISO/IEC 7812)."""
    digits = [int(digit) for digit in number if digit.isascii() and digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_sum_right = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    is_issued = _ISSUER.match("".join(map(str, digits))) is not None
    return 13 <= len(digits) <= 19 and is_issued and is_sum_right


def is_iban(account: str) -> bool:
    """An account number of ISO 13616 whose check digits are right."""
    plain = account.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


# Account numbers come before telephone numbers, which look like parts of them.
_RULES = (
    _Rule("email", "mask_emails", _EMAIL, EMAIL),
    _Rule("ip_address", "mask_ip_addresses", _IPV4, IP, is_public_ip),
    _Rule("ip_address", "mask_ip_addresses", _IPV6, IP, is_public_ip),
    _Rule("iban", "mask_account_numbers", _IBAN, IBAN, is_iban),
    _Rule("card", "mask_account_numbers", _CARD, CARD, is_card),
    _Rule("phone", "mask_phone_numbers", _PHONE, PHONE),
)
