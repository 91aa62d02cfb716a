"""What customers are sorted by, folded as names are folded now: Łukasz stands among those with L."""

from typing import Final

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.lib import ids

CHUNK: Final = 2000
LONGEST: Final = 200


def fold_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    customers = apps.get_model("customers", "Customer").objects.order_by("pk")
    last = 0
    while chunk := list(customers.filter(pk__gt=last).only("pk", "sort_key")[:CHUNK]):
        last = chunk[-1].pk
        changed = []
        for customer in chunk:
            folded = ids.fold(customer.sort_key)[:LONGEST]
            if folded != customer.sort_key:
                customer.sort_key = folded
                changed.append(customer)
        customers.bulk_update(changed, ["sort_key"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_erased")]
    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]
