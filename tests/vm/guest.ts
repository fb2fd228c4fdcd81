/**
 * The two shell scripts that run inside the VM, as text: one makes a machine of
 * a bare kernel, the other is told what to run on it.
 *
 * @module
 */

/** What the VM is to do once it is a machine. */
export interface Job {
  /** The command and its arguments, with absolute paths. */
  args: string[];
  cwd: string;
  /** Its whole environment. */
  env: Record<string, string>;
  /**
   * Host paths the job needs; where one is below a directory that is a new
   * tmpfs in the VM (`/tmp`, `/run`), it is shown there too.
   */
  paths: string[];
  /** Seconds after which the VM turns itself off, whatever happens. */
  timeout: number;
}

/** Tags of the two directories of the host that the VM mounts over 9p. */
export const TAGS = { root: "host", results: "results" } as const;

/** Where the VM finds busybox, its job and the results directory. */
const HOME = "/run/vm";

/** What is left in place of an exit code when the job took too long. */
export const TIMED_OUT = "timeout";

/** Directories that are empty file systems of the VM's own. */
const TMPFS = ["/run", "/tmp", "/dev/shm", "/var/lib/rkl", "/var/cache/rkl"];

/**
 * `/init` of the first root: loads `modules`, puts a writable layer over the
 * host's root, and goes on inside it as the machine's process 1.
 */
export function initScript(modules: string[], modulesDir: string): string {
  return `#!/bin/busybox sh
set -e
trap 'busybox poweroff -f' EXIT # what failed has just said so
export PATH=/bin
busybox mkdir -p /proc /sys /dev /host /layer /root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in ${modules.map((path) => shellQuote(`/modules/${path}`)).join(" ")}
do insmod "$module"
done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose \\
  ${TAGS.root} /host
mount -t tmpfs -o size=80%,mode=755 layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work \\
  root /root

mkdir -p /root/lib/modules
mount --bind /root${shellQuote(modulesDir)} /root/lib/modules
mount -t proc -o nosuid,nodev,noexec proc /root/proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /root/sys
mount -t securityfs securityfs /root/sys/kernel/security
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /root/sys/fs/cgroup
mount -t bpf bpf /root/sys/fs/bpf
mount -t devtmpfs devtmpfs /root/dev
mkdir -p /root/dev/pts /root/dev/mqueue /root/dev/shm
mkdir -p /root/var/lib/rkl /root/var/cache/rkl
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
mount -t mqueue mqueue /root/dev/mqueue
${
    TMPFS.map((path) =>
      `mount -t tmpfs -o mode=${mode(path)} tmpfs /root${path}`
    ).join("\n")
  }
mkdir -p /root${HOME}/results /root/run/lock
cp /bin/busybox /job /root${HOME}/
ln -s busybox /root${HOME}/modprobe
mount -t 9p -o trans=virtio,version=9p2000.L ${TAGS.results} \\
  /root${HOME}/results
echo ${HOME}/modprobe > /root/proc/sys/kernel/modprobe
for controller in $(cat /root/sys/fs/cgroup/cgroup.controllers)
do echo "+$controller" > /root/sys/fs/cgroup/cgroup.subtree_control
done
ip link set lo up
hostname rkl-vm
exec switch_root /root ${HOME}/busybox sh ${HOME}/job
`;
}

/**
 * The script of the machine's process 1: runs `job` with its output on the
 * virtio console, leaves its exit code in the results directory and turns the
 * machine off.
 */
export function jobScript(job: Job): string {
  const hidden = job.paths.filter((path) =>
    TMPFS.some((top) => path.startsWith(top + "/"))
  );
  const bb = `${HOME}/busybox`;
  const env = Object.entries(job.env).map(([name, value]) =>
    shellQuote(`${name}=${value}`)
  );
  return `# mounted without what lies on it, the root shows what a tmpfs hides
${bb} mkdir ${HOME}/below
${bb} mount --bind / ${HOME}/below
${
    hidden.map((path) => {
      const from = shellQuote(HOME + "/below" + path), to = shellQuote(path);
      return `if [ -d ${from} ]; then ${bb} mkdir -p ${to}
else ${bb} mkdir -p "$(${bb} dirname ${to})"; : > ${to}; fi
${bb} mount --bind ${from} ${to}`;
    }).join("\n")
  }
${bb} umount ${HOME}/below
(
  ${bb} sleep ${job.timeout}
  echo ${TIMED_OUT} > ${HOME}/results/exit
  echo "after ${job.timeout} s there run:"
  ${bb} ps -o pid,ppid,stat,args | ${bb} grep -v ']$' # no kernel threads
  ${bb} poweroff -f
) </dev/null &
read -r booted rest < /proc/uptime
echo "$booted" > ${HOME}/results/booted
ulimit -Hn 524288
${bb} stty -F /dev/hvc0 raw
{
  cd ${shellQuote(job.cwd)} &&
  ${bb} env -i ${env.join(" ")} \\
    ${job.args.map(shellQuote).join(" ")} </dev/null
  echo $? > ${HOME}/results/exit
} 2>&1 | ${bb} cat > /dev/hvc0
${bb} sync
${bb} poweroff -f
`;
}

function mode(path: string): string {
  return path === "/tmp" || path === "/dev/shm" ? "1777" : "755";
}

/** Quotes one word for the shell. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
