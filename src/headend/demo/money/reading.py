"""What went out, as pages: for whoever tries the demo in a browser. A mail's own HTML stands in a frame that may do nothing."""

from collections.abc import Sequence
from html import escape
from typing import Final

from headend.demo.money.letters import Letter
from headend.demo.money.texts import Text

SHOWN_MOST: Final = 100
# Nothing is loaded and no script runs; a frame inherits it.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'"
_STYLE: Final = (
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:72rem;padding:1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:start;padding:.4rem .6rem;border-bottom:1px solid #8886;"
    "vertical-align:top;overflow-wrap:anywhere}.both{display:flex;flex-wrap:wrap;gap:1rem}.both>*{flex:1 1 20rem;min-width:0}"
    "iframe{width:100%;height:36rem;border:1px solid #8886;border-radius:8px}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
)


class Page(str):
    """HTML, and no JSON."""

    __slots__ = ()


def everything(letters: list[Letter], texts: list[Text]) -> Page:
    """The newest mails and SMS."""
    mails = [
        (_time(one.at), escape(one.to), f'<a href="/letters/{one.number}">{escape(one.subject) or "(no subject)"}</a>')
        for one in reversed(letters[-SHOWN_MOST:])
    ]
    messages = [
        (_time(one.message.at), escape(one.phone), escape(one.message.sender), escape(one.message.body))
        for one in reversed(texts[-SHOWN_MOST:])
    ]
    return _page(
        "What went out",
        "<p>Nobody got it: it came here instead. This page forgets everything when the demo ends. "
        '<a href="/">Look again</a></p>'
        f"<h2>E-mail</h2>{_table(('When', 'To', 'Subject'), mails)}"
        f"<h2>SMS</h2>{_table(('When', 'To', 'From', 'Text'), messages)}",
    )


def letter(one: Letter) -> Page:
    """One mail: its HTML as a mail program shows it, and its text beside."""
    heads = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in one.headers.items())
    # Links open beside the frame, in which nothing else is allowed.
    allowed = "allow-popups allow-popups-to-escape-sandbox"
    framed = one.html.replace("<head>", '<head><base target="_blank">', 1) or "<p>There is no HTML in it."
    return _page(
        one.subject or "(no subject)",
        f'<p><a href="/">All that went out</a></p><p>To {escape(one.to)}, {_time(one.at)}</p><div class="both">'
        f'<section><h2>HTML</h2><iframe sandbox="{allowed}" title="HTML" srcdoc="{escape(framed)}"></iframe></section>'
        f"<section><h2>Text</h2><pre>{escape(one.text)}</pre></section></div><h2>Headers</h2><table>{heads}</table>",
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "<p>Nothing yet.</p>"
    titles = "".join(f"<th>{head}</th>" for head in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{lines}</table>"


def _time(at: str) -> str:
    return escape(at[:19].replace("T", " ")) + " UTC"


def _page(title: str, body: str) -> Page:
    return Page(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
