/**
 * Flags of `docker run` and `podman run` that rkl does not have, and why: who
 * types one learns what to do instead.
 *
 * @module
 */

const IMAGES = "images are directories, which nothing has to pull";
const PULLED = `comes with images: ${IMAGES}`;
const USER_NAMESPACES =
  "comes with user namespaces; a bundle can have one (linux.namespaces)";
const WINDOWS = "is for Windows containers";
const PODS = "is for pods, which rkl has none of yet";
const OWN_NAMES = "rkl writes the files of names itself; leave it out";

/** By name, without the dashes; each completes "is not supported: it …". */
export const REFUSED_FLAGS: Readonly<Record<string, string>> = {
  // docker's
  "cpu-count": WINDOWS,
  "cpu-percent": WINDOWS,
  "disable-content-trust": PULLED,
  "gpus": "needs NVIDIA's hooks or CDI; give the devices with --device",
  "io-maxbandwidth": WINDOWS,
  "io-maxiops": WINDOWS,
  "kernel-memory": "limited what Linux 5.16 no longer counts apart; --memory " +
    "limits the kernel's memory too",
  "link": "is docker's old way; containers on one network find each other by " +
    "name, and --network-alias gives further names",
  "link-local-ip":
    "gives an address that no network of rkl's has; --ip takes " +
    "one of the network's",
  "platform": PULLED,
  "pull": PULLED,
  "quiet": PULLED,
  "runtime": "chooses another runtime, and rkl is its own",
  "storage-opt": "sets the size of a layer, which an overlay has none of; " +
    "--mount type=tmpfs has one",
  "use-api-socket": "gives docker's socket away; mount it with --volume",
  "userns": USER_NAMESPACES,
  "volume-driver": "loads a plugin of docker's; volumes are directories here",
  // podman's
  "arch": PULLED,
  "authfile": PULLED,
  "cgroup-conf": "writes into files of cgroup v2; use a bundle's " +
    "linux.resources.unified",
  "cgroups":
    "would run it outside of cgroups, by which rkl finds its processes",
  "chrootdirs": OWN_NAMES,
  "conmon-pidfile": "is about conmon, and rkl has a monitor of its own",
  "creds": PULLED,
  "env-host": "passes all variables of rkl's on; name them: --env KEY",
  "env-merge": "reads variables of images; say the whole value with --env",
  "gidmap": USER_NAMESPACES,
  "group-entry": "writes into the image's /etc/group; put it into the image",
  "hooks-dir": "runs OCI hooks, which rkl does not",
  "hosts-file": OWN_NAMES,
  "hostuser": "writes into the image's /etc/passwd; put it into the image",
  "http-proxy": "passes on variables of a proxy; name them: --env http_proxy",
  "image-volume": "is about volumes that images declare; use --volume",
  "init-ctr": PODS,
  "init-path": "names a program; --init needs none",
  "no-hostname": OWN_NAMES,
  "no-hosts": OWN_NAMES,
  "os": PULLED,
  "passwd": "writes into the image's /etc/passwd; put it into the image",
  "passwd-entry": "writes into the image's /etc/passwd; put it into the image",
  "pod": PODS,
  "pod-id-file": PODS,
  "preserve-fd": "passes descriptors on; `rkl run --preserve-fds` does",
  "preserve-fds": "passes descriptors on; `rkl run --preserve-fds` does",
  "rdt-class": "needs a group in the resctrl filesystem",
  "read-only-tmpfs": "is --tmpfs /run --tmpfs /tmp --tmpfs /var/tmp",
  "replace": "deletes another container; `rkl container rm --force` does",
  "requires": "starts other containers first; start them",
  "retry": PULLED,
  "retry-delay": PULLED,
  "rmi": PULLED,
  "rootfs": "is what a directory as IMAGE means; leave it out",
  "sdnotify": "passes systemd's socket on, which rkl does not",
  "secret": "needs a store of secrets; mount the file with --volume",
  "shm-size-systemd": "is for containers that run systemd",
  "subgidname": USER_NAMESPACES,
  "subuidname": USER_NAMESPACES,
  "systemd": "prepares for systemd as the program, which rkl does not",
  "timeout": "ends it after a while; `timeout 10 rkl container run` does",
  "tls-verify": PULLED,
  "tz": "sets a time zone; --env TZ=Europe/Berlin does, where the image has it",
  "uidmap": USER_NAMESPACES,
  "unsetenv": "removes variables of the image; --env KEY= empties one",
  "unsetenv-all": "removes variables of the image; --env KEY= empties one",
  "variant": PULLED,
};
