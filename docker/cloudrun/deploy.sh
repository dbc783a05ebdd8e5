#!/usr/bin/env bash
# Deploys the rendezvous and the workers to Cloud Run, with the network that they need.
#
#   PROJECT=my-project docker/cloudrun/deploy.sh            everything, in order
#   PROJECT=my-project docker/cloudrun/deploy.sh STEP...    steps: image network secrets rendezvous workers
#   docker/cloudrun/deploy.sh print                         the two service files, filled in; touches nothing
#
# Needs the gcloud command, logged in. Every step can be run again. docs/CLOUDRUN.md explains the choices.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

PROJECT=${PROJECT-}
REGION=${REGION-europe-west1}
NETWORK=${NETWORK-gimlet}
SUBNET=${SUBNET-gimlet-$REGION}
# Direct VPC egress takes addresses of the subnet for instances, some of them for a while after they have ended.
SUBNET_RANGE=${SUBNET_RANGE-10.90.0.0/24}
REPOSITORY=${REPOSITORY-gimlet}
IMAGE=${IMAGE-$REGION-docker.pkg.dev/$PROJECT/$REPOSITORY/gimlet:latest}
RENDEZVOUS_SERVICE=${RENDEZVOUS_SERVICE-gimlet-rendezvous}
WORKER_SERVICE=${WORKER_SERVICE-gimlet-worker}
INSTANCES=${INSTANCES-2}
STUN_HOST=${STUN_HOST-stun.l.google.com}
STUN_PORT=${STUN_PORT-19302}
# Known once the rendezvous is deployed; give it to use another one.
RENDEZVOUS_SERVICE_URL=${RENDEZVOUS_SERVICE_URL-}

run() { gcloud --project "$PROJECT" --quiet "$@"; }

# exists COMMAND...: whether gcloud can describe it.
exists() { run "$@" >/dev/null 2>&1; }

# fill FILE: the service file with every ${NAME} replaced.
fill() {
	local text name
	text=$(<"$here/$1")
	for name in IMAGE NETWORK SUBNET RENDEZVOUS_SERVICE WORKER_SERVICE INSTANCES STUN_HOST STUN_PORT RENDEZVOUS_SERVICE_URL; do
		text=${text//"\${$name}"/"${!name}"}
	done
	printf '%s\n' "$text"
}

# deploy FILE SERVICE
deploy() {
	local file
	file=$(mktemp --suffix .yaml)
	fill "$1" >"$file"
	run run services replace "$file" --region "$REGION"
	rm "$file"
	# Anyone may open the URL: the page asks for its token, and the rendezvous for its own. To let Google ask for
	# an identity first, leave this out and see docs/CLOUDRUN.md, "Behind Google's login".
	run run services add-iam-policy-binding "$2" --region "$REGION" --member allUsers --role roles/run.invoker >/dev/null
}

service_url() { run run services describe "$1" --region "$REGION" --format 'value(status.url)'; }

image() {
	run services enable run.googleapis.com cloudbuild.googleapis.com artifactregistry.googleapis.com \
		compute.googleapis.com secretmanager.googleapis.com
	exists artifacts repositories describe "$REPOSITORY" --location "$REGION" ||
		run artifacts repositories create "$REPOSITORY" --location "$REGION" --repository-format docker
	# Cloud Build looks for a Dockerfile at the root of what it is given; ours is in docker/.
	local build
	build=$(mktemp)
	cat >"$build" <<END
steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, --file, docker/Dockerfile, --tag, "$IMAGE", .]
images: ["$IMAGE"]
timeout: 3600s
options: {machineType: E2_HIGHCPU_8}
END
	run builds submit "$here/../.." --config "$build"
	rm "$build"
}

network() {
	exists compute networks describe "$NETWORK" ||
		run compute networks create "$NETWORK" --subnet-mode custom
	exists compute networks subnets describe "$SUBNET" --region "$REGION" ||
		run compute networks subnets create "$SUBNET" --network "$NETWORK" --region "$REGION" --range "$SUBNET_RANGE"
	exists compute routers describe "$NETWORK-router" --region "$REGION" ||
		run compute routers create "$NETWORK-router" --network "$NETWORK" --region "$REGION"
	# Endpoint-independent mapping is what makes punching possible: the port that the STUN server sees is the one
	# that the peer may use. It excludes dynamic port allocation, so each instance owns a fixed block of ports.
	local action=create
	! exists compute routers nats describe "$NETWORK-nat" --router "$NETWORK-router" --region "$REGION" || action=update
	run compute routers nats $action "$NETWORK-nat" --router "$NETWORK-router" --region "$REGION" \
		--auto-allocate-nat-external-ips --nat-custom-subnet-ip-ranges "$SUBNET" \
		--enable-endpoint-independent-mapping --no-enable-dynamic-port-allocation --min-ports-per-vm 256 \
		--udp-idle-timeout 120s
}

secrets() {
	local name account
	account=$(run projects describe "$PROJECT" --format 'value(projectNumber)')-compute@developer.gserviceaccount.com
	for name in gimlet-web-token gimlet-rendezvous-token; do
		# 192 random bits; letters, digits, - and _ only, as it stands in an address.
		exists secrets describe "$name" ||
			head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' |
			run secrets create "$name" --replication-policy automatic --data-file=-
		run secrets add-iam-policy-binding "$name" --member "serviceAccount:$account" \
			--role roles/secretmanager.secretAccessor >/dev/null
	done
}

rendezvous() {
	deploy rendezvous.yaml "$RENDEZVOUS_SERVICE"
}

workers() {
	[ -n "$RENDEZVOUS_SERVICE_URL" ] || RENDEZVOUS_SERVICE_URL=$(service_url "$RENDEZVOUS_SERVICE")
	deploy worker.yaml "$WORKER_SERVICE"
	printf 'The page: %s/?token=%s\n' "$(service_url "$WORKER_SERVICE")" \
		"$(run secrets versions access latest --secret gimlet-web-token)"
}

if [ "${1-}" = print ]; then
	fill rendezvous.yaml
	echo ---
	fill worker.yaml
	exit
fi
[ -n "$PROJECT" ] || { echo "deploy.sh: PROJECT names no Google Cloud project" >&2; exit 64; }
command -v gcloud >/dev/null || { echo "deploy.sh: the gcloud command is missing" >&2; exit 69; }
[ $# -gt 0 ] || set -- image network secrets rendezvous workers
for step; do
	case $step in
		image | network | secrets | rendezvous | workers) "$step" ;;
		*) echo "deploy.sh: no step '$step' (image network secrets rendezvous workers print)" >&2; exit 64 ;;
	esac
done
