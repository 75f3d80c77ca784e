"""Measurements that anyone can repeat.  Each verifies first that the work is the same."""
