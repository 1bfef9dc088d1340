"""What the section on experts and languages (assets/routing.html.j2 and .js) is made from."""

import json
import math
from typing import Any

from markupsafe import Markup

from pipeline.evaluate.language_names import describe
from pipeline.evaluate.report import LanguageRouting, Report, Router
from pipeline.report.routing.tables import EXPLAINED, HEADINGS, router_rows
from pipeline.show.numbers import label

MOST_ROWS = 5000  # experts of all routers on one page: 2 MB with 107 languages
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def routing_section(report: Report) -> dict[str, Any] | None:
    """Names for the template; None where no run says what its routers did."""
    by_run = report.routing_by_language
    if not by_run:
        return None
    return {
        "models": [label(name) for name in by_run],
        "headings": HEADINGS,
        "rows": router_rows(report),
        "explained": EXPLAINED,
        "data": Markup(routing_data(report)),
    }


def routing_data(report: Report) -> str:
    """JSON that is safe inside a script element; shares as `packed` has them."""
    by_run = report.routing_by_language
    routers = sum(len(division.routers) for division in by_run.values())
    most = max(1, MOST_ROWS // routers)
    codes = {code for division in by_run.values() for code in division.languages}
    data = {
        "names": {code: describe(code)["name"] for code in sorted(codes)},
        "models": [_model(division, most) for division in by_run.values()],
    }
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def packed(shares: list[float]) -> str:
    """Two base-36 digits each, in thousandths: [0.5, 1] -> "dwrs"."""
    whole = [round(1000 * share) for share in shares]
    return "".join(_DIGITS[number // 36] + _DIGITS[number % 36] for number in whole)


def _model(division: LanguageRouting, most: int) -> dict[str, Any]:
    informed = [router.mutual_information for router in division.routers]
    return {
        "experts": division.experts,
        "languages": division.languages,
        "merges": [[a, b, round(height, 3)] for a, b, height in division.merges],
        "nearest": [
            [[code, round(distance, 2)] for code, distance in division.nearest[language]]
            for language in division.languages
        ],
        "first": informed.index(max(informed)),  # the router that is shown first
        "routers": [_router(router, most) for router in division.routers],
    }


def _router(router: Router, most: int) -> dict[str, Any]:
    """A router with at most so many experts, the most loaded ones, in the order of the page."""
    experts = _in_order(router, most)
    return {
        "router": router.router,
        "experts": experts,
        "load": [round(router.load[expert], 4) for expert in experts],
        "shares": [packed([row[expert] for row in router.shares]) for expert in experts],
        "effective": [round(math.exp(entropy), 2) for entropy in router.entropy],
        "dropped": [round(share, 4) for share in router.dropped],
        "liked": [
            [
                [liked.piece, round(1000 * liked.share), liked.tokens]
                for liked in router.liked_pieces[expert]
            ]
            for expert in experts
        ],
    }


def _in_order(router: Router, most: int) -> list[int]:
    """Experts by where along the languages their weight lies, so that a pattern is a diagonal."""
    by_load = sorted(range(len(router.load)), key=lambda expert: -router.load[expert])
    return sorted(by_load[:most], key=lambda expert: _middle(router.shares, expert))


def _middle(shares: list[list[float]], expert: int) -> float:
    weights = [row[expert] for row in shares]
    places = sum(place * weight for place, weight in enumerate(weights))
    return places / (sum(weights) or 1)
