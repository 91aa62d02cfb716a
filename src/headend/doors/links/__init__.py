"""Short addresses, as they stand in messages. Anybody may follow one."""
