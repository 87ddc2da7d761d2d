#!/bin/bash
# down.sh FOLDER: ends the cluster whose state is in FOLDER, and all that it left on this machine.
D=$1
# A killed process stays in the table until its parent looks: a zombie is gone for us.
alive() { local s; s=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null); [ -n "$s" ] && [ "${s%% *}" != Z ]; }

if bash "$(dirname "$0")/status.sh" "$D"; then
	outer=$(cat "$D/pid") init=$(pgrep -P "$outer"); kill -9 "$outer"
	# the first process of a pid namespace has gone only when all within it have
	while alive "$outer" || { [ -n "$init" ] && alive "$init"; }; do sleep 0.05; done
fi
# Only what up.sh made: another cluster may have one of that name.
if [ -e "$D/link" ] && [ "$(cat /sys/class/net/kube0/ifindex 2>/dev/null)" = "$(cat "$D/link")" ]; then ip link del kube0 2>/dev/null; fi
if [ -e "$D/run/kubelet.pid" ]; then
	for _ in $(seq 100); do # the processes of a killed pid namespace go a moment later
		find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null
		[ -z "$(find /sys/fs/cgroup -type d -name kubepods 2>/dev/null)" ] && break
		sleep 0.1
	done
fi
# Empty, since what was mounted on them has gone with the namespaces.
[ ! -e "$D/made" ] || xargs -r rmdir --parents --ignore-fail-on-non-empty < "$D/made"
for _ in $(seq 50); do rm -rf "$D" 2>/dev/null && break; sleep 0.1; done
[ ! -e "$D" ]
