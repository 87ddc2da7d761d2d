#!/bin/bash
# status.sh FOLDER: succeeds while the cluster whose state is in FOLDER runs.
[ -e "$1/pid" ] && grep -qz node.sh "/proc/$(cat "$1/pid")/cmdline" 2>/dev/null
