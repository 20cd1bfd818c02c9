"""The run by night: one at a time, silent unless something changed or failed, and then in words."""
