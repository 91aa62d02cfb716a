"""The customers' own pages: /<slug>/portal/."""
