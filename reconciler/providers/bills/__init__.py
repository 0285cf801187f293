"""The operator's bill, read from the files it is sent as: structured invoices, and listings of calls and costs.

What stands in them is returned as it stands; whether it is right is no question here.
"""
