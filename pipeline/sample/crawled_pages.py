"""Articles -> pages as a crawler's text extraction leaves them: menus, notices, footers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from langs.registry import Language
from pipeline.sample.texts import Article

COOKIE_LINE = (
    "We use cookies to give you the best experience. By going on you accept our cookie policy."
)
JAVASCRIPT_LINE = "Please enable JavaScript in your browser to use all parts of this site."

# Home, news, about us, contact; English where a language is not here, as on many sites.
_MENUS = {
    "ar": "الرئيسية|أخبار|من نحن|اتصل بنا", "bg": "Начало|Новини|За нас|Контакти",
    "cs": "Domů|Zprávy|O nás|Kontakt", "da": "Forside|Nyheder|Om os|Kontakt",
    "de": "Startseite|Nachrichten|Über uns|Kontakt", "el": "Αρχική|Νέα|Σχετικά|Επικοινωνία",
    "es": "Inicio|Noticias|Nosotros|Contacto", "fa": "خانه|اخبار|درباره ما|تماس",
    "fi": "Etusivu|Uutiset|Tietoa|Yhteystiedot", "fr": "Accueil|Actualités|À propos|Contact",
    "hi": "होम|समाचार|हमारे बारे में|संपर्क", "hu": "Kezdőlap|Hírek|Rólunk|Kapcsolat",
    "id": "Beranda|Berita|Tentang|Kontak", "it": "Home|Notizie|Chi siamo|Contatti",
    "iw": "דף הבית|חדשות|אודות|צור קשר", "ja": "ホーム|ニュース|会社概要|お問い合わせ",
    "ko": "홈|뉴스|소개|문의", "nl": "Home|Nieuws|Over ons|Contact",
    "pl": "Strona główna|Aktualności|O nas|Kontakt", "pt": "Início|Notícias|Sobre|Contacto",
    "ro": "Acasă|Știri|Despre noi|Contact", "ru": "Главная|Новости|О нас|Контакты",
    "sv": "Hem|Nyheter|Om oss|Kontakt", "th": "หน้าแรก|ข่าว|เกี่ยวกับเรา|ติดต่อ",
    "tr": "Ana sayfa|Haberler|Hakkımızda|İletişim", "uk": "Головна|Новини|Про нас|Контакти",
    "vi": "Trang chủ|Tin tức|Giới thiệu|Liên hệ", "zh": "首页|新闻|关于我们|联系我们",
}  # fmt: skip
_ENGLISH_MENU = "Home|News|About us|Contact"


@dataclass(frozen=True)
class Page:
    """One page as it goes into a WET record; `date` is WARC's, `language` mC4's code."""

    url: str
    date: str
    text: str
    language: str


def make_page(article: Article, number: int, language: Language, motto: str) -> Page:
    """Puts an article into a site; `motto` is a line that stands on several pages of a site."""
    host = f"{article.source.replace('-', '')}.{language.code.lower()}.example.org"
    menu = _MENUS.get(language.code, _ENGLISH_MENU).split("|")
    lines = [f"{article.title} - {language.own_name}", *menu]
    lines += [COOKIE_LINE] * (number % 4 == 1) + [JAVASCRIPT_LINE] * (number % 7 == 2)
    lines += [*article.lines]
    lines += [motto] * (number % 3 == 0) + [f"© 2024 {host}"]
    url = f"https://{host}/{number:03d}"
    return Page(url, date_of(url), "\n".join(lines) + "\n", language.code)


def make_pages(articles: Sequence[Article], language: Language) -> list[Page]:
    """The pages of a language in the order of its articles."""
    sentences = (line for article in articles for line in article.lines)
    motto = next((line for line in sentences if 60 <= len(line) <= 250), "")
    return [make_page(article, n, language, motto) for n, article in enumerate(articles)]


def date_of(url: str) -> str:
    """A WARC-Date in May 2024 that depends on the URL alone."""
    number = int(hashlib.sha1(url.encode()).hexdigest()[:8], 16)
    day, hour, minute, second = number % 14 + 10, number % 24, number % 60, number // 60 % 60
    return f"2024-05-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
