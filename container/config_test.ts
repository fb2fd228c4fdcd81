import assert from "node:assert/strict";
import { defaultConfig } from "../runtime/default_config.ts";
import { parseConfig, unsupported, warnings } from "../runtime/spec.ts";
import { DEFAULT_CAPABILITIES } from "./capabilities.ts";
import { containerConfig, type Image } from "./config.ts";
import { validateSpecification } from "./specification/specification.ts";

const ROOTFS: Image = { kind: "rootfs", directory: "/images/busybox" };

function bundle(changes: object = {}): Image {
  const config = { ...defaultConfig(), ...changes };
  return {
    kind: "bundle",
    directory: "/bundles/busybox",
    config: parseConfig(config, "config.json"),
  };
}

function configOf(fields: object = {}, image: Image = ROOTFS, home?: string) {
  const spec = validateSpecification({ image: "x", args: ["sh"], ...fields });
  return containerConfig(spec, image, {
    id: "5f0a",
    name: "web",
    groups: spec.groups.map(Number),
    ...(home === undefined ? {} : { home }),
  });
}

function mountAt(config: ReturnType<typeof configOf>, destination: string) {
  return config.mounts.filter((mount) => mount.destination === destination);
}

Deno.test("containerConfig() gives a root filesystem docker's defaults", () => {
  const config = configOf();
  assert.deepEqual(unsupported(config), []);
  assert.deepEqual(warnings(config), []);
  assert.deepEqual(config.root, { path: "/images/busybox", readonly: false });
  assert.equal(config.hostname, "web");
  assert.deepEqual(config.process.env, [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOSTNAME=web",
  ]);
  assert.deepEqual(config.process.user, {
    uid: 0,
    gid: 0,
    additionalGids: [],
    umask: 0o022,
  });
  assert.equal(config.process.cwd, "/");
  assert.equal(config.process.terminal, false);
  assert.equal(config.process.noNewPrivileges, false);
  assert.deepEqual(config.process.capabilities, {
    bounding: [...DEFAULT_CAPABILITIES],
    effective: [...DEFAULT_CAPABILITIES],
    permitted: [...DEFAULT_CAPABILITIES],
    inheritable: [],
    ambient: [],
  });
  assert.deepEqual(
    config.linux.namespaces.map(({ type }) => type),
    ["pid", "network", "ipc", "uts", "mount", "cgroup"],
  );
  assert.deepEqual(config.linux.resources, {
    devices: [{ allow: false, type: "a", access: "rwm" }],
  });
  assert.deepEqual(config.mounts.map(({ destination }) => destination), [
    "/proc",
    "/dev",
    "/dev/pts",
    "/dev/shm",
    "/dev/mqueue",
    "/sys",
    "/sys/fs/cgroup",
  ]);
  assert.ok(config.linux.maskedPaths.includes("/proc/kcore"));
  assert.ok(config.linux.readonlyPaths.includes("/proc/sys"));
  assert.equal(config.linux.cgroupsPath, undefined);
});

Deno.test("containerConfig() turns limits into cgroup numbers, without swap", () => {
  const { linux } = configOf({
    resources: {
      limits: { cpu: "500m", memory: "233Mi" },
      requests: { cpu: "250m", memory: "100Mi" },
    },
    pidsLimit: 50,
    cgroupParent: "/pods/",
  });
  assert.deepEqual(linux.resources.cpu, {
    shares: 256,
    quota: 50000,
    period: 100000,
  });
  assert.deepEqual(linux.resources.memory, {
    limit: 244318208,
    swap: 244318208,
    reservation: 104857600,
  });
  assert.deepEqual(linux.resources.pids, { limit: 50 });
  assert.equal(linux.cgroupsPath, "/pods/5f0a");
});

Deno.test("containerConfig() takes command and args, or the bundle's program", () => {
  const args = (fields: object, image: Image) =>
    configOf({ args: undefined, ...fields }, image).process.args;
  assert.deepEqual(args({}, bundle()), ["sh"]);
  assert.deepEqual(args({ args: ["a"] }, bundle()), ["a"]);
  assert.deepEqual(args({ command: ["b"] }, bundle()), ["b"]);
  assert.deepEqual(args({ command: ["b"], args: ["a"] }, ROOTFS), ["b", "a"]);
  assert.throws(() => args({}, ROOTFS), {
    name: "SpecificationError",
    message: "args: nothing to run; /images/busybox is a root filesystem, " +
      "which names no program of its own",
  });
});

Deno.test("containerConfig() changes a bundle where the specification speaks", () => {
  const image = bundle({
    annotations: { a: "1", b: "1" },
    mounts: [
      ...defaultConfig().mounts ?? [],
      { destination: "/data", source: "data", options: ["bind"] },
      { destination: "/old/", source: "/old", options: ["bind"] },
    ],
  });
  const config = configOf(
    {
      annotations: { b: "2" },
      env: { TERM: "vt100", A: "b" },
      mounts: [{ source: "/new", target: "/old", readOnly: true }],
      ulimits: { nofile: 5, core: 0 },
      workingDir: "/tmp",
      groups: [7],
    },
    image,
    "/root",
  );
  assert.deepEqual(config.annotations, { a: "1", b: "2" });
  assert.deepEqual(config.process.env, [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOSTNAME=rkl",
    "HOME=/root",
    "TERM=vt100",
    "A=b",
  ]);
  assert.deepEqual(config.root, {
    path: "/bundles/busybox/rootfs",
    readonly: true,
  });
  assert.equal(mountAt(config, "/data")[0]!.source, "/bundles/busybox/data");
  assert.deepEqual(mountAt(config, "/old/"), []);
  assert.deepEqual(mountAt(config, "/old"), [{
    destination: "/old",
    source: "/new",
    type: "none",
    options: ["rbind", "rprivate", "rro"],
  }]);
  assert.equal(config.process.terminal, false);
  assert.equal(config.process.cwd, "/tmp");
  assert.deepEqual(config.process.user.additionalGids, [7]);
  assert.deepEqual(config.process.rlimits, [
    { type: "RLIMIT_NOFILE", soft: 5, hard: 5 },
    { type: "RLIMIT_CORE", soft: 0, hard: 0 },
  ]);
  assert.deepEqual(config.process.capabilities?.bounding, [
    "CAP_AUDIT_WRITE",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
  ]);
});

Deno.test("containerConfig() adds and drops capabilities", () => {
  const bounding = (capabilities: object, image: Image = ROOTFS) =>
    configOf({ securityContext: { capabilities } }, image).process.capabilities!
      .bounding;
  assert.deepEqual(bounding({ drop: ["ALL"], add: ["CHOWN"] }), ["CAP_CHOWN"]);
  assert.equal(bounding({ add: ["ALL"], drop: ["SYS_ADMIN"] }).length, 40);
  assert.ok(!bounding({ drop: ["MKNOD"] }).includes("CAP_MKNOD"));
  assert.deepEqual(
    bounding({ drop: ["KILL"], add: ["SYS_TIME"] }, bundle()),
    ["CAP_AUDIT_WRITE", "CAP_NET_BIND_SERVICE", "CAP_SYS_TIME"],
  );
});

Deno.test("containerConfig() leaves a user who is not root no capability", () => {
  for (const image of [ROOTFS, bundle()]) {
    const { process } = configOf(
      { securityContext: { runAsUser: 1000, runAsGroup: 100 } },
      image,
    );
    assert.equal(process.user.uid, 1000);
    assert.equal(process.user.gid, 100);
    assert.deepEqual(process.capabilities?.effective, []);
    assert.ok(process.capabilities!.bounding.length > 0);
  }
});

Deno.test("containerConfig() refuses root where runAsNonRoot is asked for", () => {
  assert.throws(
    () => configOf({ securityContext: { runAsNonRoot: true } }),
    {
      message: "securityContext.runAsNonRoot: the image's user is root; " +
        "set runAsUser",
    },
  );
});

Deno.test("containerConfig() gives a privileged container everything", () => {
  const config = configOf({ securityContext: { privileged: true } }, bundle());
  assert.equal(config.process.capabilities?.effective.length, 41);
  assert.equal(config.process.noNewPrivileges, false);
  assert.deepEqual(config.linux.maskedPaths, []);
  assert.deepEqual(config.linux.readonlyPaths, []);
  assert.deepEqual(config.linux.resources.devices, [
    { allow: true, type: "a", access: "rwm" },
  ]);
  for (const destination of ["/sys", "/sys/fs/cgroup"]) {
    assert.ok(!mountAt(config, destination)[0]!.options.includes("ro"));
  }
});

Deno.test("containerConfig() shares namespaces with the host when asked", () => {
  const config = configOf({
    network: "host",
    pid: "host",
    ipc: "host",
    uts: "host",
  });
  assert.deepEqual(
    config.linux.namespaces.map(({ type }) => type),
    ["mount", "cgroup"],
  );
  assert.equal(config.hostname, undefined);
  assert.ok(!config.process.env.some((entry) => entry.startsWith("HOSTNAME")));
  assert.equal(mountAt(config, "/dev/shm")[0]!.source, "/dev/shm");
});

Deno.test("containerConfig() follows the security context and the terminal", () => {
  const { process, root, linux, mounts } = configOf({
    tty: true,
    umask: "077",
    mounts: [{ type: "tmpfs", target: "/t", options: ["size=1m", "exec"] }],
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      procMount: "Unmasked",
    },
  });
  assert.equal(process.terminal, true);
  assert.ok(process.env.includes("TERM=xterm"));
  assert.equal(process.user.umask, 0o077);
  assert.equal(process.noNewPrivileges, true);
  assert.equal(root.readonly, true);
  assert.deepEqual(linux.maskedPaths, []);
  assert.deepEqual(mounts.at(-1), {
    destination: "/t",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", "noexec", "mode=1777", "size=1m", "exec"],
  });
});

Deno.test("containerConfig() does not change what it is given", () => {
  const image = bundle();
  const before = structuredClone(image);
  configOf({ securityContext: { privileged: true }, hostname: "x" }, image);
  assert.deepEqual(image, before);
});

Deno.test("containerConfig() turns docker's limits into OCI's", () => {
  const spec = validateSpecification({
    image: "x",
    args: ["sh"],
    resources: { limits: { memory: 100 }, requests: { cpu: "500m" } },
    memorySwap: 200,
    memorySwappiness: 0,
    oomKillDisable: true,
    cpuShares: 99,
    cpuQuota: 5000,
    cpuPeriod: 10000,
    cpusetCpus: "0",
    pidsLimit: 5,
    blockIO: { weight: 10, deviceReadBps: [{ path: "/dev/a", rate: "1Ki" }] },
    devices: ["/dev/b:/dev/c:r"],
    deviceCgroupRules: ["c 10:* rw"],
  });
  const node = { type: "c" as const, path: "/dev/c", major: 7, minor: 8 };
  const rule = { allow: true, type: "c" as const, access: "r" };
  const { linux } = containerConfig(spec, ROOTFS, {
    id: "0123",
    name: "web",
    host: {
      nodes: [node],
      rules: [{ ...rule, major: 7, minor: 8 }],
      numbers: new Map([["/dev/a", { major: 8, minor: 0 }]]),
    },
  });
  assert.deepEqual(linux.devices, [node]);
  assert.deepEqual(linux.resources, {
    memory: { limit: 100, swap: 200, swappiness: 0, disableOOMKiller: true },
    cpu: { shares: 99, quota: 5000, period: 10000, cpus: "0" },
    pids: { limit: 5 },
    blockIO: {
      weight: 10,
      throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
    },
    devices: [
      { allow: false, type: "a", access: "rwm" },
      { ...rule, major: 7, minor: 8 },
      { ...rule, major: 10, access: "rw" },
    ],
  });
});
