"""How the demo's people pay: some in cash, some by phone; and a few whose money went astray."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random

from headend.access.models import Plan, Subscription
from headend.billing import payments, providers, purchases, receipts
from headend.billing.models import Gateway, Prompt, Purchase
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization, State

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass(slots=True)
class Till:
    """Where the money of the history comes in."""

    gateway: Gateway
    random: Random
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def renew(self, customer: Customer, subscription: Subscription) -> Subscription:
        """The customer pays the next period: by phone or in cash. The subscription as it is afterwards."""
        if self.random.random() < 0.5 or not customer.phone:
            receipts.take(
                customer=customer,
                method="cash",
                amount_minor=subscription.price_minor,
                key=self.key(),
                by=None,
                subscription=subscription,
            )
        else:
            self._settle(
                purchases.start(
                    customer=customer,
                    subscription=subscription,
                    gateway=self.gateway,
                    phone=customer.phone,
                    key=self.key(),
                )
            )
        return Subscription.objects.select_related("organization", "plan").get(pk=subscription.pk)

    def buy(self, customer: Customer, plan: Plan) -> Purchase:
        """The customer buys a voucher by phone."""
        purchase = self._ask(customer, plan)
        self._settle(purchase)
        return Purchase.objects.select_related("voucher").get(pk=purchase.pk)

    def lose(self, customers: list[Customer], plan: Plan) -> None:
        """What goes wrong with money: declined, less than was asked for, and a provider that never said."""
        declined, short, unknown = (self._ask(customer, plan) for customer in customers[:3])
        payment = declined.payment
        assert payment is not None, "it was asked for"
        payments.fail(payment=payment, reason="insufficient_funds")
        self._settle(short, short.price_minor // 2)
        payment = unknown.payment
        assert payment is not None, "it was asked for"
        payments.leave_to_a_person(payment=payment)

    def _ask(self, customer: Customer, plan: Plan) -> Purchase:
        return purchases.start(customer=customer, plan=plan, gateway=self.gateway, phone=customer.phone, key=self.key())

    def _settle(self, purchase: Purchase, amount_minor: int | None = None) -> None:
        payment = purchase.payment
        assert payment is not None, "it was asked for"
        code = "PM" + "".join(self.random.choice(_SIGNS) for _ in range(8))
        with clock.at(clock.now() + timedelta(seconds=self.random.randrange(5, 40))):
            receipts.receive(
                payment=payment, receipt_code=code, amount_minor=amount_minor or payment.asked_minor, request_id=""
            )

    def key(self) -> str:
        """The key of one more payment."""
        return f"history:{next(self.numbers)}"


def open_till(organization: Organization, random: Random) -> Till:
    """A till with the practice money network; where that is, is written down each time that the demo starts."""
    gateway = providers.add(
        organization=organization,
        kind="fake",
        name="Practice money",
        network="practice",
        base_url="http://127.0.0.1",
        key="not known yet",
        by=None,
    )
    return Till(gateway, random)


def close_till() -> None:
    """The phones of the past were asked in the past: nothing of it is sent now."""
    Prompt.objects.filter(state=State.QUEUED).update(state=State.SENT, finished_at=clock.now())
