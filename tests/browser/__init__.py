"""Tests and pictures that drive a real Chromium over the whole system."""
