"""Runs a command as the only child of this small process; prints its peak memory and CPU time as JSON.

A process takes over the peak of whoever started it: measured from the tests themselves, with numpy loaded, every
program would seem to need hundreds of megabytes. Mapped pages count.
"""

import json
import resource
import subprocess
import sys

status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_seconds = used.ru_utime + used.ru_stime
print(json.dumps({"status": status, "peak_bytes": used.ru_maxrss * 1024, "cpu_seconds": cpu_seconds}))
