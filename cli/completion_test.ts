import assert from "node:assert/strict";
import { complete, type Completion } from "./complete.ts";
import { SCRIPTS } from "./completion.ts";

/** Two containers, wherever an operand or flag names one. */
const lookup = (operand: string) =>
  Promise.resolve(/^(ID|NAMES?)$/.test(operand) ? ["web", "db"] : []);

async function words(line: string): Promise<string[]> {
  return wordsOf(await complete(line.split(" "), lookup));
}

function wordsOf({ words, files }: Completion): string[] {
  return [...words.map(([word]) => word), ...(files ? ["<files>"] : [])];
}

Deno.test("commands complete by their beginning", async () => {
  assert.deepEqual(await words("cont"), ["container"]);
  assert.deepEqual(await words("sta"), ["stats", "start", "state"]);
  assert.deepEqual(await words("container st"), [
    "start",
    "stop",
    "state",
    "stats",
  ]);
  assert.deepEqual(await words("c in"), ["inspect"]);
  assert((await words("")).length > 10);
  assert.deepEqual(await words("nonsense x"), []);
});

Deno.test("flags complete before the command and after it", async () => {
  assert.deepEqual(await words("--log"), ["--log", "--log-format"]);
  assert.deepEqual(await words("--log-format "), ["text", "json"]);
  assert.deepEqual(await words("--root "), ["<files>"]);
  assert.deepEqual(await words("--root /x spec --b"), ["--bundle"]);
  assert.deepEqual(await words("spec --bundle "), ["<files>"]);
  assert.deepEqual(await words("spec -b "), ["<files>"]);
});

Deno.test("help completes commands, completion completes shells", async () => {
  assert.deepEqual(await words("help cont"), ["container"]);
  assert.deepEqual(await words("help container lo"), ["logs"]);
  assert.deepEqual(await words("completion "), ["bash", "zsh", "fish"]);
});

Deno.test("operands complete to containers and signals", async () => {
  assert.deepEqual(await words("kill "), ["web", "db"]);
  assert.deepEqual(await words("kill --all w"), ["web"]);
  assert.deepEqual(await words("kill web KI"), ["KILL"]);
  assert.deepEqual(await words("container stop -t 1 web "), ["web", "db"]);
  assert.deepEqual(await words("container kill -s US"), ["USR1", "USR2"]);
});

Deno.test("the words of another program are left to it", async () => {
  assert.deepEqual(await words("container exec web --e"), []);
  assert.deepEqual(await words("container exec --u"), ["--user"]);
});

for (const [shell, script] of Object.entries(SCRIPTS)) {
  Deno.test({
    name: `the script for ${shell} is one that ${shell} accepts`,
    ignore: !await installed(shell),
    async fn() {
      const { code, stderr } = await runIn(shell, ["-n"], script);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    },
  });
}

Deno.test({
  name: "bash offers what rkl says, and file names where it says so",
  ignore: !await installed("bash"),
  async fn() {
    const script = `
      rkl() { [[ $1 == __complete ]] && shift 2
        [[ $* == "spec --bundle /et" ]] && echo :files
        [[ $* == "container st" ]] && printf 'start\\tx\\nstop\\ty\\n'
        [[ \${*: -1} == "" ]] && printf 'run\\tx\\n'; }
      ${SCRIPTS.bash}
      try() { COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=($1)
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _rkl; echo "\${COMPREPLY[*]}"; }
      try "rkl container st"; try "rkl container "; try "rkl spec --bundle /et"`;
    const { stdout, stderr } = await runIn("bash", [], script);
    assert.deepEqual(
      { lines: stdout.trimEnd().split("\n"), stderr },
      { lines: ["start stop", "run", "/etc"], stderr: "" },
    );
  },
});

async function installed(shell: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${shell}`],
    stdout: "null",
  }).output();
  return success;
}

async function runIn(shell: string, flags: string[], script: string) {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, script);
  try {
    const { code, stdout, stderr } = await new Deno.Command(shell, {
      args: [...flags, file],
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  } finally {
    await Deno.remove(file);
  }
}
