"""What needs neither Django nor a table: clocks, ids, phones, MACs, units, periods, money, RADIUS packets."""
