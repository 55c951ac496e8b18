"""Rows of one table as a JSON array: rows.py LAKE TABLE [COLUMN …]"""

import json
import sys

import lakes

lake, table, *columns = sys.argv[1:]
frame = lakes.read(lake, table)
json.dump(frame.select(columns or frame.columns).to_dicts(), sys.stdout, default=str, ensure_ascii=False)
