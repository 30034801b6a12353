"""confluent-kafka against the broker at argv[1]:argv[2], with SASL at port argv[3]: a line a check, exit code 1 if one
fails. argv[4]: only the checks with this in their name.
"""
import os
import sys

import harness

# Each runs its checks when it is imported.
import producing
import consuming
import groups
import administering
import sasl

sys.stdout.flush()
# Not by sys.exit: the thread of a check that was late would be waited for.
os._exit(1 if harness.failures else 0)
