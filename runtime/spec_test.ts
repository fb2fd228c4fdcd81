import assert from "node:assert/strict";
import {
  type ConfigInput,
  parseConfig,
  readConfig,
  SpecError,
} from "./spec.ts";

const MINIMAL = {
  ociVersion: "1.2.0",
  process: { args: ["sh"], cwd: "/" },
  root: { path: "rootfs" },
};

/** A config whose fields at the given paths have other values. */
function changed(changes: Record<string, unknown>): unknown {
  const config = structuredClone(MINIMAL) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let holder = config;
    for (const key of keys) {
      holder = (holder[key] ??= {}) as Record<string, unknown>;
    }
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return config;
}

function errorOf(json: unknown): string {
  try {
    parseConfig(json, "config.json");
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
  return "";
}

Deno.test("parseConfig() fills in defaults and keeps unknown keys", () => {
  const config = parseConfig(
    { ...MINIMAL, windows: { layerFolders: [] }, linux: { future: 1 } },
    "config.json",
  );
  assert.deepEqual(config, {
    ociVersion: "1.2.0",
    process: {
      args: ["sh"],
      cwd: "/",
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [] },
      env: [],
      rlimits: [],
      noNewPrivileges: false,
    },
    root: { path: "rootfs", readonly: false },
    mounts: [],
    annotations: {},
    linux: {
      future: 1,
      namespaces: [],
      uidMappings: [],
      gidMappings: [],
      devices: [],
      resources: { devices: [] },
      sysctl: {},
      maskedPaths: [],
      readonlyPaths: [],
    },
    windows: { layerFolders: [] },
  });
});

Deno.test("parseConfig() settles legacy spellings", () => {
  const { mounts, linux } = parseConfig(
    changed({
      mounts: [{ destination: "data" }],
      "linux.devices": [
        { type: "u", path: "/dev/x", major: 1, minor: 3, fileMode: 0o20666 },
      ],
      "linux.resources.devices": [{ allow: false, major: -1 }],
    }),
    "config.json",
  );
  assert.equal(mounts[0]!.destination, "/data");
  assert.equal(linux.devices[0]!.type, "c");
  assert.equal(linux.devices[0]!.fileMode, 0o666);
  assert.deepEqual(linux.resources.devices[0], {
    allow: false,
    type: "a",
    access: "rwm",
  });
});

const uts = [{ type: "uts" }];

/** What is changed in a valid config, and the message that follows. */
const REFUSED: [Record<string, unknown>, string][] = [
  [{ ociVersion: undefined }, "ociVersion: missing; expected a version 1.x.y"],
  [
    { ociVersion: "2.0.0" },
    'ociVersion: expected a version 1.x.y, got "2.0.0"',
  ],
  [{ process: undefined }, "process: missing; expected an object"],
  [
    { "process.args": "sh" },
    'process.args: expected a list of at least one string, got "sh"',
  ],
  [
    { "process.args": [] },
    "process.args: expected a list of at least one string, got []",
  ],
  [
    { "process.args": ["sh", 1] },
    "process.args[1]: expected a string, got 1",
  ],
  [{ "process.args": [""] }, 'process.args[0]: expected a program, got ""'],
  [
    { "process.args": ["a\0b"] },
    'process.args[0]: expected a string, got "a\\u0000b"',
  ],
  [
    { "process.cwd": "tmp" },
    'process.cwd: expected an absolute path, got "tmp"',
  ],
  [
    { "process.env": ["PATH"] },
    'process.env[0]: expected NAME=value, got "PATH"',
  ],
  [
    { "process.terminal": "yes" },
    'process.terminal: expected true or false, got "yes"',
  ],
  [
    { "process.user.uid": -1 },
    "process.user.uid: expected a whole number from 0 to 4294967294, got -1",
  ],
  [
    { "process.rlimits": [{ type: "RLIMIT_X", soft: 1, hard: 1 }] },
    "process.rlimits[0].type: expected one of RLIMIT_CPU, RLIMIT_FSIZE, " +
    "RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, " +
    "RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, " +
    "RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, " +
    'RLIMIT_RTTIME, got "RLIMIT_X"',
  ],
  [
    { "process.rlimits": [{ type: "RLIMIT_AS", soft: 2, hard: 1 }] },
    "process.rlimits[0].soft: expected at most the hard limit 1, got 2",
  ],
  [
    {
      "process.rlimits": [
        { type: "RLIMIT_AS", soft: 1, hard: 1 },
        { type: "RLIMIT_AS", soft: 2, hard: 2 },
      ],
    },
    "process.rlimits[1]: RLIMIT_AS is given twice",
  ],
  [
    { "process.oomScoreAdj": 2000 },
    "process.oomScoreAdj: expected a whole number from -1000 to 1000, " +
    "got 2000",
  ],
  [
    { "root.path": "" },
    'root.path: expected a string that is not empty, got ""',
  ],
  [
    { "linux.namespaces": [{ type: "uts" }, { type: "uts" }] },
    "linux.namespaces[1]: the uts namespace is given twice",
  ],
  [
    { "linux.namespaces": [{ type: "net" }] },
    "linux.namespaces[0].type: expected one of mount, pid, network, uts, ipc, " +
    'user, cgroup, time, got "net"',
  ],
  [
    { "linux.namespaces": [{ type: "pid", path: "x" }] },
    'linux.namespaces[0].path: expected an absolute path, got "x"',
  ],
  [
    { "linux.namespaces": [{ type: "user" }] },
    "linux.uidMappings: missing; a new user namespace needs one; " +
    "linux.gidMappings: missing; a new user namespace needs one",
  ],
  [
    { "linux.uidMappings": [{ containerID: 0, hostID: 1, size: 1 }] },
    'linux.uidMappings: needs {"type": "user"} in linux.namespaces',
  ],
  [{ hostname: "x" }, 'hostname: needs {"type": "uts"} in linux.namespaces'],
  [
    { "linux.sysctl": { "vm.swappiness": "1" } },
    'linux.sysctl["vm.swappiness"]: would change the host; a container may ' +
    "set net.*, kernel.shm*, kernel.msg*, kernel.sem*, fs.mqueue.*, " +
    "kernel.hostname, kernel.domainname or user.*",
  ],
  [
    { "linux.sysctl": { "net.core.somaxconn": "1" } },
    'linux.sysctl["net.core.somaxconn"]: needs {"type": "network"} in ' +
    "linux.namespaces",
  ],
  [
    {
      hostname: "a",
      "linux.namespaces": uts,
      "linux.sysctl": { "kernel.hostname": "b" },
    },
    'linux.sysctl["kernel.hostname"]: is set by hostname already',
  ],
  [
    { "linux.devices": [{ type: "c", path: "/dev/x" }] },
    "linux.devices[0].major: missing; /dev/x of type c needs one; " +
    "linux.devices[0].minor: missing; /dev/x of type c needs one",
  ],
  [
    { "linux.maskedPaths": ["proc"] },
    'linux.maskedPaths[0]: expected an absolute path, got "proc"',
  ],
  [
    { "linux.rootfsPropagation": "x" },
    "linux.rootfsPropagation: expected one of private, rprivate, shared, " +
    'rshared, slave, rslave, unbindable, runbindable, got "x"',
  ],
  [
    { "linux.timeOffsets": { monotonic: { secs: 1 } } },
    'linux.timeOffsets: needs a new {"type": "time"} in linux.namespaces',
  ],
  [
    { "linux.cgroupsPath": "/a/../../b" },
    'linux.cgroupsPath: expected a path without "..", got "/a/../../b"',
  ],
  [
    { "linux.resources.cpu": { cpus: "0-" } },
    'linux.resources.cpu.cpus: expected a list such as 0-3,7, got "0-"',
  ],
  [
    { "linux.resources.devices": [{ allow: true, access: "x" }] },
    'linux.resources.devices[0].access: expected letters of rwm, got "x"',
  ],
  [
    { "linux.resources.memory.limit": 1.5 },
    "linux.resources.memory.limit: expected a whole number, got 1.5",
  ],
  [
    { mounts: [{ destination: "/a", options: ["rbind"] }] },
    "mounts[0].source: missing; the bind mount at /a needs one",
  ],
  [
    { annotations: { a: 1 } },
    "annotations.a: expected a string, got 1",
  ],
  [
    { "hooks.prestart": [{ path: "x" }] },
    'hooks.prestart[0].path: expected an absolute path, got "x"',
  ],
  [
    {
      ociVersion: 1,
      hostname: 2,
      "process.cwd": 3,
      "root.path": 4,
      mounts: 5,
    },
    "ociVersion: expected a version 1.x.y, got 1; " +
    "process.cwd: expected an absolute path, got 3; " +
    "root.path: expected a string that is not empty, got 4; " +
    "and 2 more: hostname, mounts",
  ],
];

Deno.test("parseConfig() refuses wrong values with their path", () => {
  for (const [changes, message] of REFUSED) {
    assert.equal(errorOf(changed(changes)), `config.json: ${message}`);
  }
  assert.equal(errorOf([]), "config.json: expected an object, got []");
});

Deno.test("parseConfig() accepts what the specification allows", () => {
  const accepted: Record<string, unknown>[] = [
    { ociVersion: "1.0.2-dev" },
    { ociVersion: "1.3.0+dev" },
    { hostname: "x", "linux.namespaces": uts },
    {
      "linux.namespaces": [{ type: "network" }, { type: "ipc" }],
      "linux.sysctl": {
        "net.ipv4.ip_forward": "1",
        "net/ipv4/conf/eth0.1/forwarding": "1",
        "kernel.shmmax": "1",
        "fs.mqueue.msg_max": "9",
      },
    },
    { "process.capabilities.bounding": ["CAP_FROM_THE_FUTURE"] },
    { "linux.resources.memory": { limit: -1, swap: 9223372036854775807 } },
    {
      "process.rlimits": [{
        type: "RLIMIT_AS",
        soft: 18446744073709551615,
        hard: 18446744073709551615,
      }],
    },
    { "linux.devices": [{ type: "p", path: "/fifo" }] },
  ];
  for (const changes of accepted) assert.equal(errorOf(changed(changes)), "");
});

Deno.test("readConfig() says what is wrong with the file", () => {
  const dir = Deno.makeTempDirSync();
  try {
    const file = `${dir}/config.json`;
    const message = (bundle = dir) => {
      try {
        readConfig(bundle);
      } catch (error) {
        return (error as SpecError).message.replaceAll(dir, "bundle");
      }
    };
    assert.equal(
      message(`${dir}/`),
      "bundle/config.json: no such file; a bundle is a directory with a " +
        "config.json, which `rkl spec` writes",
    );
    const texts: [string, string][] = [
      ["", "1:1: not valid JSON: expected a value"],
      ['{\n  "a": 1,\n}', "3:1: not valid JSON: expected a quoted key"],
      ['{"a": 1 "b": 2}', "1:9: not valid JSON: expected , or }"],
      ['{"a" 1}', "1:6: not valid JSON: expected :"],
      ["[1, 2", "1:6: not valid JSON: expected , or ]"],
      [
        '["a\nb"]',
        "1:2: not valid JSON: expected a string that ends on its line",
      ],
      ["{} {}", "1:4: not valid JSON: expected the end of the file"],
      ["[tru]", "1:2: not valid JSON: expected a value"],
      ["[01]", "1:3: not valid JSON: expected , or ]"],
    ];
    for (const [text, expected] of texts) {
      Deno.writeTextFileSync(file, text);
      assert.equal(message(), `bundle/config.json:${expected}`);
    }
    Deno.writeTextFileSync(file, JSON.stringify(MINIMAL));
    assert.equal(
      message(`${dir}/config.json`),
      "bundle/config.json/config.json: no such file; a part of its path is not a " +
        "directory",
    );
    assert.deepEqual(readConfig(dir).process.args, ["sh"]);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("ConfigInput leaves out what has a default", () => {
  const input: ConfigInput = MINIMAL;
  assert.equal(parseConfig(input, "config.json").linux.namespaces.length, 0);
});
