"""A provider to look at: Baobab Net with its customers and three months behind it, and a router that reports them."""
