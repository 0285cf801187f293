"""Answers of an operator that lack something, against the plan of the answers that lack nothing."""
