/**
 * The flags of `rkl container run` and `create`, spelled as docker spells them.
 *
 * @module
 */
import type { FlagTable, FlagValues } from "../flags.ts";
import { signalText } from "../signal_flag.ts";
import { parseMemory } from "../../container/quantity.ts";
import {
  assignment,
  integer,
  label,
  numberList,
  oneOf,
  pair,
  text,
} from "../values.ts";
import { ATTACH } from "./attach_flags.ts";
import { bindMount, mountOption, tmpfsMount } from "./mount_flags.ts";
import { expose, publish } from "./publish_flag.ts";
import { NETWORK_FLAGS } from "./network_flags.ts";
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
  cidfile: { type: text, value: "FILE", help: "Write its name to FILE" },
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
    type: [oneOf("no-new-privileges", "no-new-privileges=true")],
    value: "OPTION",
    help: "no-new-privileges: no program it executes gains any",
  },
  readOnly: { type: Boolean, help: "Mount its root filesystem read-only" },
} as const satisfies FlagTable;

const RESOURCES = {
  memory: {
    type: parseMemory,
    alias: "m",
    value: "BYTES",
    help: "Limit of memory, such as 64Mi or 64m",
  },
  memorySwap: {
    type: (text: string) => text === "-1" ? -1 : parseMemory(text),
    value: "BYTES",
    help: "Limit of memory and swap together, or -1",
  },
  memoryReservation: {
    type: parseMemory,
    value: "BYTES",
    help: "Memory it keeps when the host runs short",
  },
  cpus: {
    type: text,
    value: "N",
    help: "Limit of CPU time, such as 1.5 or 500m",
  },
  cpuShares: {
    type: integer(2, 262144),
    value: "N",
    help: "Weight against others, 1024 being the usual one",
  },
  cpusetCpus: {
    type: numberList,
    value: "LIST",
    help: "CPUs it may run on, such as 0-2,5",
  },
  cpusetMems: {
    type: numberList,
    value: "LIST",
    help: "Memory nodes it may use, such as 0",
  },
  pidsLimit: {
    type: integer(-1),
    value: "N",
    help: "Limit of processes and threads; -1 for none",
  },
  cgroupParent: {
    type: text,
    value: "PATH",
    help: "Cgroup below which its own is made",
  },
} as const satisfies FlagTable;

const FILES = {
  volume: {
    type: [bindMount],
    alias: "v",
    value: "SOURCE:TARGET[:OPTIONS]",
    help: "Bind a directory or file of the host: /srv:/data:ro",
  },
  mount: {
    type: [mountOption],
    value: "SETTINGS",
    help: "type=bind,source=/srv,target=/data,readonly",
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
    type: oneOf("private", "host"),
    value: "MODE",
    help: "private (default), or host: see the host's processes",
  },
  ipc: {
    type: oneOf("private", "host"),
    value: "MODE",
    help: "private (default), or host",
  },
  uts: {
    type: oneOf("private", "host"),
    value: "MODE",
    help: "private (default), or host: share the host name",
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
  ...RESOURCES,
  ...FILES,
  ...SECURITY,
  ...NETWORK_FLAGS,
  ...NAMESPACES,
  ...NOTES,
} as const satisfies FlagTable;

/** What they are worth. */
export type RunFlags = FlagValues<typeof RUN_FLAGS>;
