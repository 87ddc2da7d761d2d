#!/bin/bash
# import.sh FOLDER: gives the node the images in a folder's archives; KUBE_DIR is its state. Runs inside its namespaces.
until ctr version > /dev/null 2>&1; do sleep 0.1; done # containerd's socket may not be there yet
for archive in "$1"/*.tar; do ctr -n k8s.io images import "$archive" & done
for job in $(jobs -p); do wait "$job" || exit; done
touch "$KUBE_DIR/run/images-ready"
