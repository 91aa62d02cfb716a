"""Telling people: messages that wait to be sent, notices that events cause, one-time codes."""
