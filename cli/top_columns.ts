/**
 * The columns of `rkl top`, by the words of ps(1) and of podman.
 *
 * @module
 */
import type { ProcessFacts, ProcessList } from "../container/process_facts.ts";
import { printable } from "./printable.ts";
import { clock, shortClock, startText, terminalName } from "./ps_text.ts";

/** One column. */
export interface Column {
  readonly heading: string;
  readonly text: (process: ProcessFacts, list: ProcessList) => string;
}

type Columns = Readonly<Record<string, Column>>;

const KIBI = 1024;

const pid = column("PID", ({ pid }) => pid);
const comm = column("COMMAND", ({ name }) => name);
const args = column("COMMAND", commandOf);
const cmd = { ...args, heading: "CMD" };
const cpu = column("%CPU", (process) => cpuPercent(process).toFixed(1));
const memory = column(
  "%MEM",
  ({ residentBytes }, { hostMemory }) =>
    (residentBytes / hostMemory * 100).toFixed(1),
);
const size = column("VSZ", ({ virtualBytes }) => virtualBytes / KIBI);
const resident = column("RSS", ({ residentBytes }) => residentBytes / KIBI);
const tty = column("TTY", ({ terminal }) => terminalName(terminal));
const stime = column("STIME", ({ elapsed }) => startText(elapsed, new Date()));
const start = { ...stime, heading: "START" };
const time = column("TIME", ({ cpuTime }) => clock(cpuTime));
const etime = column("ELAPSED", ({ elapsed }) => shortClock(elapsed));
const nice = column("NI", ({ nice }) => nice);
const state = column("S", ({ state }) => state);
const pgid = column("PGID", ({ group }) => group);
const sid = column("SID", ({ session }) => session);
const threads = column("NLWP", ({ threads }) => threads);
const user = column(
  "USER",
  ({ user }, { hostUsers }) => nameIn(hostUsers, user.effective),
);
const ruser = column(
  "RUSER",
  ({ user }, { hostUsers }) => nameIn(hostUsers, user.real),
);
const group = column(
  "GROUP",
  ({ gid }, { hostGroups }) => nameIn(hostGroups, gid.effective),
);
const rgroup = column(
  "RGROUP",
  ({ gid }, { hostGroups }) => nameIn(hostGroups, gid.real),
);

/** As `ps -o` has them; pids and users are the host's. */
const PS_COLUMNS: Columns = {
  "%cpu": cpu,
  "%mem": memory,
  args,
  c: column("C", (process) => Math.floor(cpuPercent(process))),
  cmd,
  comm,
  command: args,
  cputime: time,
  egroup: { ...group, heading: "EGROUP" },
  etime,
  etimes: column("ELAPSED", ({ elapsed }) => Math.floor(elapsed)),
  euid: column("EUID", ({ user }) => user.effective),
  euser: { ...user, heading: "EUSER" },
  gid: column("GID", ({ gid }) => gid.effective),
  group,
  ni: nice,
  nice,
  nlwp: threads,
  pcpu: cpu,
  pgid,
  pgrp: { ...pgid, heading: "PGRP" },
  pid,
  pmem: memory,
  ppid: column("PPID", ({ parent }) => parent),
  rgroup,
  rss: resident,
  ruid: column("RUID", ({ user }) => user.real),
  ruser,
  s: state,
  sess: { ...sid, heading: "SESS" },
  sid,
  start_time: start,
  state,
  stime,
  thcount: { ...threads, heading: "THCNT" },
  time,
  tt: { ...tty, heading: "TT" },
  tty,
  ucmd: { ...comm, heading: "CMD" },
  uid: column("UID", ({ user }) => user.effective),
  user,
  vsz: size,
};

/** As podman has them: pids and users are the container's, unless with an `h`. */
const PODMAN_COLUMNS: Columns = {
  args,
  comm,
  etime,
  group: column(
    "GROUP",
    ({ gid }, { groups }) => nameIn(groups, gid.effective),
  ),
  hgroup: { ...group, heading: "HGROUP" },
  hpid: { ...pid, heading: "HPID" },
  huser: { ...user, heading: "HUSER" },
  nice,
  pcpu: cpu,
  pgid: column("PGID", ({ inside }) => inside.group),
  pid: column("PID", ({ inside }) => inside.pid),
  ppid: column("PPID", ({ parent }, { processes }) =>
    // That of init is nobody in there.
    processes.find(({ pid }) => pid === parent)?.inside.pid ?? 0),
  rgroup: column("RGROUP", ({ gid }, { groups }) => nameIn(groups, gid.real)),
  rss: resident,
  ruser: column("RUSER", ({ user }, { users }) => nameIn(users, user.real)),
  state: { ...state, heading: "STATE" },
  stime,
  time,
  tty,
  user: column("USER", ({ user }, { users }) => nameIn(users, user.effective)),
  vsz: size,
};

/** The columns of `ps -ef`. */
const FULL = [
  { ...user, heading: "UID" },
  ...["pid", "ppid", "c", "stime", "tty", "time", "cmd"].map((name) =>
    PS_COLUMNS[name]!
  ),
];

/** The columns of `ps aux`. */
const USERS = [
  ..."user pid %cpu %mem vsz rss tty".split(" ").map((name) =>
    PS_COLUMNS[name]!
  ),
  { ...state, heading: "STAT" },
  start,
  time,
  args,
];

/**
 * The columns that options of ps(1), or podman's words, ask for. Undefined
 * where only ps itself knows what they mean.
 */
export function columnsFor(options: readonly string[]): Column[] | undefined {
  const line = options.join(" ");
  if (["", "-ef", "-f", "-e -f", "-Af"].includes(line)) return FULL;
  if (["aux", "-aux"].includes(line)) return USERS;
  const listed = /^(?:-e )?-(?:e|A)?o ?([^\s=]+(?: -o ?[^\s=]+)*)$/.exec(line);
  if (listed) return named(PS_COLUMNS, listed[1]!.split(/,| -o ?/));
  return named(PODMAN_COLUMNS, line.split(/[ ,]/));
}

function named(columns: Columns, names: readonly string[]) {
  if (!names.every((name) => Object.hasOwn(columns, name))) return undefined;
  return names.map((name) => columns[name]!);
}

/** The table of processes, its heading first. */
export function processTable(
  list: ProcessList,
  columns: readonly Column[],
): string[][] {
  return [
    columns.map(({ heading }) => heading),
    ...list.processes.map((process) =>
      columns.map(({ text }) => text(process, list))
    ),
  ];
}

function column(
  heading: string,
  value: (process: ProcessFacts, list: ProcessList) => string | number,
): Column {
  return {
    heading,
    text: (process, list) => printable(String(value(process, list))),
  };
}

function nameIn(names: ReadonlyMap<number, string>, id: number): string {
  return names.get(id) ?? String(id);
}

/** The name in brackets where there is no command line, as ps prints it. */
function commandOf({ name, args }: ProcessFacts): string {
  return args.length > 0 ? args.join(" ") : `[${name}]`;
}

function cpuPercent({ cpuTime, elapsed }: ProcessFacts): number {
  return elapsed > 0 ? cpuTime / elapsed * 100 : 0;
}
