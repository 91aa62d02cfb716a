"""What carriers tell of messages and what people write back: where they tell it, what it cost, when one is asked next."""

import django.db.models.deletion
import headend.lib.ids
from django.db import migrations, models


def give_tokens(apps, schema_editor):
    """Each carrier gets a token of its own."""
    for carrier in apps.get_model("messaging", "Carrier").objects.all():
        carrier.report_token = headend.lib.ids.token()
        carrier.save(update_fields=["report_token"])


def read_old(apps, schema_editor):
    """What older messages have no reference of, and which of them have dots in the place of something."""
    rows = apps.get_model("messaging", "Message").objects
    rows.filter(carrier_reference="").update(carrier_reference=None)
    rows.filter(shown__contains="••••").update(holds_secret=True)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0007_notices"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="credit_least",
            field=models.DecimalField(decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="carrier",
            name="has_no_credit",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="carrier",
            name="report_token",
            field=models.CharField(default=headend.lib.ids.token, max_length=40),
        ),
        migrations.AddField(
            model_name="message",
            name="ask_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="cost",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="message",
            name="holds_secret",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="is_incoming",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="own_address",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="message",
            name="reported_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="carrier_reference",
            field=models.CharField(max_length=80, null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop),
        migrations.RunPython(read_old, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="carrier",
            name="report_token",
            field=models.CharField(default=headend.lib.ids.token, max_length=40, unique=True),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["organization", "-id"], name="message_by_organization"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("carrier_reference__isnull", False)),
                fields=["carrier_reference"],
                name="message_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("ask_at__isnull", False)), fields=["organization", "ask_at"], name="message_to_ask"
            ),
        ),
    ]
