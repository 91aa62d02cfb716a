"""The indexes by which a session is found under the key of its user's name."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("access", "0006_session_names")]
    operations = [
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["nas", "acct_session_id", "name_key", "-id"], name="session_by_key"),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                condition=Q(ended_at__isnull=True),
                fields=("nas", "acct_session_id", "name_key"),
                name="session_open_once",
            ),
        ),
    ]
