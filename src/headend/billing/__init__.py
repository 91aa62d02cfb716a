"""Selling and being paid: gateways, prompts, payments, purchases, and the one verb by which money arrives."""
