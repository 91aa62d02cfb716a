"""Verbs over a whole customer."""
