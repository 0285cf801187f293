"""The tests; openpyxl reads here as it does in the product, also where a test imports it first."""

import os

os.environ.setdefault("OPENPYXL_LXML", "False")
