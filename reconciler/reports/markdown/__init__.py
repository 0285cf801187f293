"""Markdown for pull requests, issues, step summaries and checklists: what others wrote can do nothing in it."""
