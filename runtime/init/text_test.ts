import assert from "node:assert/strict";
import { deref, named, NULL, Program } from "./program.ts";

const lines = (program: Program) =>
  program.link("x86_64").rows.map(({ text }) => text);

Deno.test("system calls read as in strace", () => {
  const program = new Program();
  const flags = named(10, "MS_NOSUID|MS_NODEV");
  program.sys("mount", ["proc", "/proc", "proc", flags, NULL]);
  program.sys("write", [1, 'a "b"\n', 6n]);
  program.sys("execve", [
    "/bin/sh",
    program.words(["sh", "-c", "true", 0]),
    program.words([0]),
  ]);
  program.sys("sethostname", [Uint8Array.of(0x77, 0, 0xff), -1]);
  program.sys("umask", [0x12345]);
  assert.deepEqual(lines(program), [
    'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV, NULL)',
    'write(1, "a \\"b\\"\\n", 6)',
    'execve("/bin/sh", ["sh", "-c", "true"], [])',
    'sethostname("w\\0\\377", -1)',
    "umask(0x12345)",
  ]);
});

Deno.test("results, memory and jumps are named", () => {
  const program = new Program();
  const buffer = program.space(64);
  const end = program.label();
  const fd = program.sys("openat", [-100, "/x"], { onError: end });
  program.sys("read", [fd, buffer.plus(8), 8], { onError: "ignore" });
  program.store(2, buffer, fd);
  const word = program.load(8, deref(program.stack));
  program.add(word, 8);
  program.jumpIf(word, "ltu", fd, end);
  program.onFail(end);
  program.jump(end);
  program.place(end);
  program.fail(fd);
  program.failWith(2, "find it");
  assert.deepEqual(lines(program), [
    'openat(-100, "/x") || goto row 8',
    "read($0, &buf0+8, 8) || continue",
    "*(u16 *) &buf0 = $0",
    "*(u64 *) *&stack",
    "$3 + 8",
    "if ($3 <u $0) goto row 8",
    "*(u64 *) &fail_target = row 8",
    "goto row 8",
    "fail(row 0, $0)",
    "fail(row 9, -2)",
  ]);
});
