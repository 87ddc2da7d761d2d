#!/bin/bash
# node.sh: process 1 of the cluster's namespaces; starts every component and waits. up.sh says where things are.
D=$KUBE_DIR B=$KUBE_BIN
mount --make-rshared /
bind() { mkdir -p "$1"; mount --bind "$1" "$2"; }
bind "$D/var/kubelet" /var/lib/kubelet
bind "$D/var/containerd" /var/lib/containerd
bind "$D/run/containerd" /run/containerd
bind "$D/var/cni" /var/lib/cni
bind "$D/var/pods" /var/log/pods
bind "$D/var/containers" /var/log/containers
bind "$D/etc/cni" /etc/cni/net.d
mount -t tmpfs none /run/netns
touch "$D/run/mounts-ready"
while [ ! -e "$D/run/net-ready" ]; do sleep 0.05; done

start() { local n=$1; shift; "$@" > "$D/log/$n.log" 2>&1 & echo $! > "$D/run/$n.pid"; }
start containerd containerd -c "$D/etc/containerd.toml"
start etcd "$B/etcd" --data-dir "$D/var/etcd" --unsafe-no-fsync --log-level warn
start apiserver "$B/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --advertise-address 10.87.0.2 --secure-port 6443 \
	--tls-cert-file "$D/pki/apiserver.crt" --tls-private-key-file "$D/pki/apiserver.key" --client-ca-file "$D/pki/ca.crt" \
	--kubelet-certificate-authority "$D/pki/ca.crt" --kubelet-client-certificate "$D/pki/apiserver-kubelet.crt" \
	--kubelet-client-key "$D/pki/apiserver-kubelet.key" --kubelet-preferred-address-types InternalIP \
	--service-account-issuer https://kubernetes.default.svc --service-account-key-file "$D/pki/sa.pub" \
	--service-account-signing-key-file "$D/pki/sa.key" --service-cluster-ip-range 10.96.0.0/16 \
	--authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged --profiling=false \
	--audit-policy-file "$D/etc/audit.yaml" --audit-log-path "$D/log/audit.log"
KUBE_DIR=$D bash "$(dirname "$0")/import.sh" "$KUBE_IMAGES" > "$D/log/import.log" 2>&1 &
until curl -skf --cert "$D/pki/admin.crt" --key "$D/pki/admin.key" https://10.87.0.2:6443/readyz > /dev/null; do sleep 0.1; done
# A certificate of the masters instead of a service account for each controller: those would take 5 s to come.
start manager "$B/kube-controller-manager" --kubeconfig "$D/manager.conf" --leader-elect=false --bind-address 127.0.0.1 \
	--service-account-private-key-file "$D/pki/sa.key" --root-ca-file "$D/pki/ca.crt" --use-service-account-credentials=false
start scheduler "$B/kube-scheduler" --kubeconfig "$D/scheduler.conf" --leader-elect=false --bind-address 127.0.0.1
start kubelet "$B/kubelet" --config "$D/etc/kubelet.yaml" --kubeconfig "$D/kubelet.conf" --hostname-override node --node-ip 10.87.0.2
start proxy "$B/kube-proxy" --kubeconfig "$D/proxy.conf" --proxy-mode nftables --cluster-cidr 10.86.0.0/16 --hostname-override node \
	--conntrack-max-per-core 0 --conntrack-min 0 --conntrack-tcp-timeout-established 0s --conntrack-tcp-timeout-close-wait 0s
# CNI's bridge knows nothing of NetworkPolicy.
start netpol "$B/netpol" -kubeconfig "$D/admin.conf"
wait
