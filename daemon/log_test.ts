import assert from "node:assert/strict";
import { command } from "../tests/rkl.ts";

Deno.test("a log makes room, and no line is lost or cut", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-log-" });
  try {
    const module = new URL("./log.ts", import.meta.url).href;
    const script = `const { logger, openLog } = await import("${module}");
      const log = logger("${directory}", 1000);
      for (let i = 0; i < 60; i++) log("line " + i + "\\nmore");
      console.error("not through the logger");`;
    const run = `exec "$0" eval "$1" 2>>${directory}/log`;
    const words = ["-c", run, Deno.execPath(), script];
    const { code } = await command("sh", words);
    assert.equal(code, 0);
    const [old, now] = ["log.1", "log"].map((name) =>
      Deno.readTextFileSync(`${directory}/${name}`)
    );
    assert(old!.length > 1000 && old!.length < 1100, `${old!.length}`);
    assert(now!.endsWith("not through the logger\n"));
    const lines = (old! + now!).trimEnd().split("\n").slice(0, -1);
    const numbers = lines.map((line) => {
      const [, number] = /^\S+Z line (\d+); more$/.exec(line) ?? [];
      return Number(number);
    });
    const first = numbers[0]!;
    assert.deepEqual(numbers, numbers.map((_, index) => first + index));
    assert.equal(numbers.at(-1), 59);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
