"""The vocabulary: frozen values for everything the product talks about.

No I/O, no clock, no randomness: a value here can be built in a test by hand.
"""
