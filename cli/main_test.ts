import assert from "node:assert/strict";

const decoder = new TextDecoder();

async function rkl(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("main.ts", import.meta.url).pathname, ...args],
  }).output();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("rkl alone and rkl --help list the commands", async () => {
  const { code, out, err } = await rkl();
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.match(out, /^Usage: rkl \[GLOBAL FLAGS\] COMMAND\n/);
  assert.match(out, /\n {2}container, c +Run and manage/);
  assert.doesNotMatch(out, /__complete/);
  assert.equal((await rkl("--help")).out, out);
  assert.equal((await rkl("help")).out, out);
});

Deno.test("rkl container lists its verbs, as its alias does", async () => {
  const { code, out } = await rkl("container");
  assert.equal(code, 0);
  assert.match(out, /\n {2}delete, rm +Delete/);
  assert.equal((await rkl("c", "--help")).out, out);
});

Deno.test("--help of a verb shows its flags and examples", async () => {
  const { code, out } = await rkl("spec", "--help");
  assert.equal(code, 0);
  assert.match(out, /^Usage: rkl spec \[FLAGS\]\n/);
  assert.match(out, /\n {2}-b, --bundle DIR +Write it there/);
  assert.match(out, /\nExamples:\n {2}# .*\n {2}rkl spec/);
  assert.equal((await rkl("help", "spec")).out, out);
});

Deno.test("a wrong command line is one line on stderr and exit code 125", async () => {
  const cases: [string[], string][] = [
    [["contaner"], "unknown command contaner, did you mean container?"],
    [["c", "rnu"], "unknown command container rnu, did you mean run?"],
    [["stop", "x"], "unknown command stop, did you mean container stop?"],
    [["--rot", "/x"], "unknown flag --rot, did you mean --root?"],
    [["spec", "-x"], "spec: unknown flag -x; see rkl spec --help"],
    [["completion"], "completion: SHELL is missing; it takes SHELL"],
    [
      ["completion", "tcsh"],
      'completion: shell "tcsh" must be bash, zsh or fish',
    ],
  ];
  for (const [args, message] of cases) {
    assert.deepEqual(await rkl(...args), {
      code: 125,
      out: "",
      err: `rkl: ${message}\n`,
    });
  }
});

Deno.test("--log appends what stderr says, in the format asked for", async () => {
  const log = await Deno.makeTempFile();
  try {
    const { err } = await rkl("--log", log, "--log-format", "json", "spce");
    await rkl("--log", log, "--log-format=json", "spce");
    const records = (await Deno.readTextFile(log)).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(records.length, 2);
    assert.equal(records[1].level, "error");
    assert.equal(`rkl: ${records[1].msg}\n`, err);
    assert(Date.now() - Date.parse(records[1].time) < 60_000);
  } finally {
    await Deno.remove(log);
  }
});

Deno.test("a log that cannot be written is told beside the error", async () => {
  const { code, err } = await rkl("--log", "/proc/none", "spce");
  assert.equal(code, 125);
  assert.match(
    err,
    /^rkl: unknown command spce.*\nrkl: cannot write to the log/,
  );
});

Deno.test("a reader that went away ends rkl quietly", async () => {
  const script = new URL("main.ts", import.meta.url).pathname;
  const line = `{ "$0" run -A "$1" help; echo $? >&2; } | true`;
  const { stderr } = await new Deno.Command("sh", {
    args: ["-c", line, Deno.execPath(), script],
  }).output();
  assert.equal(decoder.decode(stderr), "141\n");
});

Deno.test("rkl spec writes a config.json, and not over another", async () => {
  const bundle = await Deno.makeTempDir();
  try {
    assert.equal((await rkl("spec", "--bundle", bundle)).code, 0);
    const json = JSON.parse(await Deno.readTextFile(`${bundle}/config.json`));
    assert.equal(json.root.path, "rootfs");
    assert.deepEqual(await rkl("spec", "-b", bundle), {
      code: 125,
      out: "",
      err:
        `rkl: cannot write ${bundle}/config.json: it exists; remove it first\n`,
    });
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
});
