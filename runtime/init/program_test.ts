import assert from "node:assert/strict";
import { type Condition, deref, type Label, NULL, Program } from "./program.ts";
import { run, testOnEach } from "./testing.ts";

const SIGCHLD = 17, CLONE_VM = 0x100, CLONE_VFORK = 0x4000;
const ENOENT = 2, EBADF = 9;

/** Ends `program` with `code`. */
function exit(program: Program, code: Parameters<Program["sys"]>[1][0]) {
  program.sys("exit_group", [code]);
}

testOnEach("a program writes and exits", (runner) => {
  const program = new Program();
  program.sys("write", [1, "hello\n", 6]);
  exit(program, 7);
  assert.deepEqual(run(program, runner), { code: 7, stdout: "hello\n" });
});

testOnEach("a program that runs past its last row exits with 1", (runner) => {
  assert.equal(run(new Program(), runner).code, 1);
});

testOnEach("the linker resolves tables of strings and addresses", (runner) => {
  const program = new Program();
  const tail = program.bytes(new TextEncoder().encode("def"));
  // struct iovec { void *iov_base; size_t iov_len; }
  const iovec = program.words(["abc", 3, tail.plus(1), 2n]);
  program.sys("writev", [1, iovec, 2]);
  exit(program, 0);
  assert.equal(run(program, runner).stdout, "abcef");
});

testOnEach("execve passes argv and environment", (runner) => {
  const program = new Program();
  program.sys("execve", [
    "/bin/sh",
    program.words(["sh", "-c", 'echo "$0 $A"', "zero", 0]),
    program.words(["A=b c", 0]),
  ]);
  assert.deepEqual(run(program, runner), { code: 0, stdout: "zero b c\n" });
});

testOnEach("a failure exits with 1 if nothing else was said", (runner) => {
  const program = new Program();
  program.sys("close", [-1]);
  exit(program, 0);
  assert.equal(run(program, runner).code, 1);
});

/** Has `program` write its failure report, 8 bytes, and exit with 3. */
function report(program: Program, onFail: Label): void {
  program.place(onFail);
  program.sys("write", [1, program.failedRow, 8]);
  exit(program, 3);
}

/** Row index and errno from what {@linkcode report} had written. */
function parseReport(stdout: string): [row: number, errno: number] {
  assert.equal(stdout.length, 8);
  const bytes = Uint8Array.from(stdout, (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}

testOnEach("onFail() gets the row and errno of a failed call", (runner) => {
  const program = new Program();
  const failed = program.label();
  program.onFail(failed);
  program.sys("getpid", []);
  program.sys("chdir", ["/no/such/directory"], { what: "enter it" });
  exit(program, 0);
  report(program, failed);
  const { rows } = program.link(runner.arch);
  const { code, stdout } = run(program, runner);
  assert.equal(code, 3);
  assert.deepEqual(parseReport(stdout), [2, ENOENT]);
  assert.equal(rows[2]?.what, "enter it");
  assert.equal(rows[2]?.syscall, "chdir");
  assert.equal(rows[2]?.text, 'chdir("/no/such/directory")');
});

testOnEach("fail() reports an earlier row, failWith() its own", (runner) => {
  const program = new Program();
  const failed = program.label();
  const closed = program.label();
  program.onFail(failed);
  const close = program.sys("close", [-1], { onError: closed });
  exit(program, 0);
  program.place(closed);
  program.fail(close);
  report(program, failed);
  assert.deepEqual(parseReport(run(program, runner).stdout), [1, EBADF]);

  const other = new Program();
  const otherFailed = other.label();
  other.onFail(otherFailed);
  other.failWith(95, "do this here");
  report(other, otherFailed);
  assert.deepEqual(parseReport(run(other, runner).stdout), [1, 95]);
  assert.equal(other.link(runner.arch).rows[1]?.what, "do this here");
});

testOnEach("an ignored error stays readable in its result", (runner) => {
  const program = new Program();
  const expected = program.label();
  const result = program.sys("chdir", ["/no/such/directory"], {
    onError: "ignore",
  });
  program.jumpIf(result, "eq", -ENOENT, expected);
  exit(program, 4);
  program.place(expected);
  exit(program, 5);
  assert.equal(run(program, runner).code, 5);
});

testOnEach("an error can jump, forwards and backwards", (runner) => {
  const program = new Program();
  const first = program.label();
  const again = program.label();
  const count = program.space(8);
  program.place(again);
  const next = program.add(deref(count), 1);
  program.store(8, count, next);
  program.jumpIf(next, "eq", 3, first);
  program.sys("close", [-1], { onError: again });
  program.place(first);
  const out = program.label();
  program.sys("close", [-1], { onError: out });
  exit(program, 9);
  program.place(out);
  exit(program, deref(count));
  assert.equal(run(program, runner).code, 3);
});

testOnEach("a result is an error from -4095 to -1", (runner) => {
  const program = new Program();
  const [set, get] = [29, 30]; // PR_SET_TIMERSLACK takes any u64
  const error = program.label();
  program.sys("prctl", [set, -4096]);
  const good = program.sys("prctl", [get]);
  program.sys("prctl", [set, -4095]);
  program.sys("prctl", [get], { onError: error });
  exit(program, 3);
  program.place(error);
  const ok = program.label();
  program.jumpIf(good, "eq", -4096, ok);
  exit(program, 4);
  program.place(ok);
  exit(program, 0);
  assert.equal(run(program, runner).code, 0);
});

testOnEach("argv is copied out by loads and adds", (runner) => {
  const program = new Program();
  const argc = program.load(8, deref(program.stack));
  const index = program.space(8);
  const [each, end] = [program.label(), program.label()];
  program.store(8, index, 1);
  program.place(each);
  program.jumpIf(deref(index), "ge", argc, end);
  const slot = program.add(
    program.add(deref(program.stack), 8),
    program.shl(deref(index), 3),
  );
  const string = program.load(8, slot);
  const length = program.space(8);
  const [scan, found] = [program.label(), program.label()];
  program.store(8, length, 0);
  program.place(scan);
  const byte = program.load(1, program.add(string, deref(length)));
  program.jumpIf(byte, "eq", 0, found);
  program.store(8, length, program.add(deref(length), 1));
  program.jump(scan);
  program.place(found);
  program.sys("write", [1, string, deref(length)]);
  program.sys("write", [1, ";", 1]);
  program.store(8, index, program.add(deref(index), 1));
  program.jump(each);
  program.place(end);
  exit(program, argc);
  assert.deepEqual(run(program, runner, ["one", "", "drei"]), {
    code: 4,
    stdout: "one;;drei;",
  });
});

testOnEach(
  "loads extend with zeros, stores touch only their width",
  (runner) => {
    const program = new Program();
    const source = program.words([0xf1f2f3f4f5f6f7f8n]);
    const target = program.space(5 * 8);
    ([1, 2, 4, 8] as const).forEach((width, i) => {
      program.store(8, target.plus(i * 8), program.load(width, source));
    });
    program.store(8, target.plus(32), -1);
    program.store(4, target.plus(32), 0x11111111);
    program.store(2, target.plus(32), 0xabcd2222);
    program.store(1, target.plus(32), 0xabcd33);
    program.sys("write", [1, target, 40]);
    exit(program, 0);
    const { stdout } = run(program, runner);
    const bytes = Uint8Array.from(stdout, (c) => c.charCodeAt(0));
    assert.deepEqual([...new BigUint64Array(bytes.buffer)], [
      0xf8n,
      0xf7f8n,
      0xf5f6f7f8n,
      0xf1f2f3f4f5f6f7f8n,
      0xffffffff11112233n,
    ]);
  },
);

testOnEach("arithmetic is modulo 2^64", (runner) => {
  const program = new Program();
  const results = [
    program.add(-1, 3),
    program.sub(3, 5),
    program.and(0xff00ff00, -256),
    program.or(1n << 63n, 1),
    program.shl(0x81, 56),
    program.shr(-1, 60),
  ];
  const target = program.space(results.length * 8);
  results.forEach((ref, i) => program.store(8, target.plus(i * 8), ref));
  program.sys("write", [1, target, results.length * 8]);
  exit(program, 0);
  const { stdout } = run(program, runner);
  const bytes = Uint8Array.from(stdout, (c) => c.charCodeAt(0));
  assert.deepEqual([...new BigInt64Array(bytes.buffer)], [
    2n,
    -2n,
    0xff00ff00n,
    -(1n << 63n) + 1n,
    -(0x7fn << 56n),
    15n,
  ]);
});

testOnEach("jumpIf() compares signed and unsigned", (runner) => {
  const unsigned = (n: bigint) => BigInt.asUintN(64, n);
  const truth: Record<Condition, (a: bigint, b: bigint) => boolean> = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    lt: (a, b) => a < b,
    ge: (a, b) => a >= b,
    ltu: (a, b) => unsigned(a) < unsigned(b),
    geu: (a, b) => unsigned(a) >= unsigned(b),
  };
  const values = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n];
  const program = new Program();
  let expected = "";
  for (const cond of Object.keys(truth) as Condition[]) {
    for (const a of values) {
      for (const b of values) {
        const [yes, end] = [program.label(), program.label()];
        program.jumpIf(a, cond, b, yes);
        program.sys("write", [1, "0", 1]);
        program.jump(end);
        program.place(yes);
        program.sys("write", [1, "1", 1]);
        program.place(end);
        expected += truth[cond](a, b) ? "1" : "0";
      }
    }
  }
  exit(program, 0);
  assert.equal(run(program, runner).stdout, expected);
});

for (
  const [how, flags] of [
    ["a copy of its parent's memory", SIGCHLD],
    ["its parent's memory", CLONE_VM | CLONE_VFORK | SIGCHLD],
  ] as const
) {
  testOnEach(`a child with ${how} goes on with result 0`, (runner) => {
    const program = new Program();
    const child = program.label();
    const pid = program.sys("clone", [flags, 0, 0, 0, 0]);
    program.jumpIf(pid, "eq", 0, child);
    const status = program.space(4);
    program.sys("wait4", [pid, status, 0, NULL]);
    program.sys("write", [1, "parent", 6]);
    exit(program, program.shr(program.load(4, status), 8));

    program.place(child);
    program.sys("write", [1, "child ", 6]);
    exit(program, 42);
    assert.deepEqual(run(program, runner), {
      code: 42,
      stdout: "child parent",
    });
  });
}

Deno.test("link() refuses a label that was never placed", () => {
  const program = new Program();
  program.jump(program.label());
  assert.throws(() => program.link("x86_64"), /unplaced label/);
});

Deno.test("a string with a NUL in it is refused", () => {
  const program = new Program();
  assert.throws(() => program.sys("chdir", ["/a\0b"]), /"\/a\\u0000b"/);
});

Deno.test("more than six arguments are refused", () => {
  const program = new Program();
  assert.throws(
    () => program.sys("getpid", [1, 2, 3, 4, 5, 6, 7]),
    /getpid with 7 arguments/,
  );
});
