"""The RADIUS door: UDP packets from NASes, answered from the database."""
