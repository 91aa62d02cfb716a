"""The `headend` command: one file for each of its commands, with a function `run(arguments) -> exit status`."""
