/**
 * What the kernel can hold containers with, and what rkl itself may do.
 *
 * @module
 */
import { describeErrno, ERRNO } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { executableMemfd } from "../../sys/fd.ts";
import { type Answer, type Finding, findingOf } from "../../sys/finding.ts";
import { ACTIONS } from "../seccomp/actions.ts";
import { askAction } from "../seccomp/filter.ts";
import { CAPABILITIES } from "../spec/tables.ts";
import { findAppArmorParser } from "./apparmor.ts";
import { activeModules } from "./security_modules.ts";

/** What a seccomp filter may do, the strictest first. */
const FILTER_ACTIONS: ReadonlyMap<string, number> = new Map([
  ["kill-process", ACTIONS.SCMP_ACT_KILL_PROCESS],
  ["kill-thread", ACTIONS.SCMP_ACT_KILL_THREAD],
  ["trap", ACTIONS.SCMP_ACT_TRAP],
  ["errno", ACTIONS.SCMP_ACT_ERRNO],
  ["notify", ACTIONS.SCMP_ACT_NOTIFY],
  ["trace", ACTIONS.SCMP_ACT_TRACE],
  ["log", ACTIONS.SCMP_ACT_LOG],
  ["allow", ACTIONS.SCMP_ACT_ALLOW],
]);

/** What rkl needs of capabilities, and for what. */
const NEEDED: readonly (readonly [name: string, why: string])[] = [
  ["CAP_SYS_ADMIN", "makes namespaces and mounts"],
  ["CAP_NET_ADMIN", "makes networks; --network none and host work without"],
  [
    "CAP_SYS_RESOURCE",
    "raises hard limits (--ulimit); lower ones work without",
  ],
  ["CAP_SETUID", "runs programs as other users"],
  ["CAP_SETGID", "runs programs in other groups"],
  ["CAP_SETPCAP", "takes capabilities from containers"],
  ["CAP_CHOWN", "gives files to a container's users"],
  ["CAP_DAC_OVERRIDE", "reaches files of other users"],
  ["CAP_MKNOD", "makes devices; bind mounts of the host's work without"],
  ["CAP_KILL", "sends signals to containers of other users"],
];

/** Findings about security modules, filters of system calls and memfds. */
export function findSecurity(): Finding[] {
  const modules = activeModules();
  return [
    findingOf({
      name: "seccomp",
      why: "keeps system calls from containers",
      remedy: "CONFIG_SECCOMP_FILTER; containers run without a filter",
    }, seccompAnswer()),
    moduleFinding("apparmor", "CONFIG_SECURITY_APPARMOR", modules),
    ...findAppArmorParser(),
    moduleFinding("selinux", "CONFIG_SECURITY_SELINUX", modules),
    findingOf({
      name: "security-modules",
      why: "are what the host holds all processes with",
      remedy: "mount -t securityfs none /sys/kernel/security, to see them",
    }, modulesAnswer(modules)),
    findingOf({
      name: "executable-memfd",
      why: "holds the program that makes a container",
      remedy: "vm.memfd_noexec=0 or 1; with 2, a file in /run is used instead",
    }, memfdAnswer()),
  ];
}

function seccompAnswer(): Answer {
  const results = [...FILTER_ACTIONS].map(([name, action]) => ({
    name,
    result: askAction(action),
  }));
  const there = results.filter(({ result }) => result === 0);
  const names = there.map(({ name }) => name).join(" ");
  if (there.length === FILTER_ACTIONS.size) {
    return { status: "ok", detail: names };
  }
  if (there.length > 0) return { status: "limited", detail: `only ${names}` };
  const { result } = results[0]!;
  return { status: "missing", detail: describeErrno(-result) };
}

function moduleFinding(
  name: string,
  option: string,
  modules: readonly string[] | undefined,
): Finding {
  const status = modules === undefined
    ? "unknown"
    : modules.includes(name)
    ? "ok"
    : "missing";
  return findingOf({
    name,
    why: "confines containers by rules of the host",
    remedy: `${option}, and ${name} in lsm= when booting; containers run ` +
      "without",
  }, { status, detail: "" });
}

function modulesAnswer(modules: readonly string[] | undefined): Answer {
  if (modules === undefined) return { status: "unknown", detail: "" };
  return { status: "ok", detail: modules.join(" ") || "none" };
}

function memfdAnswer(): Answer {
  try {
    using _file = executableMemfd("rkl-probe", new Uint8Array(1));
    return { status: "ok", detail: "" };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const status = error.errno === ERRNO.EACCES ? "limited" : "missing";
    return { status, detail: describeErrno(error.errno) };
  }
}

/** Findings about the capabilities of this process that matter. */
export function findCapabilities(
  status: string = Deno.readTextFileSync("/proc/self/status"),
): Finding[] {
  const held = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? 0}`);
  return NEEDED.map(([name, why]) => {
    const has = (held >> BigInt(CAPABILITIES.get(name)!) & 1n) === 1n;
    return findingOf({
      name: name.toLowerCase().replaceAll("_", "-"),
      why,
      remedy: "run rkl as root, outside of containers",
    }, { status: has ? "ok" : "missing", detail: "" });
  });
}
