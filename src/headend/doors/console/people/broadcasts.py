"""*Broadcasts*: one text to all customers whom a filter finds, looked at before it is begun, and stopped half-way."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.people.writing import LetterForm
from headend.doors.console.saving import Act, Fill, Owned, asks, fills
from headend.lib import clock, segments
from headend.messaging import audiences, letters, previews, writing
from headend.messaging import broadcasts as verbs
from headend.messaging.audiences import Audience, Presence, Standing
from headend.messaging.broadcasts import Terms
from headend.messaging.models import Broadcast, Channel
from headend.messaging.previews import Preview
from headend.reports import broadcasts as report
from headend.system.models import Organization
from headend.ui.forms import Amount
from headend.ui.templatetags import show

MICROS: Final = 1_000_000
# What is drawn while its part of the page asks again.
_RUNNING: Final = ("writing", "sending")

LISTING: Final = Listing(
    title=gettext_lazy("Broadcasts"),
    icon="message-square",
    about=gettext_lazy("One text to all whom you choose. Who has opted out gets nothing but service notices."),
    columns=(
        Column(gettext_lazy("Text")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("By")),
        Column(gettext_lazy("Customers"), css="num"),
        Column(gettext_lazy("Begun"), sort="time"),
    ),
    row="console/broadcasts/row.html",
    orders={"time": ("pk",)},
    falling=True,
    empty=gettext_lazy(
        "No broadcasts yet. One tells all customers of a site that the mast is repaired tonight, for example."
    ),
    add="broadcast_add",
    add_label=gettext_lazy("New broadcast"),
    add_permission="broadcasts",
)


class BroadcastForm(LetterForm):
    """Whom it is for, and what it says."""

    demanded: ClassVar[tuple[str, ...]] = ("leads_to",)

    standing = forms.ChoiceField(label=gettext_lazy("To"), choices=Standing.choices, initial=Standing.ALL)
    days = forms.IntegerField(
        label=gettext_lazy("Days"), min_value=1, max_value=audiences.DAYS_MOST, initial=7, widget=Amount()
    )
    site = Owned(
        label=gettext_lazy("Site"),
        of=lambda organization: organization.site_set.order_by("name_key"),
        required=False,
        empty_label=gettext_lazy("Every site"),
    )
    plan = Owned(
        label=gettext_lazy("Plan"),
        of=lambda organization: organization.plan_set.order_by("name_key"),
        required=False,
        empty_label=gettext_lazy("Every plan"),
    )
    group = Owned(
        label=gettext_lazy("Group"),
        of=lambda organization: organization.group_set.order_by("name_key"),
        required=False,
        empty_label=gettext_lazy("Every group"),
    )
    presence = forms.ChoiceField(label=gettext_lazy("Online"), choices=Presence.choices, initial=Presence.ANY)
    channel = forms.ChoiceField(label=gettext_lazy("By"))
    is_notice = forms.BooleanField(
        label=gettext_lazy("Service notice: at any hour, also to those who have opted out"),
        required=False,
        help_text=gettext_lazy(
            "Only for what people must know of what they have with you, such as an outage or a new price."
        ),
    )
    part_price = forms.DecimalField(
        label=gettext_lazy("Price of one SMS"),
        required=False,
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=4,
        help_text=gettext_lazy("What your carrier asks. With it you see what the broadcast costs before you begin."),
        widget=Amount(),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        self.channels = writing.carried(organization)
        super().__init__(*args, organization=organization, channels=self.channels, **kwargs)
        by: Any = self.fields["channel"]
        by.choices = [(channel.value, channel.label) for channel in self.channels]
        self.fields["part_price"].widget.before = organization.currency
        self.initial.setdefault("channel", next(iter(self.channels), ""))

    @property
    def terms(self) -> Terms:
        """What the verbs take, of a form that is right."""
        given = self.cleaned_data
        ids = {name: given[name].pk if given[name] else None for name in ("site", "plan", "group")}
        audience = Audience(standing=given["standing"], days=given["days"], presence=given["presence"], **ids)
        price = given["part_price"]
        return Terms(
            self.letter,
            given["channel"],
            audience,
            is_notice=given["is_notice"],
            part_price_micros=None if price is None else int(price * MICROS),
        )


def fetch(request: Request, pk: int) -> Broadcast:
    """A broadcast of the organization; 404 for any other."""
    rows = Broadcast.objects.filter(organization=request.organization)
    return pages.fetch(rows.select_related("organization", "created_by", "begun_by", "stopped_by"), pk)


@page("broadcasts/", "broadcasts", see="broadcasts", rail=Entry("people", LISTING.title, "message-square", 3))
def listing(request: Request) -> HttpResponse:
    """The broadcasts, the newest first."""
    return lists.list_page(request, LISTING, Broadcast.objects.filter(organization=request.organization))


@fills("broadcasts/add/", "broadcast_add", do="broadcasts")
def add(request: Request) -> Fill | HttpResponse:
    """A draft; what it would be is looked at before it is begun."""

    def save(form: BroadcastForm) -> str:
        made = verbs.draft(organization=request.organization, terms=form.terms, by=request.staff)
        return url(request, "broadcast", made.pk)

    last = Broadcast.objects.filter(organization=request.organization).order_by("-pk").first()
    initial = {"part_price": _price(last)} if last else {}
    return _form(request, save, title=_("New broadcast"), back=url(request, "broadcasts"), initial=initial)


@fills("broadcasts/<int:pk>/edit/", "broadcast_edit", do="broadcasts", of=fetch)
def edit(request: Request, broadcast: Broadcast) -> Fill | HttpResponse:
    """Changes a draft."""
    back = url(request, "broadcast", broadcast.pk)
    if broadcast.begun_at is not None:
        return HttpResponseRedirect(back)

    def save(form: BroadcastForm) -> str:
        verbs.edit(broadcast=broadcast, terms=form.terms)
        return back

    names = ("text", "subject", "leads_to", "address", "channel", "is_notice")
    initial = {name: getattr(broadcast, name) for name in names}
    initial |= {**broadcast.audience, "part_price": _price(broadcast)}
    return _form(request, save, title=_("Change the broadcast"), back=back, initial=initial)


@page("broadcasts/<int:pk>/", "broadcast", see="broadcasts")
def show_one(request: Request, pk: int) -> HttpResponse:
    """A draft, with what it would be; or how far it has come, and what became of it."""
    broadcast = fetch(request, pk)
    shown: dict[str, Any] = {"broadcast": broadcast, "organization": request.organization}
    if broadcast.begun_at is not None:
        shown |= {"progress": report.progress(broadcast), "is_running": broadcast.state in _RUNNING}
    if request.headers.get("HX-Request"):
        answer = django_render(request, "console/broadcasts/progress.html", shown)
        if not shown.get("is_running"):
            # Then the page has more to say than this part.
            answer["HX-Refresh"] = "true"
        return answer
    shown["audience"] = _audience(broadcast)
    if broadcast.begun_at is None:
        preview = previews.of(broadcast)
        shown |= {"preview": preview, "size": segments.measure(preview.text), "cost": _cost(broadcast, preview.parts)}
        shown["is_carried"] = broadcast.channel in writing.carried(request.organization)
    else:
        shown["cost"] = _cost(broadcast, shown["progress"].figures.parts)
        shown["reasons"] = report.reasons(broadcast)
    return render(request, "console/broadcasts/show.html", shown)


@asks("broadcasts/<int:pk>/beginning/", "broadcast_beginning", do="broadcasts", of=fetch)
def begin(request: Request, broadcast: Broadcast) -> Act:
    """Sends it."""

    def run(form: saving.Form) -> str:
        verbs.begin(broadcast=broadcast, by=request.staff)
        return _("The broadcast is begun.")

    preview = previews.of(broadcast)
    title = ngettext("Send it to %(n)s customer?", "Send it to %(n)s customers?", preview.reached)
    return Act(
        title=title % {"n": show.count(preview.reached)},
        says=[*_says(broadcast, preview), preview.text],
        button=_("Begin") if preview.reached and broadcast.begun_at is None else "",
        icon="message-square",
        harm=False,
        back=url(request, "broadcast", broadcast.pk),
        run=run,
    )


@asks("broadcasts/<int:pk>/stop/", "broadcast_stop", do="broadcasts", of=fetch)
def stop(request: Request, broadcast: Broadcast) -> Act:
    """Sends no more of it."""

    def run(form: saving.Form) -> str:
        verbs.stop(broadcast=broadcast, by=request.staff)
        return _("The broadcast is stopped.")

    return Act(
        title=_("Stop this broadcast?"),
        says=[_("What waits still is never sent. What was handed over already cannot be taken back.")],
        button=_("Stop"),
        icon="ban",
        back=url(request, "broadcast", broadcast.pk),
        run=run,
    )


@asks("broadcasts/<int:pk>/discarding/", "broadcast_discarding", do="broadcasts", of=fetch)
def discard(request: Request, broadcast: Broadcast) -> Act:
    """Throws a draft away."""

    def run(form: saving.Form) -> str:
        verbs.discard(broadcast=broadcast)
        return _("The draft is gone.")

    return Act(
        title=_("Throw this draft away?"),
        says=[broadcast.text],
        button=_("Throw away"),
        icon="trash-2",
        back=url(request, "broadcasts"),
        run=run,
    )


def _form(request: Request, save: Any, *, title: str, back: str, initial: dict[str, Any]) -> Fill | HttpResponse:
    typed: Any = request.POST.dict() if "preview" in request.POST else None
    form = BroadcastForm(organization=request.organization, initial=typed or initial)
    if typed is not None:
        return django_render(request, "console/writing/outcome.html", _outcome(form))
    if not form.channels:
        # Nothing can be sent: the list says so, and leads on.
        shown = {"title": title, "back": back, "crumbs": [(LISTING.title, url(request, "broadcasts"))]}
        return render(request, "console/writing/page.html", {**shown, "outcome": {"lines": [1]}}, status=200)
    return Fill(
        BroadcastForm,
        title=title,
        crumbs=[(LISTING.title, url(request, "broadcasts"))],
        button=_("See what it would be"),
        back=back,
        save=save,
        initial=initial,
        once=True,
        template="console/broadcasts/form.html",
        generate=_with_link,
        more=_outcome(form),
    )


def _with_link(form: BroadcastForm) -> dict[str, str]:
    text = str(form["text"].value() or "")
    return {"text": text if letters.LINK in text else f"{text} {letters.LINK}".strip()}


def _outcome(form: BroadcastForm) -> dict[str, Any]:
    """The text as one of the customers would get it, and how long it is."""
    somebody = audiences.find(form.organization, Audience()).order_by("pk").first()
    text = letters.sample(form.letter, somebody) if somebody else form.letter.text
    return {"outcome": {"text": text, "size": segments.measure(text)}}


def _price(broadcast: Broadcast) -> Decimal | None:
    micros = broadcast.part_price_micros
    return None if micros is None else (Decimal(micros) / MICROS).normalize()


def _cost(broadcast: Broadcast, parts: int) -> str:
    """What so many SMS cost, in the organization's currency; empty where nobody has said what one costs."""
    if broadcast.part_price_micros is None or broadcast.channel != Channel.SMS:
        return ""
    return report.cost(broadcast, parts)


def _says(broadcast: Broadcast, preview: Preview) -> Sequence[str]:
    """What will happen, in words."""
    said = [_("By %(channel)s, to whom the filter finds just now.") % {"channel": broadcast.get_channel_display()}]
    goes_at = verbs.goes_at(broadcast)
    if goes_at > clock.now():
        said.append(_("It goes out in your hours, from %(at)s.") % {"at": show.moment(goes_at)})
    if preview.unreachable:
        text = ngettext(
            "%(n)s more cannot be reached by it.", "%(n)s more cannot be reached by it.", preview.unreachable
        )
        said.append(text % {"n": show.count(preview.unreachable)})
    if preview.opted_out:
        text = ngettext("%(n)s more has opted out.", "%(n)s more have opted out.", preview.opted_out)
        said.append(text % {"n": show.count(preview.opted_out)})
    if broadcast.channel == Channel.SMS:
        text = ngettext("It is %(n)s SMS.", "It is %(n)s SMS in all.", preview.parts)
        said.append(text % {"n": show.count(preview.parts)})
        cost = _cost(broadcast, preview.parts)
        if cost:
            said.append(_("It costs about %(amount)s.") % {"amount": cost})
    return said


def _audience(broadcast: Broadcast) -> list[str]:
    """Whom the filter finds, in words."""
    organization, kept = broadcast.organization, Audience.of(broadcast.audience)
    standing = str(Standing(kept.standing).label)
    if kept.standing == Standing.EXPIRING:
        standing = ngettext("Package ends within %(n)s day", "Package ends within %(n)s days", kept.days)
    elif kept.standing == Standing.EXPIRED:
        standing = ngettext("Package ended within %(n)s day", "Package ended within %(n)s days", kept.days)
    said = [standing % {"n": kept.days}]
    for rows, pk in (
        (organization.site_set, kept.site),
        (organization.plan_set, kept.plan),
        (organization.group_set, kept.group),
    ):
        if pk is not None:
            said.append(rows.filter(pk=pk).values_list("name", flat=True).first() or _("(gone)"))
    if kept.presence != Presence.ANY:
        said.append(str(Presence(kept.presence).label))
    return said
