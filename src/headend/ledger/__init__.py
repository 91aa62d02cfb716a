"""Where money went: accounts and the entries between them. Knows amounts and keys, and not what was bought."""
