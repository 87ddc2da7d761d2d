#!/bin/bash
# up.sh: a Kubernetes of one node in mount, pid and network namespaces of its own.
# KUBE_DIR: an empty folder for its state; admin.conf in it is the administrator's kubeconfig. KUBE_BIN: its programs. KUBE_IMAGES: archives of images.
# This machine reaches it over a veth: node 10.87.0.2, pods 10.86.0.0/16 (not podman's 10.88), services 10.96.0.0/16. The process in KUBE_DIR/pid is all of it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
D=$KUBE_DIR
t0=${EPOCHREALTIME/./}
lap() { local t=$((${EPOCHREALTIME/./} - t0)); printf '%3d.%01d s  %s\n' $((t / 1000000)) $((t / 100000 % 10)) "$*"; }
mkdir -p "$D"/{pki,log,etc/cni,var/{kubelet,containerd,cni,pods,containers,etcd},run,volumes}

# --- certificates and kubeconfigs -------------------------------------------
cd "$D/pki"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key ca.key; openssl req -x509 -new -key ca.key -subj /CN=kube-ca -days 30 -out ca.crt
key sa.key; openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null
cert() { # NAME SUBJECT [SAN]
	key "$1.key"
	openssl req -new -key "$1.key" -subj "$2" | openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
		-extfile <(printf 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\n%s' "${3:+subjectAltName=$3}") 2>/dev/null
}
conf() { # NAME
	cat > "$D/$1.conf" <<-E
	apiVersion: v1
	kind: Config
	clusters: [{name: c, cluster: {server: "https://10.87.0.2:6443", certificate-authority-data: $(base64 -w0 ca.crt)}}]
	users: [{name: u, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
	contexts: [{name: x, context: {cluster: c, user: u}}]
	current-context: x
	E
}
cert apiserver /CN=kube-apiserver 'DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.87.0.2,IP:10.96.0.1'
cert apiserver-kubelet /O=system:masters/CN=apiserver-kubelet
cert kubelet-serving /O=system:nodes/CN=system:node:node 'DNS:node,IP:10.87.0.2'
for c in admin:/O=system:masters/CN=admin kubelet:/O=system:nodes/CN=system:node:node \
	manager:/O=system:masters/CN=system:kube-controller-manager scheduler:/CN=system:kube-scheduler proxy:/CN=system:kube-proxy; do
	cert "${c%%:*}" "${c#*:}"; conf "${c%%:*}"
done
lap certificates

# --- configuration ----------------------------------------------------------
cat > "$D/etc/containerd.toml" <<'E'
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/deskhand/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
E
cat > "$D/etc/cni/10-bridge.conflist" <<'E'
{"cniVersion":"1.0.0","name":"pods","plugins":[
 {"type":"bridge","bridge":"cni0","isGateway":true,"hairpinMode":true,
  "ipam":{"type":"host-local","ranges":[[{"subnet":"10.86.0.0/16"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
E
cat > "$D/etc/kubelet.yaml" <<E
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $D/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $D/pki/kubelet-serving.crt
tlsPrivateKeyFile: $D/pki/kubelet-serving.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
resolvConf: /etc/resolv.conf
imageGCHighThresholdPercent: 100
imageMaximumGCAge: 0s
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
serializeImagePulls: false
E
# Who did what: a test compares it with the Role.
cat > "$D/etc/audit.yaml" <<'E'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  userGroups: [system:masters, system:nodes, system:unauthenticated]
- level: None
  users: [system:kube-scheduler, system:kube-proxy, system:apiserver]
- level: Metadata
E

# --- namespaces -------------------------------------------------------------
mount_points=(/var/lib/{kubelet,containerd,cni} /run/{containerd,netns} /var/log/{pods,containers} /etc/cni/net.d)
for point in "${mount_points[@]}"; do [ -e "$point" ] || echo "$point" >> "$D/made"; done
mkdir -p "${mount_points[@]}"
setsid unshare --mount --pid --net --fork --kill-child=SIGKILL --propagation private --mount-proc \
	bash "$here/node.sh" < /dev/null > "$D/log/node.log" 2>&1 &
outer=$!; echo $outer > "$D/pid"
for _ in $(seq 100); do init=$(pgrep -P $outer || true); [ -n "$init" ] && [ -e "$D/run/mounts-ready" ] && break; sleep 0.05; done
ip link add kube0 type veth peer name eth0 netns "$init"
cat /sys/class/net/kube0/ifindex > "$D/link"
ip addr add 10.87.0.1/24 dev kube0; ip link set kube0 up
nsenter -t "$init" -n sh -c 'ip link set lo up; ip addr add 10.87.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.87.0.1; echo 1 > /proc/sys/net/ipv4/ip_forward'
ip route add 10.86.0.0/16 via 10.87.0.2; ip route add 10.96.0.0/16 via 10.87.0.2
touch "$D/run/net-ready"; lap namespaces

# --- wait -------------------------------------------------------------------
k="$KUBE_BIN/kubectl --kubeconfig $D/admin.conf"
node_is_ready() { [ "$($k get node node -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]; }
# Its pids are those of its own pid namespace.
ended() { local file; for file in "$D"/run/*.pid; do [ ! -e "$file" ] || [ -e "/proc/$init/root/proc/$(cat "$file")" ] || basename "$file" .pid; done; }
await() { # SECONDS WHAT CHECK...
	local until=$((SECONDS + $1)) what=$2 gone; shift 2
	until "$@"; do
		gone=$(ended); [ -z "$gone" ] || { echo "$what: never, for this has ended: $gone" >&2; exit 1; }
		[ $SECONDS -lt $until ] || { echo "$what: not within the time" >&2; exit 1; }
		sleep 0.1
	done
	lap "$what"
}
await 60 'the apiserver is ready' curl -sf --cacert "$D/pki/ca.crt" --cert "$D/pki/admin.crt" --key "$D/pki/admin.key" -o /dev/null https://10.87.0.2:6443/readyz
await 60 'the node is ready' node_is_ready
await 90 'its images are there' test -e "$D/run/images-ready"
account_is_there() { $k -n default get serviceaccount default > /dev/null 2>&1; }
await 60 'accounts are made' account_is_there
