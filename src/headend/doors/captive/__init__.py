"""The pages that a guest meets at a hotspot before being online: /<slug>/hotspot/."""
