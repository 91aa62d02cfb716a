"""The network: NASes, sites and sessions."""
