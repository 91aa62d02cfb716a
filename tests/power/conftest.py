"""Each database loses its power in its own way, and in its own run of the suite."""

from django.conf import settings

SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]

collect_ignore = ["test_power_cut_postgresql.py" if SQLITE else "test_power_cut_sqlite.py"]
