/**
 * The flags of `rkl container run` and `create`, spelled as docker spells them.
 *
 * @module
 */
import type { FlagTable, FlagValues } from "../flags.ts";
import { signalText } from "../signal_flag.ts";
import { parseMemory } from "../../container/specification/quantity.ts";
import { assignment, integer, label, oneOf, pair, text } from "../values.ts";
import { ATTACH } from "./attach_flags.ts";
import { mountOption, tmpfsMount, volumeMount } from "./mount_flags.ts";
import { KEEP_FLAGS } from "./keep_flags.ts";
import { expose, publish } from "./publish_flag.ts";
import { NETWORK_FLAGS } from "./network_flags.ts";
import { RESOURCE_FLAGS } from "./resource_flags.ts";
import { securityOption } from "./security_opt.ts";
import { ulimit } from "./ulimit.ts";

/** Flags about the container's place among others, not about what it is. */
const MANAGE = {
  name: {
    type: text,
    value: "NAME",
    help: "Name it; made up if neither this nor the file says",
  },
  rm: { type: Boolean, help: "Delete it when it has ended" },
  pidFile: { type: text, value: "FILE", help: "Write its pid to FILE" },
  cidfile: { type: text, value: "FILE", help: "Write its id to FILE" },
  dryRun: {
    type: Boolean,
    help: "Print the plan, one line a step, and do nothing",
  },
} as const satisfies FlagTable;

const PROCESS = {
  interactive: { type: Boolean, alias: "i", help: "Keep its stdin open" },
  tty: { type: Boolean, alias: "t", help: "Give it a terminal" },
  ...ATTACH,
  env: {
    type: [assignment],
    alias: "e",
    value: "KEY=VALUE",
    help: "Set an environment variable; KEY alone takes rkl's own",
  },
  envFile: {
    type: [text],
    value: "FILE",
    help: "Set the variables in FILE, one a line",
  },
  workdir: {
    type: text,
    alias: "w",
    value: "PATH",
    help: "Working directory",
  },
  user: {
    type: text,
    alias: "u",
    value: "USER[:GROUP]",
    help: "User and group, by name or id",
  },
  groupAdd: {
    type: [text],
    value: "GROUP",
    help: "Add a supplementary group, by name or id",
  },
  init: {
    type: Boolean,
    help: "Run it below a pid 1 that passes signals on and reaps",
  },
  entrypoint: {
    type: String,
    value: "PATH",
    help: "Program to run; ARGS are its arguments",
  },
  stopSignal: {
    type: signalText,
    value: "SIGNAL",
    help: "Signal that asks it to stop; TERM by default",
  },
  ulimit: {
    type: [ulimit],
    value: "NAME=SOFT[:HARD]",
    help: "Set a resource limit, such as nofile=1024:2048",
  },
  stopTimeout: {
    type: integer(0, 2 ** 31 - 1),
    value: "SECONDS",
    help: "How long stop waits before SIGKILL; 10 by default",
  },
  umask: { type: text, value: "MODE", help: "Mask of new files, such as 022" },
  oomScoreAdj: {
    type: integer(-1000, 1000),
    value: "N",
    help: "How gladly the kernel kills it when memory runs out",
  },
} as const satisfies FlagTable;

const SECURITY = {
  capAdd: {
    type: [text],
    value: "CAP",
    help: "Add a capability, or ALL",
  },
  capDrop: {
    type: [text],
    value: "CAP",
    help: "Drop a capability, or ALL",
  },
  privileged: {
    type: Boolean,
    help: "All capabilities and devices, nothing masked",
  },
  securityOpt: {
    type: [securityOption],
    value: "NAME[=VALUE]",
    help: "seccomp=, apparmor=, no-new-privileges and the like",
  },
  readOnly: { type: Boolean, help: "Mount its root filesystem read-only" },
} as const satisfies FlagTable;

const FILES = {
  volume: {
    type: [volumeMount],
    alias: "v",
    value: "[SRC:]DST[:OPTIONS]",
    help: "Mount a path, /srv:/data:ro, or a volume, files:/data",
  },
  mount: {
    type: [mountOption],
    value: "SETTINGS",
    help: "type=bind,src=/srv,dst=/data,ro; or volume, or tmpfs",
  },
  volumesFrom: {
    type: [text],
    value: "NAME[:ro]",
    help: "Mount what the container NAME has mounted",
  },
  tmpfs: {
    type: [tmpfsMount],
    value: "TARGET[:OPTIONS]",
    help: "Mount a tmpfs, such as /tmp:size=64m,mode=1777",
  },
  rw: {
    type: Boolean,
    help: "Write into IMAGE itself instead of a layer of its own",
  },
} as const satisfies FlagTable;

const DEVICES = {
  device: {
    type: [text],
    value: "HOST[:CONTAINER[:rwm]]",
    help: "Give it a device, or a directory of them",
  },
  deviceCgroupRule: {
    type: [text],
    value: "RULE",
    help: "Let it use further devices, such as 'c 10:200 rwm'",
  },
  shmSize: {
    type: parseMemory,
    value: "BYTES",
    help: "Size of /dev/shm; 64m by default",
  },
} as const satisfies FlagTable;

const NAMESPACES = {
  sysctl: {
    type: [pair],
    value: "NAME=VALUE",
    help: "Set a kernel parameter of its namespaces",
  },
  publish: {
    type: [publish],
    alias: "p",
    value: "[[IP:]HOST:]PORT",
    help: "Publish a port: 8080:80, 53:53/udp, or 80 on a free one",
  },
  publishAll: {
    type: Boolean,
    alias: "P",
    help: "Publish all that the file's ports and --expose name",
  },
  publishFrom: {
    type: [text],
    value: "CIDR",
    help: "Who may connect to them, such as 192.0.2.0/24",
  },
  expose: {
    type: [expose],
    value: "PORT[/PROTO]",
    help: "Say that it listens on PORT, for --publish-all",
  },
  pid: {
    type: text,
    value: "MODE",
    help: "Whose processes it sees: private, host or container:NAME",
  },
  ipc: {
    type: text,
    value: "MODE",
    help: "private, shareable, none, host or container:NAME",
  },
  uts: {
    type: oneOf("private", "host"),
    value: "MODE",
    help: "private (default), or host: share the host name",
  },
  cgroupns: {
    type: oneOf("private", "host"),
    value: "MODE",
    help: "private (default), or host: see all cgroups",
  },
  isolation: {
    type: oneOf("default"),
    value: "MODE",
    help: "default, which is namespaces and cgroups",
  },
} as const satisfies FlagTable;

const NOTES = {
  logDriver: {
    type: text,
    value: "DRIVER",
    help: "What keeps its output: local (default), or none",
  },
  logOpt: {
    type: [pair],
    value: "KEY=VALUE",
    help: "max-size=20m and max-file=5 by default; labels, env",
  },
  label: {
    type: [label],
    alias: "l",
    value: "KEY[=VALUE]",
    help: "Attach a label, for those who list it",
  },
  labelFile: {
    type: [text],
    value: "FILE",
    help: "Attach the labels in FILE, one a line",
  },
  annotation: {
    type: [pair],
    value: "KEY=VALUE",
    help: "Attach an OCI annotation, for hooks and the runtime",
  },
} as const satisfies FlagTable;

/** All of them. */
export const RUN_FLAGS = {
  ...MANAGE,
  ...PROCESS,
  ...RESOURCE_FLAGS,
  ...DEVICES,
  ...KEEP_FLAGS,
  ...FILES,
  ...SECURITY,
  ...NETWORK_FLAGS,
  ...NAMESPACES,
  ...NOTES,
} as const satisfies FlagTable;

/** What they are worth. */
export type RunFlags = FlagValues<typeof RUN_FLAGS>;
