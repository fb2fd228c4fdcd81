/**
 * What to say of fields that exist in Kubernetes or docker and not here, so
 * that who knows them from there learns what to write instead.
 *
 * @module
 */

/** Fields of a container. */
export const CONTAINER_HINTS: Readonly<Record<string, string>> = {
  apiVersion: "this is a Kubernetes object; `rkl container` takes a container",
  kind: "this is a Kubernetes object; `rkl container` takes a container",
  spec: "this is a Kubernetes object; `rkl container` takes a container",
  services: "this is a compose file; `rkl container` takes a container",
  dns: "is called dnsConfig.nameservers here",
  dnsPolicy: "the host's resolver counts; dnsConfig says what to change",
  dns_opt: "is called dnsConfig.options here",
  dns_search: "is called dnsConfig.searches here",
  entrypoint: "is called command here, and its arguments args",
  environment: "is called env here",
  extra_hosts: "is called hostAliases here",
  envFrom: "needs a cluster's objects; list the variables in env",
  imagePullPolicy: "images are directories; there is nothing to pull",
  hostNetwork: "is called network: host here",
  lifecycle: "hooks of the kubelet are not run; run it in the container",
  livenessProbe: "probes are not run for a single container",
  readinessProbe: "probes are not run for a single container",
  startupProbe: "probes are not run for a single container",
  networks: "is called network here",
  restart: "a single container is not restarted; leave it out",
  restartPolicy: "a single container is not restarted; leave it out",
  stdinOnce: "stdin closes with the attached command; leave it out",
  user: "is called securityContext.runAsUser here",
  volumeMounts: "is called mounts here",
  volumes: "is called mounts here; `rkl volume create` makes volumes",
  volumes_from: "is called volumesFrom here",
  tmpfs: "is one of mounts here, with type: tmpfs",
  workdir: "is called workingDir here",
};

/** Fields of `securityContext`. */
export const SECURITY_HINTS: Readonly<Record<string, string>> = {
  appArmorProfile: "AppArmor profiles are not applied; leave it out",
  seLinuxOptions: "SELinux labels are not applied; leave it out",
  supplementalGroups: "is called groups here, and stands beside command",
  windowsOptions: "containers run Linux; leave it out",
};

/** Keys of `limits` and `requests`. */
export const LIMIT_HINTS: Readonly<Record<string, string>> = {
  "ephemeral-storage": "the size of a container's files is not limited",
  pids: "is called pidsLimit here, and stands beside resources",
};
