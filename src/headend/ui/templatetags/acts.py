"""Buttons that lead to a page, ask on a page, or post at once. A builtin library.

`{% go "pencil" "console:plan_edit" plan.pk %}Edit{% endgo %}`: an icon (or ""), an address or the name of one of this
organization with what stands in it, and the words. A square one, as in the rows of lists, shows the icon alone and has its
words read out.
"""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from headend.ui.templatetags import show

register = template.Library()


@register.simple_block_tag(takes_context=True)
def go(
    context: Context, content: str, glyph: str, place: str, *args: Any, css: str = "", square: bool = False
) -> SafeString:
    """A link to a page."""
    address = _address(context, place, args)
    return format_html('<a class="{}" href="{}">{}</a>', _css(css, square), address, _face(content, glyph, square))


@register.simple_block_tag(takes_context=True)
def ask(
    context: Context, content: str, glyph: str, place: str, *args: Any, css: str = "", square: bool = False
) -> SafeString:
    """A link to a page that asks before something is done: a script opens it in place."""
    face = _face(content, glyph, square)
    return format_html(
        '<a class="{}" data-dialog href="{}">{}</a>', _css(css, square), _address(context, place, args), face
    )


@register.simple_block_tag(takes_context=True)
def send(
    context: Context,
    content: str,
    glyph: str,
    place: str,
    *args: Any,
    css: str = "",
    square: bool = False,
    line: bool = False,
) -> SafeString:
    """What is done at once, and can be undone. In a `line` it stands beside other buttons of a cell."""
    return format_html(
        '<form{} method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}"><button class="{}">{}</button></form>',
        mark_safe(' class="inline"') if line else "",
        _address(context, place, args),
        context["csrf_token"],
        _css(css, square),
        _face(content, glyph, square),
    )


def _address(context: Context, place: str, args: tuple[Any, ...]) -> str:
    return place if place.startswith("/") else show.way(context, place, *args)


def _css(css: str, square: bool) -> str:
    return " ".join(filter(None, ["btn", "plain square" if square else "", css]))


def _face(content: str, glyph: str, square: bool) -> SafeString:
    # A template has drawn the words, and has escaped what is in them.
    words = mark_safe(content.strip())  # noqa: S308 - as said
    if square:
        return show.icon(glyph, words)
    return format_html("{}{}", show.icon(glyph) if glyph else "", words)
