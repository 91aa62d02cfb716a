"""Django's settings for the tests: a home of their own with fixed keys, and never the database of an installation."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The first process of a run makes the folder, unless `./run test` has; what it starts finds it in its environment.
if "HEADEND_TEST_HOME" not in os.environ:
    os.environ["HEADEND_TEST_HOME_OF"] = str(os.getpid())
    os.environ["HEADEND_TEST_HOME"] = tempfile.mkdtemp(prefix="headend-test-")
    atexit.register(shutil.rmtree, os.environ["HEADEND_TEST_HOME"], ignore_errors=True)
HOME = Path(os.environ["HEADEND_TEST_HOME"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
(HOME / "static").mkdir(parents=True, exist_ok=True)

for name in [name for name in os.environ if name.startswith("HEADEND_")]:
    if not name.startswith("HEADEND_TEST_") and name != "HEADEND_NO_SKIP":
        del os.environ[name]
os.environ["HEADEND_HOME"] = str(HOME)
os.environ["HEADEND_DATABASE_URL"] = os.environ.get("HEADEND_TEST_DATABASE_URL", "")
if os.environ["HEADEND_DATABASE_URL"]:
    # The cluster of the tests runs without fsync.
    os.environ["HEADEND_MAY_FORGET"] = "1"
# Two keys, so that what was sealed with an older key is tried too.
os.environ["HEADEND_KEYS"] = """
secret_key = "the-secret-key-of-the-tests-and-of-nothing-else"
[[keys]]
id = "t2"
key = "VGhlIG5ld2VyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGI="
[[keys]]
id = "t1"
key = "VGhlIG9sZGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGI="
"""

from headend.config.settings import *  # noqa: E402, F403 - the tests change a few settings of the product and keep the rest
from headend.config.settings import DATABASES, STORAGES  # noqa: E402 - the environment above must stand first

# A connection that a thread of a test keeps would stop the test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
