"""What is sold, and what customers have of it: plans, packages, vouchers, devices."""
