"""What was sent to a customer."""

from django.db.models import QuerySet

from headend.customers.models import Customer
from headend.messaging.models import Message


def to_customer(customer: Customer) -> QuerySet[Message]:
    """What was sent to the customer, newest first."""
    # The customer is of the organization: asked for by themselves, their own index is used.
    rows = Message.objects.filter(customer_id=customer.pk)
    return rows.defer("body_sealed").order_by("-pk")
