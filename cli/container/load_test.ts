import assert from "node:assert/strict";
import { validateSpecification } from "../../container/specification/specification.ts";
import { parseFlags } from "../flags.ts";
import { loadOrder, type Order } from "./load.ts";
import { RUN_FLAGS } from "./run_flags.ts";

async function order(...words: string[]): Promise<Order> {
  const { flags, operands } = parseFlags(RUN_FLAGS, words, {
    stopAtOperand: true,
  });
  const [image, ...args] = operands;
  return await loadOrder(flags, { image: image!, args });
}

Deno.test("an image and its arguments make a specification", async () => {
  const { specification, wishes } = await order("/image", "ls", "-la");
  assert.equal(specification.image, "/image");
  assert.deepEqual(specification.args, ["ls", "-la"]);
  assert.equal(specification.command, undefined);
  assert.deepEqual(wishes, {});
});

Deno.test("flags fill the fields of a specification", async () => {
  const { specification } = await order(
    ...["-it", "--name", "web", "-e", "A=1", "-e", "B=x=y", "-w", "/srv"],
    ...["-m", "64m", "--cpus", "500m", "--memory-reservation", "32Mi"],
    ...["--entrypoint", "sh", "--stop-signal", "HUP", "--read-only"],
    ...["--cap-add", "net_admin", "--cap-drop", "ALL", "--pids-limit", "-1"],
    ...["--security-opt", "no-new-privileges", "-l", "tier=front=1"],
    ...["--ulimit", "nofile=1024:2048", "--sysctl", "net.ipv4.ip_forward=1"],
    ...["--annotation", "a.b/c=d", "--hostname", "h", "--umask", "027"],
    "/image",
  );
  const { name, tty, stdin, workingDir, command, env } = specification;
  assert.deepEqual(
    { name, tty, stdin, workingDir, command, env },
    {
      name: "web",
      tty: true,
      stdin: true,
      workingDir: "/srv",
      command: ["sh"],
      env: [{ name: "A", value: "1" }, { name: "B", value: "x=y" }],
    },
  );
  const { limits, requests } = specification.resources;
  assert.equal(limits.memory, 64 << 20);
  assert.equal(limits.cpu?.quota, 50_000);
  assert.equal(requests.memory, 32 << 20);
  const context = specification.securityContext;
  assert.equal(context.readOnlyRootFilesystem, true);
  assert.equal(context.allowPrivilegeEscalation, false);
  assert.deepEqual(context.capabilities, {
    add: ["CAP_NET_ADMIN"],
    drop: ["ALL"],
  });
  assert.equal(specification.stopSignal, 1);
  assert.equal(specification.pidsLimit, -1);
  assert.equal(specification.umask, 0o27);
  assert.deepEqual(specification.labels, { tier: "front=1" });
  assert.deepEqual(specification.annotations, { "a.b/c": "d" });
  assert.deepEqual(specification.ulimits, [
    { type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 },
  ]);
  assert.deepEqual(specification.sysctls, [
    { name: "net.ipv4.ip_forward", value: "1" },
  ]);
});

Deno.test("flags of docker's that Kubernetes has no words for are fields too", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const labels = `${directory}/labels`;
    await Deno.writeTextFile(labels, "# tiers\na=1\nb\n");
    const { specification } = await order(
      ...["-u", "nobody:adm", "--group-add", "mail", "--rw", "--rm", "--init"],
      ...["-m", "64m", "--memory-swap", "-1", "-c", "512", "-P"],
      ...["--memory-swappiness", "10", "--oom-kill-disable"],
      ...["--cpu-period", "50000", "--cpu-quota", "25000"],
      ...["--cpu-rt-period", "9000", "--cpu-rt-runtime", "900"],
      ...["--cpuset-cpus", "0-1", "--cpuset-mems", "0", "--shm-size", "1m"],
      ...["--blkio-weight", "300", "--blkio-weight-device", "/dev/a:200"],
      ...["--device-read-bps", "/dev/a:1mb", "--device-write-bps=/dev/a:2"],
      ...["--device-read-iops", "/dev/a:3", "--device-write-iops=/dev/a:4"],
      ...["--device", "/dev/fuse", "--device", "/dev/a:/dev/b:r"],
      ...["--device", "/dev/c:rw", "--device-cgroup-rule", "c 10:* rwm"],
      ...["--pid", "host", "--ipc", "shareable", "--uts=host"],
      ...["--cgroupns=host", "--label-file", labels, "-l", "a=2", "/image"],
    );
    const rate = (rate: number) => [{ path: "/dev/a", rate }];
    assert.deepEqual({ ...NOTHING, ...specification }, {
      ...NOTHING,
      image: "/image",
      user: "nobody:adm",
      groups: ["mail"],
      writeImage: true,
      autoRemove: true,
      init: true,
      publishAll: true,
      resources: { limits: { memory: 67108864 }, requests: {} },
      memorySwap: -1,
      memorySwappiness: 10,
      oomKillDisable: true,
      cpuShares: 512,
      cpuPeriod: 50000,
      cpuQuota: 25000,
      cpuRtPeriod: 9000,
      cpuRtRuntime: 900,
      cpusetCpus: "0-1",
      cpusetMems: "0",
      shmSize: 1048576,
      blockIO: {
        weight: 300,
        weightDevice: [{ path: "/dev/a", weight: 200 }],
        deviceReadBps: rate(1048576),
        deviceWriteBps: rate(2),
        deviceReadIops: rate(3),
        deviceWriteIops: rate(4),
      },
      devices: [
        { source: "/dev/fuse", target: "/dev/fuse", permissions: "rwm" },
        { source: "/dev/a", target: "/dev/b", permissions: "r" },
        { source: "/dev/c", target: "/dev/c", permissions: "rw" },
      ],
      deviceCgroupRules: ["c 10:* rwm"],
      pid: "host",
      ipc: "shareable",
      uts: "host",
      cgroupns: "host",
      labels: { a: "2", b: "" },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** A specification that says nothing. */
const NOTHING = validateSpecification({ image: "/image" });

Deno.test("mounts come from three flags", async () => {
  const { specification } = await order(
    ...["-v", "/srv:/data:ro,rslave", "--tmpfs", "/tmp:size=1m"],
    ...["--mount", "type=bind,src=/a,dst=/b,readonly"],
    ...["--mount", "type=tmpfs,target=/c,tmpfs-mode=700", "/image"],
  );
  assert.deepEqual(specification.mounts, [
    {
      type: "bind",
      source: "/srv",
      destination: "/data",
      createSource: true,
      readOnly: true,
      propagation: "rslave",
      options: [],
    },
    {
      type: "bind",
      source: "/a",
      destination: "/b",
      readOnly: true,
      options: [],
    },
    {
      type: "tmpfs",
      destination: "/c",
      readOnly: false,
      options: ["mode=700"],
    },
    {
      type: "tmpfs",
      destination: "/tmp",
      readOnly: false,
      options: ["size=1m"],
    },
  ]);
});

Deno.test("a wrong value names its flag", async () => {
  const cases: [string[], RegExp][] = [
    [["-m", "64x", "/i"], /^--memory 64x: /],
    [["--cpus", "half", "/i"], /^--cpus: "half"/],
    [["-m", "0", "/i"], /^--memory: expected more than 0$/],
    [["--cap-add", "fly", "/i"], /^--cap-add: the kernel has no capability/],
    [["--ulimit", "nofiles=1", "/i"], /^--ulimit: .*did you mean nofile\?/],
    [["--ulimit", "nofile", "/i"], /^--ulimit nofile: must be NAME=SOFT/],
    [["--workdir", "srv", "/i"], /^--workdir: expected an absolute path/],
    [["-v", "a:b:c:d", "/i"], /^--volume a:b:c:d: must be \[SOURCE:\]TARGET/],
    [["-v", "data:a", "/i"], /^--volume data:a: the target a must be an abs/],
    [["-v", "/a:/b", "--tmpfs", "/b/", "/i"], /^--tmpfs: \/b is .*mounts\[0\]/],
    [
      ["--mount", "dst=/a,bind-recursive=disabled", "/i"],
      /^--mount: a volume m/,
    ],
    [["--mount", "typ=bind", "/i"], /^--mount typ=bind: has no key "typ"/],
    [["--sysctl", "kernel.x=1", "/i"], /^--sysctl: /],
    [
      ["--network", "a b", "/i"],
      /^--network: expected none, host, container:NAME/,
    ],
    [["--memory-swap", "1m", "/i"], /^--memory-swap: needs --memory, /],
    [["-m", "2m", "--memory-swap", "1m", "/i"], /less than --memory, /],
    [["--oom-kill-disable", "/i"], /^--oom-kill-disable: needs --memory, /],
    [
      ["--cpus", "1", "--cpu-quota", "5000", "/i"],
      /^--cpu-quota: cannot be set beside --cpus, which is both period and/,
    ],
    [["--cpu-quota", "5", "/i"], /^--cpu-quota: expected 1000 microseconds/],
    [["--cpu-period", "5", "/i"], /^--cpu-period 5: must be an integer from/],
    [
      ["-m", "1m", "--memory-reservation", "2m", "/i"],
      /^--memory-reservation: is more than --memory$/,
    ],
    [["--blkio-weight", "5", "/i"], /^--blkio-weight 5: must be an integer/],
    [
      ["--device-read-bps", "sda:1", "/i"],
      /^--device-read-bps sda:1: must be a device and a value, such as/,
    ],
    [["--device", "fuse", "/i"], /^--device: expected HOST\[:CONTAINER/],
    [["--device", "/dev/a:/b:x", "/i"], /^--device: expected HOST/],
    [["--device", "nvidia.com/gpu=all", "/i"], /^--device: .* a CDI device/],
    [
      ["--device-cgroup-rule", "c 1 rwm", "/i"],
      /^--device-cgroup-rule: expected a rule such as "c 1:3 rwm"/,
    ],
    [["--shm-size", "0", "/i"], /^--shm-size: expected more than 0$/],
    [
      ["--ipc", "host", "--shm-size", "1m", "/i"],
      /^--shm-size: cannot be set with ipc: host$/,
    ],
    [["--ipc", "shared", "/i"], /^--ipc: expected one of private, shareable/],
    [["--pid", "container:", "/i"], /^--pid: expected one of private, host, c/],
    [["--user", "a:b:c", "/i"], /^--user: expected USER or USER:GROUP/],
    [
      ["--isolation", "hyperv", "/i"],
      /^--isolation hyperv: must be .*default$/,
    ],
    [
      ["--label-file", "/none", "/i"],
      /^--label-file \/none: no such file; it holds lines of KEY=VALUE$/,
    ],
    [["--stop-signal", "FOO", "/i"], /^--stop-signal FOO: "FOO" is no signal/],
    [
      ["--env-file", "/none", "/i"],
      /^--env-file \/none: no such file; it holds lines of KEY=VALUE$/,
    ],
    [
      ["--env-file", "/etc", "/i"],
      /^--env-file \/etc: is a directory; it holds lines of KEY=VALUE$/,
    ],
    [["/none.yaml"], /^\/none\.yaml: no such file/],
  ];
  for (const [words, message] of cases) {
    await assert.rejects(order(...words), { message }, words.join(" "));
  }
});

Deno.test("flags are laid over a specification file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/web.yaml`;
    await Deno.writeTextFile(
      file,
      `name: web
image: ./rootfs
args: [serve]
tty: true
env: [{name: A, value: "1"}]
labels: {tier: front}
securityContext: {readOnlyRootFilesystem: true}
resources: {limits: {cpu: 500m, memory: 64Mi}}
mounts: [{type: tmpfs, destination: /tmp}]
`,
    );
    const { specification } = await order(
      ...["--name", "db", "-m", "32Mi", "-e", "B=2", "-l", "x=y"],
      ...["--tmpfs", "/run", file, "sleep", "1"],
    );
    assert.equal(specification.name, "db");
    assert.equal(specification.image, `${directory}/rootfs`);
    assert.deepEqual(specification.args, ["sleep", "1"]);
    assert.equal(specification.tty, true);
    assert.deepEqual(specification.env.map(({ name }) => name), ["A", "B"]);
    assert.deepEqual(specification.labels, { tier: "front", x: "y" });
    assert.equal(specification.securityContext.readOnlyRootFilesystem, true);
    const { limits } = specification.resources;
    assert.equal(limits.memory, 32 << 20);
    assert.equal(limits.cpu?.quota, 50_000);
    assert.deepEqual(
      specification.mounts.map(({ destination }) => destination),
      ["/tmp", "/run"],
    );
    const alone = await order(file);
    assert.deepEqual(alone.specification.args, ["serve"]);
    assert.equal(alone.specification.name, "web");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("flags and the file they are laid over have to agree", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/web.yaml`;
    await Deno.writeTextFile(
      file,
      `image: ./rootfs
init: true
securityContext: {runAsUser: 1, runAsGroup: 2}
resources: {limits: {memory: 64Mi, cpu: 1}}
blockIO: {weight: 10, deviceReadBps: [{path: /dev/a, rate: 1}]}
devices: [/dev/a]
`,
    );
    const { specification } = await order(
      ...["-u", "nobody", "--memory-swap", "96Mi", "--init=false"],
      ...["--device-read-bps", "/dev/b:2", "--blkio-weight", "20"],
      ...["--device", "/dev/b", file],
    );
    assert.equal(specification.user, "nobody");
    assert.equal(specification.securityContext.runAsUser, undefined);
    assert.equal(specification.memorySwap, 96 << 20);
    assert.equal(specification.init, false);
    assert.deepEqual(specification.blockIO, {
      weight: 20,
      deviceReadBps: [
        { path: "/dev/a", rate: 1 },
        { path: "/dev/b", rate: 2 },
      ],
    });
    const devices = specification.devices.map(({ source }) => source);
    assert.deepEqual(devices, ["/dev/a", "/dev/b"]);
    const cases: [flags: string[], message: string][] = [
      [
        ["--memory-swap", "1Mi"],
        "memorySwap: is 1048576 bytes, less than resources.limits.memory, " +
        "67108864, which it includes",
      ],
      [
        ["--cpu-quota", "5000"],
        "cpuQuota: cannot be set beside resources.limits.cpu, which is both " +
        "period and quota",
      ],
    ];
    for (const [flags, message] of cases) {
      await assert.rejects(order(...flags, file), {
        message: `${file}, with these flags: ${message}`,
      });
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
