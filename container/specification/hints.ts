/**
 * What to say of fields that exist in Kubernetes or docker and not here, so
 * that who knows them from there learns what to write instead.
 *
 * @module
 */

/** Fields of a container. */
export const CONTAINER_HINTS: Readonly<Record<string, string>> = {
  blkio_config: "is called blockIO here",
  cap_add: "is called securityContext.capabilities.add here",
  cap_drop: "is called securityContext.capabilities.drop here",
  cgroup: "is called cgroupns here",
  container_name: "is called name here",
  cpus: "is called resources.limits.cpu here",
  cpuset: "is called cpusetCpus here",
  expose: "is called ports here, without hostPort",
  group_add: "is called groups here",
  mem_limit: "is called resources.limits.memory here",
  mem_reservation: "is called resources.requests.memory here",
  memswap_limit: "is called memorySwap here",
  privileged: "is called securityContext.privileged here",
  read_only: "is called securityContext.readOnlyRootFilesystem here",
  stop_grace_period: "is called stopTimeout here",
  userns_mode: "comes with user namespaces; leave it out",
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
  livenessProbe: "is called healthcheck here, with onFailure: restart",
  readinessProbe: "is called healthcheck here",
  startupProbe: "is called healthcheck.startPeriod here",
  networks: "is called network here",
  restartPolicy: "is called restart here: always, on-failure or no",
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
  seLinuxOptions: "SELinux labels are not applied; leave it out",
  supplementalGroups: "is called groups here, and stands beside command",
  windowsOptions: "containers run Linux; leave it out",
};

/** Keys of `limits` and `requests`. */
export const LIMIT_HINTS: Readonly<Record<string, string>> = {
  "ephemeral-storage": "the size of a container's files is not limited",
  pids: "is called pidsLimit here, and stands beside resources",
};
