"""Finding a customer by anything: one folded text for each customer and source, in a trigram index.

Only runs of letters and digits are looked for. Three characters match anywhere; one or two match only whole words and their
beginnings.
"""

from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from typing import Any, Final

from django.db.models import QuerySet

from headend.lib import ids, phone
from headend.system import engine
from headend.system.models import Organization, SearchText

MOST_RESULTS: Final = 50
CANDIDATES: Final = 500
TRIGRAM: Final = 3
_DIALLED: Final = "00"
# What stands around a match of each rank, best first: a whole word, the beginning of one, anything.
_RANKS: Final = ((" ", " "), (" ", ""), ("", ""))


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


def drop(*, customer_id: int) -> None:
    """Whatever any source said of the customer finds him no more; part of the caller's transaction."""
    texts = SearchText.objects.filter(customer_id=customer_id)
    ids = list(texts.values_list("id", flat=True))
    texts.delete()
    engine.index_texts(ids)


def find(
    *, organization: Organization, query: str, limit: int = MOST_RESULTS, among: QuerySet[Any] | None = None
) -> list[int]:
    """Customer ids, best first: whole words, then beginnings, then the rest. A number may be typed in any notation.

    With `among`, which are customers, nobody else takes a place among the `limit`.
    """
    found: dict[int, None] = {}
    for before, after in _RANKS:
        of_rank: set[int] = set()
        for needles in _needle_sets(organization, query.replace("\0", "")):
            of_rank |= _matches(organization, [_mark(needle, before, after) for needle in needles], among)
        found.update(dict.fromkeys(sorted(of_rank)))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def holding(rows: QuerySet[Any], query: str, *columns: str) -> list[int]:
    """The ids of those among `rows` of which a column holds the query, in any letters: of a list so short that all are read.

    Not by the databases: SQLite knows no capitals but ASCII's, and neither leaves accents out.
    """
    wanted = ids.fold(query)
    return [pk for pk, *texts in rows.values_list("pk", *columns) if any(wanted in ids.fold(text) for text in texts)]


def _text(words: Iterable[str], keys: Iterable[str]) -> str:
    runs = [ids.words(word) for word in words]
    # Each entry without its gaps as well: numbers and MACs are typed with others, or with none. Of a key that is all: "co" is
    # the beginning of a name, and of no e-mail's ".com".
    compact = ["".join(entry) for entry in [*runs, *map(ids.words, keys)]]
    # Two spaces before each word, one behind the last: "is the word x" is then a plain search for " x ", "begins with x" for " x",
    # and even of one letter there are three characters to look for.
    words_ = dict.fromkeys([*chain.from_iterable(runs), *filter(None, compact)])
    return "".join(f"  {word}" for word in words_) + " "


def _needle_sets(organization: Organization, query: str) -> list[list[str]]:
    """What to look for: all words; or the whole as one key, since numbers and MACs are typed with gaps; or as a phone."""
    runs = ids.words(query)
    if not runs:
        return []
    sets = [list(dict.fromkeys(runs))]
    compact = "".join(runs)
    if len(runs) > 1:
        sets.append([compact])
    if compact.isdigit() and len(compact) > len(_DIALLED) + 1 and compact.startswith(_DIALLED):
        # The beginning of a number as it is dialled from abroad; a whole one is read as a phone below.
        sets.append([compact.removeprefix(_DIALLED)])
    with suppress(phone.PhoneError):
        sets.append([phone.parse(query, organization.country).lstrip("+")])
    return sets


def _mark(needle: str, before: str, after: str) -> str:
    """What to look for, three characters at least. One or two in the middle of a word would match nearly everybody: they begin one."""
    marked = f"{before}{needle}{after}"
    return marked if len(marked) >= TRIGRAM and (before or len(needle) >= TRIGRAM) else needle.rjust(TRIGRAM)


def _matches(organization: Organization, needles: list[str], among: QuerySet[Any] | None) -> set[int]:
    """Whom the first texts that hold all needles are of: which are the first is the database's affair, so that it may stop there."""
    return {customer_id for customer_id, _ in engine.find_texts(organization.pk, needles, CANDIDATES, among)}
