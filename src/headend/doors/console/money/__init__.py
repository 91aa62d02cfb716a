"""Money: payments, wallets, purchases, adjustments."""
