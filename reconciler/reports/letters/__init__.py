"""Letters to the operator: the request for more removals, and what is wrong with a bill."""
