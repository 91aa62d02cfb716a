"""Finding a customer by anything: one folded text for each customer and source, in a trigram index.

Three characters match anywhere; one or two match only whole words and their beginnings.
"""

import re
from collections.abc import Iterable
from typing import Final

from headend.lib import ids
from headend.system import engine
from headend.system.models import Organization, SearchText

MOST_RESULTS: Final = 50
CANDIDATES: Final = 500
TRIGRAM: Final = 3
_NOT_KEY: Final = re.compile(r"[^0-9a-z]")


def put(
    *, organization: Organization, customer_id: int, source: str, words: Iterable[str], keys: Iterable[str] = ()
) -> None:
    """Makes the customer findable by `words` (names) and `keys` (numbers, MACs, user names) of this source.

    It replaces what the source said before, in the caller's transaction.
    """
    put_many(organization=organization, entries=[(customer_id, source, words, keys)])


def put_many(*, organization: Organization, entries: Iterable[tuple[int, str, Iterable[str], Iterable[str]]]) -> None:
    """As `put`, set-wise: (customer id, source, words, keys)."""
    texts = [
        SearchText(organization=organization, customer_id=customer_id, source=source, text=_text(words, keys))
        for customer_id, source, words, keys in entries
    ]
    SearchText.objects.bulk_create(
        texts, update_conflicts=True, unique_fields=["customer_id", "source"], update_fields=["text"], batch_size=500
    )
    customers = [text.customer_id for text in texts]
    for start in range(0, len(customers), CANDIDATES):
        wanted = customers[start : start + CANDIDATES]
        engine.index_texts(list(SearchText.objects.filter(customer_id__in=wanted).values_list("id", flat=True)))


def find(*, organization: Organization, query: str, limit: int = MOST_RESULTS) -> list[int]:
    """Customer ids, best first: whole words, then beginnings, then the rest. A number may be typed in any notation."""
    folded = ids.fold(query)
    compact = _NOT_KEY.sub("", folded)
    found: dict[int, int] = {}
    for needles in _needle_sets(folded, compact):
        for customer_id, text in _candidates(organization, needles):
            rank = _rank(text, needles)
            if rank is not None:
                found[customer_id] = min(rank, found.get(customer_id, rank))
    return sorted(found, key=lambda customer_id: (found[customer_id], customer_id))[:limit]


def _text(words: Iterable[str], keys: Iterable[str]) -> str:
    folded = [ids.fold(word) for word in words if word]
    plain = [ids.fold(key) for key in keys if key]
    compact = [_NOT_KEY.sub("", key) for key in plain]
    # A space in front lets "begins with" be a plain search for " x".
    return " " + " ".join(dict.fromkeys([*folded, *plain, *compact]))


def _needle_sets(folded: str, compact: str) -> list[list[str]]:
    words = [word for word in folded.split(" ") if word]
    sets = [words] if words else []
    # "0712 345 678" and "AA:BB:CC" are one key each; names of several words are not.
    if compact and compact != folded and any(character.isdigit() or character in ":-." for character in folded):
        sets.append([compact])
    return sets


def _candidates(organization: Organization, needles: list[str]) -> list[tuple[int, str]]:
    long = [needle for needle in needles if len(needle) >= TRIGRAM]
    # One or two characters are looked for as the beginning of a word: " a" with its space is short of a trigram too.
    if long:
        return engine.find_texts(organization.pk, long, CANDIDATES)
    return list(
        SearchText.objects.filter(organization=organization, text__contains=" " + needles[0])
        .order_by("customer_id")
        .values_list("customer_id", "text")[:CANDIDATES]
    )


def _rank(text: str, needles: list[str]) -> int | None:
    worst = 0
    for needle in needles:
        if f" {needle} " in f"{text} ":
            rank = 0
        elif f" {needle}" in text:
            rank = 1
        elif len(needle) >= TRIGRAM and needle in text:
            rank = 2
        else:
            return None
        worst = max(worst, rank)
    return worst
