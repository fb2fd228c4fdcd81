import assert from "node:assert/strict";
import { type FlagTable, given, parseFlags } from "./flags.ts";
import { UsageError } from "./usage.ts";
import { assignment, integer, oneOf, text } from "./values.ts";

const TABLE = {
  interactive: { type: Boolean, alias: "i", help: "" },
  tty: { type: Boolean, alias: "t", help: "" },
  env: { type: [assignment], alias: "e", value: "KEY=VALUE", help: "" },
  workdir: { type: text, alias: "w", help: "" },
  memorySwap: { type: integer(-1), help: "" },
  format: { type: oneOf("table", "json"), help: "" },
  entrypoint: { type: String, help: "" },
} as const satisfies FlagTable;

function parse(line: string, stopAtOperand = true) {
  const { flags, operands } = parseFlags(TABLE, line.split(" "), {
    stopAtOperand,
  });
  const { env, ...others } = flags;
  return { ...given(others), ...(env.length > 0 && { env }), operands };
}

function complaint(line: string): string {
  try {
    parse(line);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    assert.equal(error.exitCode, 125);
    return error.message;
  }
  throw new Error(`"${line}" is accepted`);
}

Deno.test("short switches cluster, and the last letter may take a value", () => {
  const both = { interactive: true, tty: true };
  assert.deepEqual(parse("-it web"), { ...both, operands: ["web"] });
  const all = { ...both, workdir: "/srv", operands: ["web"] };
  for (const w of ["-itw /srv", "-itw/srv", "-itw=/srv", "-it -w /srv"]) {
    assert.deepEqual(parse(`${w} web`), all, w);
  }
});

Deno.test("a repeated flag keeps every value, in order", () => {
  assert.deepEqual(parse("-e A=1 --env B=2=3 --env=C -eD= web").env, [
    "A=1",
    "B=2=3",
    "C",
    "D=",
  ]);
});

Deno.test("of a flag that is not repeatable the last value counts", () => {
  assert.equal(parse("-w /a --workdir /b web").workdir, "/b");
});

Deno.test("the first operand ends the flags where the rest is a command", () => {
  assert.deepEqual(parse("-i web ls -la -e X=1 -- -t"), {
    interactive: true,
    operands: ["web", "ls", "-la", "-e", "X=1", "--", "-t"],
  });
});

Deno.test("elsewhere flags may follow operands", () => {
  assert.deepEqual(parse("web -i db -", false), {
    interactive: true,
    operands: ["web", "db", "-"],
  });
});

Deno.test("-- ends the flags and is dropped", () => {
  assert.deepEqual(parse("-i -- -t -e"), {
    interactive: true,
    operands: ["-t", "-e"],
  });
  assert.deepEqual(parse("a -- -t", false), { operands: ["a", "-t"] });
});

Deno.test("a value is the next word, whatever it looks like", () => {
  assert.equal(parse("--memory-swap -1 web").memorySwap, -1);
  assert.equal(parse("--workdir --env web").workdir, "--env");
  assert.equal(parse("-w a:b.c=d web").workdir, "a:b.c=d");
  assert.equal(parse("--entrypoint= web").entrypoint, "");
});

Deno.test("a switch can be given as =true and =false, and as nothing else", () => {
  assert.equal(parse("--tty=false web").tty, false);
  assert.equal(parse("--tty=true web").tty, true);
  assert.equal(
    complaint("--tty=maybe web"),
    "--tty=maybe: --tty is a switch, its value can be only true or false",
  );
});

Deno.test("a wrong line is refused with what would be right", () => {
  assert.equal(complaint("-it -w"), "-w needs a value: -w VALUE");
  assert.equal(complaint("--env"), "--env needs a value: --env KEY=VALUE");
  assert.equal(complaint("--env =x web"), "--env =x: must be KEY=VALUE");
  assert.equal(complaint("--workdir= web"), '--workdir "": must not be empty');
  assert.equal(
    complaint("--memory-swap 1e3 web"),
    "--memory-swap 1e3: must be an integer, -1 or more",
  );
  assert.equal(
    complaint("--format yaml web"),
    "--format yaml: must be table or json",
  );
  assert.equal(complaint("-ixt web"), "unknown flag -x in -ixt");
  assert.equal(complaint("--memorySwap 1"), "unknown flag --memorySwap");
});
