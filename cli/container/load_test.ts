import assert from "node:assert/strict";
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

Deno.test("what a specification has no field for is a wish", async () => {
  const { wishes } = await order(
    ...["-u", "nobody:adm", "--group-add", "mail", "--rw", "--rm"],
    ...["-m", "64m", "--memory-swap", "-1", "--cpu-shares", "512"],
    ...["--cpuset-cpus", "0-1", "/image"],
  );
  assert.deepEqual(wishes, {
    user: "nobody:adm",
    groups: ["mail"],
    rw: true,
    rm: true,
    resources: { cpu: { shares: 512, cpus: "0-1" }, memory: { swap: -1 } },
  });
});

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
    [["--memory-swap", "1m", "/i"], /^--memory-swap needs --memory/],
    [["-m", "2m", "--memory-swap", "1m", "/i"], /less than --memory/],
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
