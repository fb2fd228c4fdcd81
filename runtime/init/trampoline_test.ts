import assert from "node:assert/strict";
import { hostArch } from "../../sys/numbers.ts";
import { elfFile, EM } from "./elf.ts";
import { CODE, DATA_OFFSET, HEADER, TEXT } from "./layout.ts";
import { parseListing } from "./listing.ts";
import { deref, Program } from "./program.ts";
import {
  type Outcome,
  runElf,
  RUNNERS,
  temporaryExecutable,
} from "./testing.ts";
import { LAUNCH, trampolineCode, TRAMPOLINES } from "./trampoline.ts";

const CLONE_VM = 0x100n, CLONE_CLEAR_SIGHAND = 1n << 32n, SIGCHLD = 17n;
const ENOEXEC = 8, EINVAL = 22;
const PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** What these tests need of libc. */
function openLibc() {
  return Deno.dlopen("libc.so.6", {
    mmap: {
      parameters: ["usize", "usize", "i32", "i32", "i32", "i64"],
      result: "pointer",
    },
    mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
    munmap: { parameters: ["pointer", "usize"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    pipe: { parameters: ["buffer"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  });
}

const addressOf = (bytes: Uint8Array<ArrayBuffer>) =>
  BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
const cstring = (text: string) => new TextEncoder().encode(text + "\0");

/** What a launch came to. */
interface Launch {
  /** What the trampoline returned. */
  result: number;
  /** The child's exit code. */
  code: number;
  /** The launch structure's error field. */
  error: number;
}

/**
 * Launches the file at `path` on the host. `sync` is what the parent does with
 * the pipe the child waits at; without it the child does not wait.
 */
function launch(
  path: string,
  { sync, flags = CLONE_VM | CLONE_CLEAR_SIGHAND }: {
    sync?: "write" | "close";
    flags?: bigint;
  } = {},
): Launch {
  const libc = openLibc();
  const { symbols: c } = libc;
  const page = c.mmap(
    0n,
    4096n,
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE_ANONYMOUS,
    -1,
    0n,
  )!;
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(page, 4096))
    .set(trampolineCode(hostArch()));
  c.mprotect(page, 4096n, PROT_READ | PROT_EXEC);
  const trampoline = new Deno.UnsafeFnPointer(
    page as Deno.PointerObject<never>,
    { parameters: ["buffer", "usize", "buffer"], result: "i64" } as const,
  );

  const execFd = c.open(cstring(path), 0o2000000); // O_RDONLY|O_CLOEXEC
  const pipe = new Int32Array(2);
  if (sync) c.pipe(pipe);
  const strings = [cstring(""), cstring("program"), cstring("argument")];
  const [empty, ...args] = strings.map(addressOf);
  const argv = new BigUint64Array([...args, 0n]);
  const envp = new BigUint64Array(1);
  const fields = new BigInt64Array(LAUNCH.size / 8);
  fields[LAUNCH.execFd / 8] = BigInt(execFd);
  fields[LAUNCH.syncFd / 8] = sync === undefined ? -1n : BigInt(pipe[0]!);
  fields[LAUNCH.closeFd / 8] = BigInt(pipe[1]!);
  fields[LAUNCH.path / 8] = empty!;
  fields[LAUNCH.argv / 8] = addressOf(new Uint8Array(argv.buffer));
  fields[LAUNCH.envp / 8] = addressOf(new Uint8Array(envp.buffer));

  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal,
  // stack, stack_size, tls
  const stack = new Uint8Array(4096);
  const cloneArgs = new BigUint64Array(8);
  cloneArgs.set([flags, 0n, 0n, 0n, SIGCHLD, addressOf(stack), 4096n]);
  const result = Number(
    trampoline.call(
      new Uint8Array(cloneArgs.buffer),
      64n,
      new Uint8Array(fields.buffer),
    ),
  );
  let code = -1;
  if (result > 0) {
    if (sync === "write") c.write(pipe[1]!, new Uint8Array(1), 1n);
    if (sync === "close") {
      c.close(pipe[1]!);
      pipe[1] = 0; // another test may have that number from here on
    }
    const status = new Int32Array(1);
    c.waitpid(result, status, 0);
    code = status[0]! >> 8;
  }
  for (const fd of [execFd, ...pipe]) if (fd > 0) c.close(fd);
  c.munmap(page, 4096n);
  libc.close();
  return { result, code, error: Number(fields[LAUNCH.error / 8]) };
}

/** A program that exits with 40 + argc. */
function countArguments(): Program {
  const program = new Program();
  const argc = program.load(8, deref(program.stack));
  program.sys("exit_group", [program.add(argc, 40)]);
  return program;
}

Deno.test("the trampoline's child is the program it is given", () => {
  using file = temporaryExecutable(countArguments().link(hostArch()).elf);
  const { result, code, error } = launch(file.path);
  assert(result > 0);
  assert.deepEqual({ code, error }, { code: 42, error: 0 });
});

Deno.test("the trampoline's child waits for its parent's byte", () => {
  using file = temporaryExecutable(countArguments().link(hostArch()).elf);
  assert.equal(launch(file.path, { sync: "write" }).code, 42);
});

Deno.test("the trampoline's child exits with 1 when its parent leaves", () => {
  using file = temporaryExecutable(countArguments().link(hostArch()).elf);
  const { code, error } = launch(file.path, { sync: "close" });
  assert.deepEqual({ code, error }, { code: 1, error: 0 });
});

Deno.test("the trampoline's parent learns why the exec failed", () => {
  using file = temporaryExecutable(new TextEncoder().encode("no program"));
  const { code, error } = launch(file.path);
  assert.deepEqual({ code, error }, { code: 127, error: -ENOEXEC });
});

Deno.test("the trampoline returns what clone3 did", () => {
  const CLONE_THREAD = 0x10000n; // without CLONE_SIGHAND
  const { result } = launch("/dev/null", { flags: CLONE_THREAD });
  assert.equal(result, -EINVAL);
});

// What follows runs the aarch64 trampoline wherever it can be run at all. The
// emulator has no clone3, so the child's half is entered by a jump.

const emulated = RUNNERS.find(({ arch }) => arch === "aarch64")!;

/** Calls the trampoline and exits with minus its result. */
const CALL = `
  94000004  bl trampoline
  cb0003e0  neg x0, x0
  52800bc8  mov w8, #0x5e
  d4000001  svc #0x0
`;

/** Enters the trampoline where clone3 has returned 0. */
const ENTER_CHILD = `
  14000005  b child
`;

/** An executable of `start` and the trampoline; launches `sh -c "exit 43"`. */
function aarch64Launch(start: string, syncFd: number): Uint8Array {
  const launch = `
  d2808002  mov x2, #0x400
  f2a00822  movk x2, #0x41, lsl #16
`;
  const text = launch + start + TRAMPOLINES.aarch64;
  const word = (text: string) =>
    new DataView(new TextEncoder().encode(text.padEnd(8, "\0")).buffer)
      .getBigUint64(0, true);
  const at = (index: number) => BigInt(HEADER + 8 * index);
  // struct launch, argv, and the three strings
  const data = new BigUint64Array(14);
  data.set([0n, BigInt(syncFd), at(11), at(7), at(10), 0n, 1n]);
  data.set([at(11), at(12), at(13), 0n], 7);
  data.set([word("/bin/sh"), word("-c"), word("exit 43")], 11);
  const bytes = new Uint8Array(data.buffer);
  return elfFile({
    machine: EM.aarch64,
    entry: CODE,
    text: {
      address: TEXT,
      offset: CODE - TEXT,
      code: parseListing(text).code,
    },
    data: {
      address: HEADER,
      offset: DATA_OFFSET,
      bytes,
      memorySize: bytes.length,
    },
  });
}

const { ignore } = emulated;

Deno.test({
  name: "the aarch64 trampoline returns what clone3 did",
  ignore,
  fn: () => {
    // args and size are 0 here: ENOSYS in the emulator, EINVAL from a kernel
    const { code } = runElf(aarch64Launch(CALL, -1), emulated);
    assert([38, EINVAL].includes(code), `${code}`);
  },
});

/** Runs `elf` with system calls traced to its output where it is emulated. */
function trace(elf: Uint8Array, input: string): Outcome {
  const shell = `exec 2>&1 <${input}; QEMU_STRACE=1 exec "$@"`;
  const command = ["sh", "-c", shell, "sh", ...emulated.command];
  return runElf(elf, { ...emulated, command });
}

/** The exec worked, or the emulator, which may lack the call, was asked for it. */
function assertExecuted({ code, stdout }: Outcome): void {
  const [path, argv, envp] = [11, 7, 10].map((index) => HEADER + 8 * index);
  const call = ` execveat(0,${path},${argv},${envp},4096,`;
  if (code !== 43) assert(code === 127 && stdout.includes(call), stdout);
}

Deno.test({
  name: "the aarch64 trampoline's child executes at once without sync_fd",
  ignore,
  fn: () => assertExecuted(trace(aarch64Launch(ENTER_CHILD, -1), "/dev/null")),
});

Deno.test({
  name: "the aarch64 trampoline's child executes after a byte, else exits",
  ignore,
  fn: () => {
    assertExecuted(trace(aarch64Launch(ENTER_CHILD, 0), "/dev/zero"));
    const atEnd = trace(aarch64Launch(ENTER_CHILD, 0), "/dev/null");
    assert.equal(atEnd.code, 1);
    if (emulated.command.length) assert.match(atEnd.stdout, / close\(1\) = 0/);
    assert.equal(trace(aarch64Launch(ENTER_CHILD, 9), "/dev/null").code, 1);
  },
});
