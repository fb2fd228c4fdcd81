import assert from "node:assert/strict";
import { describe, exitCodeOf } from "./report.ts";
import { UsageError } from "./usage.ts";

const PLAIN = { path: "", debug: false };

Deno.test("an error is one line, and with debug its causes follow", () => {
  const root = new Error("ENOENT");
  const middle = new Error("cannot mount /data", { cause: root });
  const error = new Error("cannot start web\n  it failed", { cause: middle });
  assert.deepEqual(describe(error, PLAIN), ["cannot start web; it failed"]);
  assert.deepEqual(describe(error, { path: "run", debug: true }), [
    "cannot start web; it failed",
    "caused by: cannot mount /data",
    "caused by: ENOENT",
  ]);
});

Deno.test("a mistake in rkl is called one, its stack shown only with debug", () => {
  const error = new TypeError("x is not a function");
  const line = "internal error: x is not a function";
  assert.deepEqual(describe(error, PLAIN), [line]);
  const lines = describe(error, { path: "", debug: true });
  assert.equal(lines[0], line);
  assert.match(lines[1]!, /^ {4}at /);
  assert.deepEqual(describe("thrown", PLAIN), ["internal error: thrown"]);
});

Deno.test("errors of several containers are a line each", () => {
  const error = new AggregateError([new Error("a"), new Error("b")]);
  assert.deepEqual(describe(error, PLAIN), ["a", "b"]);
});

Deno.test("a wrong command line names the command and what was meant", () => {
  const unknown = (word: string) =>
    new UsageError(`unknown flag ${word}`, {
      word,
      known: ["--memory", "--memory-swap", "--detach"],
    });
  const told = (word: string) =>
    describe(unknown(word), { path: "container run", debug: false })[0];
  assert.equal(
    told("--memroy"),
    "container run: unknown flag --memroy, did you mean --memory?",
  );
  assert.equal(
    told("--det"),
    "container run: unknown flag --det, did you mean --detach?",
  );
  assert.equal(
    told("--zzz"),
    "container run: unknown flag --zzz; see rkl container run --help",
  );
  assert.equal(
    told("--root"),
    "container run: unknown flag --root; " +
      "it goes before the command: rkl --root ... container run",
  );
});

Deno.test("the exit code is the error's, or its cause's, or 125", () => {
  const notFound = Object.assign(new Error("no such file"), { exitCode: 127 });
  assert.equal(exitCodeOf(notFound), 127);
  assert.equal(exitCodeOf(new Error("x", { cause: notFound })), 127);
  assert.equal(exitCodeOf(new Error("x")), 125);
  assert.equal(exitCodeOf(null), 125);
});
