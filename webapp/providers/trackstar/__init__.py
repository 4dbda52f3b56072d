"""Trackstar, one API in front of many warehouse management systems."""
