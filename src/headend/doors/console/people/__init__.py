"""People: customers and groups, and what keeps one from connecting."""
