/**
 * Starting a program made of rows: clone3 through the trampoline, id maps of a
 * new user namespace, and the wait until the child is on its own.
 *
 * @module
 */
import {
  executableMemfd,
  Fd,
  open,
  pipe,
  read,
  setInheritable,
} from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import { addressOf, cstr, viewMemory, words } from "../sys/memory.ts";
import { hostArch } from "../sys/numbers.ts";
import { reap } from "../sys/process.ts";
import {
  codeAt,
  mapMemory,
  protectMemory,
  syscall,
  trySyscall,
} from "../sys/syscall.ts";
import { LAUNCH, trampolineCode } from "./init/trampoline.ts";
import { CLONE, nameCloneFlags } from "./namespaces.ts";

/** One line of /proc/PID/uid_map, as config.json has it. */
export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

/** How a program is started. */
export interface LaunchOptions {
  /** Its only argument, by which `ps` tells it: `rkl-init` if not given. */
  name?: string;
  /** CLONE_NEW… flags. */
  cloneFlags?: number;
  /** The v2 cgroup to be born in. */
  cgroup?: string | undefined;
  /** A pid namespace to be born in: its file, or a pidfd of one inside. */
  pidNamespace?: Fd | undefined;
  /** Descriptors it keeps, under the same numbers; all else is closed. */
  inherit: readonly Fd[];
  /** Of a new user namespace. */
  uidMappings?: readonly IdMapping[] | undefined;
  gidMappings?: readonly IdMapping[] | undefined;
  /** `cgroup.procs` files that its new user may not write to. */
  enterCgroups?: readonly string[];
}

/** A process that was started. */
export interface Launched {
  /** As the host sees it. */
  pid: number;
  /** Readable when the process has ended. */
  pidfd: Fd;
}

const SIGCHLD = 17;
const STACK_SIZE = 4096;
const CLONE_ARGS_SIZE = 88;
const PAGE = 65536; // the largest page of both architectures

/** What every launch uses; made by the first. */
interface Trampoline {
  readonly call: ReturnType<typeof codeAt>;
  readonly stack: bigint;
}

let trampoline: Trampoline | undefined;
const empty = new Uint8Array(8);

/**
 * Starts an ELF image as a child process. It returns once the child has
 * exec'ed: nothing of rkl's memory is shared any more.
 *
 * @throws {SyscallError} when the kernel refuses
 */
export function launch(elf: Uint8Array, options: LaunchOptions): Launched {
  using image = makeImage(elf);
  return launchImage(image, options);
}

/** The same of an image that is executed more than once. */
export function launchImage(image: Fd, options: LaunchOptions): Launched {
  using cgroup = options.cgroup ? open(options.cgroup) : undefined;
  const maps = options.uidMappings !== undefined;
  const [syncRead, syncWrite] = maps ? pipe() : [undefined, undefined];
  using _read = syncRead;
  using write = syncWrite;
  // Without CLONE_VFORK, the child's copy of this end is closed by its exec.
  const [execRead, execWrite] = maps ? pipe() : [undefined, undefined];
  using executed = execRead;
  using _execWrite = execWrite;
  const name = cstr(options.name ?? "rkl-init");
  const argv = words(addressOf(name), 0);
  const launch = new Uint8Array(LAUNCH.size);
  const view = new DataView(launch.buffer);
  const put = (offset: number, value: number | bigint) =>
    view.setBigInt64(offset, BigInt(value), true);
  put(LAUNCH.execFd, image.number);
  put(LAUNCH.syncFd, syncRead?.number ?? -1);
  put(LAUNCH.path, addressOf(empty));
  put(LAUNCH.argv, addressOf(argv));
  put(LAUNCH.envp, addressOf(empty));
  put(LAUNCH.closeFd, syncWrite?.number ?? 0);

  const { call, stack } = trampoline ??= makeTrampoline();
  const pidfd = new Uint8Array(8);
  const flags = BigInt(CLONE.VM | CLONE.PIDFD) |
    BigInt(CLONE.CLEAR_SIGHAND) |
    // With ids to map the parent must run; otherwise it waits for the exec.
    BigInt(maps ? 0 : CLONE.VFORK) |
    BigInt(options.cloneFlags ?? 0) |
    BigInt(cgroup ? CLONE.INTO_CGROUP : 0);
  // struct clone_args { flags, pidfd, child_tid, parent_tid, exit_signal,
  //   stack, stack_size, tls, set_tid, set_tid_size, cgroup } of u64
  const args = words(
    flags,
    addressOf(pidfd),
    0,
    0,
    SIGCHLD,
    stack,
    STACK_SIZE,
    0,
    0,
    0,
    cgroup?.number ?? 0,
  );
  const pid = withInherited(
    options.inherit,
    () =>
      inPidNamespace(
        options.pidNamespace,
        () => call(addressOf(args), CLONE_ARGS_SIZE, addressOf(launch)),
      ),
  );
  if (pid < 0) {
    const wanted = nameCloneFlags(options.cloneFlags ?? 0);
    throw new SyscallError(
      "start a process",
      wanted === "0" ? "" : `in new namespaces (${wanted})`,
      -pid,
    );
  }
  const child = new Fd(
    new DataView(pidfd.buffer).getInt32(0, true),
    `pid ${pid}`,
  );
  try {
    if (write && executed) {
      syncRead?.[Symbol.dispose]();
      execWrite?.[Symbol.dispose]();
      for (const path of options.enterCgroups ?? []) {
        writeTo(path, String(pid));
      }
      writeIdMaps(pid, options);
      syscall("write", write.number, "M", 1);
      read(executed.number, new Uint8Array(1));
    }
    const error = Number(view.getBigInt64(LAUNCH.error, true));
    if (error !== 0) {
      throw new SyscallError("execute the init program", "", -error);
    }
    return { pid, pidfd: child };
  } catch (error) {
    const SIGKILL = 9;
    trySyscall("pidfd_send_signal", child.number, SIGKILL, null, 0);
    reap(child, { wait: true });
    child[Symbol.dispose]();
    throw error;
  }
}

/**
 * An ELF image as something to execute: a memfd, or, where the host forbids
 * those (vm.memfd_noexec=2), an unlinked file.
 */
export function makeImage(elf: Uint8Array): Fd {
  try {
    return executableMemfd("rkl-init", elf);
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "EACCES") {
      throw error;
    }
  }
  const path = Deno.makeTempFileSync({ dir: "/run", prefix: "rkl-init-" });
  try {
    Deno.writeFileSync(path, elf);
    Deno.chmodSync(path, 0o755); // whoever it will be executes it
    return open(path);
  } finally {
    Deno.removeSync(path);
  }
}

function makeTrampoline(): Trampoline {
  const [PROT_READ, PROT_WRITE, PROT_EXEC] = [1, 2, 4];
  const code = mapMemory(PAGE, PROT_READ | PROT_WRITE);
  viewMemory(code, PAGE).set(trampolineCode(hostArch()));
  protectMemory(code, PAGE, PROT_READ | PROT_EXEC);
  const stack = mapMemory(STACK_SIZE, PROT_READ | PROT_WRITE);
  return { call: codeAt(code), stack };
}

/** Descriptor flags are copied by clone, so they need to be right only then. */
function withInherited<T>(fds: readonly Fd[], action: () => T): T {
  for (const { number } of fds) setInheritable(number, true);
  try {
    return action();
  } finally {
    for (const { number } of fds) setInheritable(number, false);
  }
}

/** The pid namespace of this thread, which never changes. */
let home: Fd | undefined;

/**
 * setns(2) with a pid namespace decides where the calling thread's children
 * are born; the thread itself stays.
 */
function inPidNamespace<T>(there: Fd | undefined, action: () => T): T {
  if (!there) return action();
  home ??= open("/proc/thread-self/ns/pid");
  syscall("setns", there.number, CLONE.NEWPID);
  try {
    return action();
  } finally {
    syscall("setns", home.number, CLONE.NEWPID);
  }
}

function writeIdMaps(pid: number, options: LaunchOptions): void {
  const lines = (mappings: readonly IdMapping[] = []) =>
    mappings.map(({ containerID, hostID, size }) =>
      `${containerID} ${hostID} ${size}\n`
    ).join("");
  for (
    const [file, mappings] of [
      ["uid_map", options.uidMappings],
      ["gid_map", options.gidMappings],
    ] as const
  ) {
    if (!mappings?.length) continue;
    writeTo(`/proc/${pid}/${file}`, lines(mappings));
  }
}

function writeTo(path: string, text: string): void {
  using file = open(path, 1);
  syscall("write", file.number, text, text.length);
}
