"""Where a file of an installed package lies: where.py NAME"""

import sys
import sysconfig
from pathlib import Path

for path in sorted(Path(sysconfig.get_path("purelib")).rglob(sys.argv[1])):
    print(path)
    break
