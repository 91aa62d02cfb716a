"""Settings, URLs and the WSGI entry: the only place that wires things together."""
