"""`headend explain`: why a user name may connect or not, rule by rule."""

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from headend.cli import start
from headend.cli.problem import ProblemError

if TYPE_CHECKING:
    from headend.access.authorize import Facts, Verdict
    from headend.system.models import Organization

ACCEPTED: Final = 0
REFUSED: Final = 1
UNKNOWN: Final = 2


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="headend explain",
        description="Says rule by rule whether a user name would be accepted now, without looking at a password.",
        epilog="Exit status: 0 accepted, 1 refused, 2 the name is unknown, or known to several organizations.",
    )
    parser.add_argument("username", help="or the code of a voucher, in any spelling")
    parser.add_argument("--organization", metavar="SLUG", help="needed where several organizations know the name")
    parser.add_argument("--json", action="store_true", help="the same as data")
    options = parser.parse_args(arguments)
    start.ready()
    found = _find(options.username, options.organization)
    if len(found) == 1:
        return _say(*found[0], as_json=options.json)
    slugs = [organization.slug for organization, _ in found]
    if options.json:
        reason = "several_organizations" if slugs else "user_unknown"
        print(json.dumps({"username": options.username, "result": "unknown", "reason": reason, "organizations": slugs}))
    elif slugs:
        print(f"{options.username!r} is known to {', '.join(slugs)}: choose one with --organization.")
    else:
        print(f"No organization knows the user name {options.username!r}.")
    return UNKNOWN


def _find(username: str, slug: str | None) -> "list[tuple[Organization, Facts]]":
    """The organizations that know the name, with what they know of it."""
    from headend.access import facts
    from headend.system.models import Organization

    organizations = list(Organization.objects.order_by("slug"))
    if slug is not None:
        organizations = [organization for organization in organizations if organization.slug == slug]
        if not organizations:
            raise ProblemError(f"There is no organization {slug!r}.")
    known = [(organization, facts.for_name(organization, username)) for organization in organizations]
    return [(organization, about) for organization, about in known if about.found]


def _say(organization: "Organization", about: "Facts", *, as_json: bool) -> int:
    from headend.access import authorize

    verdicts = authorize.explain(about)
    decision = authorize.decide(about)
    refusal = decision.code if isinstance(decision, authorize.Refusal) else None
    if as_json:
        print(_as_json(organization, about, verdicts, refusal))
    else:
        print(_as_table(organization, about, verdicts, refusal))
    return ACCEPTED if refusal is None else REFUSED


def _as_json(organization: "Organization", about: "Facts", verdicts: "list[Verdict]", refusal: str | None) -> str:
    content = {
        "username": about.name,
        "organization": organization.slug,
        "result": "refused" if refusal else "accepted",
        "reason": refusal,
        "rules": [{"code": verdict.code, "result": verdict.result, "detail": verdict.detail} for verdict in verdicts],
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=_plain)


def _as_table(organization: "Organization", about: "Facts", verdicts: "list[Verdict]", refusal: str | None) -> str:
    from headend.access import reasons

    marks = {"pass": "ok", "fail": "NO", "not_checked": "-"}
    lines = [f"{about.name} of {organization.name}: {'refused, ' + refusal if refusal else 'accepted'}", ""]
    for verdict in verdicts:
        detail = "" if verdict.result == "not_checked" else reasons.detail_text(verdict, organization)
        label = str(reasons.RULES[verdict.code])
        lines.append(f"  {marks[verdict.result]:<2}  {verdict.code:<22}  {label:<28}  {detail}".rstrip())
    return "\n".join(lines)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
