from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import headend.lib.ids


def give_tokens(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    NAS = apps.get_model("network", "NAS")
    for nas in NAS.objects.all():
        nas.token = headend.lib.ids.token()
        nas.save(update_fields=["token"])


class Migration(migrations.Migration):
    dependencies = [("network", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="nas",
            name="login_hosts",
            field=models.TextField(blank=True, verbose_name="hotspot login hosts"),
        ),
        # A default is called once for all rows that are there: so each is given its own before it has to be.
        migrations.AddField(
            model_name="nas",
            name="token",
            field=models.CharField(default="", editable=False, max_length=32),
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="nas",
            name="token",
            field=models.CharField(default=headend.lib.ids.token, editable=False, max_length=32, unique=True),
        ),
    ]
