"""Logs and files of measuring programs that ran without benchhub."""
