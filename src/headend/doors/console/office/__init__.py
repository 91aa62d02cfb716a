"""The office: the dashboard, history, staff, settings, and the way in."""
