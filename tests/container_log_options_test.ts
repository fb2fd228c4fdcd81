/**
 * Drivers and options of logs, and what `rkl container logs` makes of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  inspect,
  launch,
  nameIn,
  ROOTFS,
  runToEnd,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, RKL, sandbox } from "./rkl.ts";

const native = needs("root", "native");

Deno.test({
  name: "the log driver none keeps nothing, and logs says so",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await runToEnd(box, "echo hi", "--log-driver", "none");
    failed(
      await box.rkl("container", "logs", name),
      125,
      `Cannot read the log of "${name}": configured logging driver does not support reading`,
    );
    const { logging } = await inspect(box, name);
    assert.deepEqual(logging, { driver: "none", options: {} });
    // Attached, its output is shown all the same.
    const run = ["container", "run", "--rm", "--log-driver", "none", ROOTFS];
    assert.equal(succeeded(await box.rkl(...run, "echo", "hi")), "hi\n");
  },
});

Deno.test({
  name: "other log drivers and options are refused with what is allowed",
  ...native,
  async fn() {
    await using box = sandbox();
    const run = async (...flags: string[]) =>
      await box.rkl("container", "run", ...flags, ROOTFS, "true");
    failed(
      await run("--log-driver", "syslog"),
      125,
      '--log-driver: expected local or none, or json-file or k8s-file for local, got "syslog"',
    );
    failed(await run("--log-opt", "tag=x"), 125, /--log-opt.*choose labels/);
    failed(
      await run("--log-driver", "none", "--log-opt", "max-size=1m"),
      125,
      /the driver none takes no options, such as max-size/,
    );
  },
});

Deno.test({
  name: "a file's logging is compose's, and flags change it",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/container.yaml`;
    await Deno.writeTextFile(
      file,
      `image: ${ROOTFS}\nargs: ["true"]\n` +
        "logging: {driver: json-file, options: {max-size: 1m, max-file: 3}}\n",
    );
    const optionsWith = async (name: string, ...flags: string[]) => {
      const words = ["--name", nameIn(box, name), ...flags, file];
      return (await inspect(box, await launch(box, words))).logging.options;
    };
    assert.deepEqual(await optionsWith("a"), {
      "max-size": "1m",
      "max-file": "3",
    });
    assert.deepEqual(await optionsWith("b", "--log-opt", "max-file=9"), {
      "max-size": "1m",
      "max-file": "9",
    });
    assert.deepEqual(await optionsWith("c", "--log-driver", "local"), {
      "max-size": "20m",
      "max-file": "5",
    });
  },
});

Deno.test({
  name: "container logs --details tells labels and variables, as docker does",
  ...native,
  async fn() {
    await using box = sandbox();
    const flags = ["-l", "app=a b", "-e", "MODE=x", "-e", "OTHER=y"];
    const choice = ["--log-opt", "labels=app", "--log-opt", "env=MODE"];
    const name = nameIn(box);
    await runToEnd(box, "echo one", ...flags, ...choice);
    const logs = async (...words: string[]) =>
      succeeded(await box.rkl("container", "logs", ...words, name));
    assert.equal(await logs("--details"), "MODE=x,app=a+b one\n");
    assert.match(await logs("--details", "-t"), /^\S+Z MODE=x,app=a\+b one\n$/);
    const json = JSON.parse(await logs("--format", "json-file"));
    assert.deepEqual(json.attrs, { app: "a b", MODE: "x" });
  },
});

Deno.test({
  name: "container logs exports CRI and json-file, both streams to stdout",
  ...native,
  async fn() {
    await using box = sandbox();
    const script =
      "echo one; sleep 0.2; echo two >&2; sleep 0.2; printf '<\\377'";
    const name = nameIn(box);
    await runToEnd(box, script);
    const logs = async (format: string) => {
      const words = ["container", "logs", "--format", format, name];
      const { stdout, stderr } = await box.rkl(...words);
      assert.equal(stderr, "");
      return stdout.trimEnd().split("\n");
    };
    const cri = (await logs("cri")).map((line) =>
      line.split(" ").slice(1).join(" ")
    );
    assert.deepEqual(cri, ["stdout F one", "stderr F two", "stdout P <\ufffd"]);
    const entries = (await logs("json-file")).map((line) => JSON.parse(line));
    assert.deepEqual(
      entries.map(({ stream, log }) => [stream, log]),
      [["stdout", "one\n"], ["stderr", "two\n"], ["stdout", "<\ufffd"]],
    );
  },
});

Deno.test({
  name: "container logs --until, --stdout, --stderr and --tail all",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await runToEnd(box, "echo a; echo b >&2; sleep 0.3; echo c");
    const logs = async (...words: string[]) => {
      const result = await box.rkl("container", "logs", ...words, name);
      return [result.stdout, result.stderr];
    };
    assert.deepEqual(await logs("--tail", "all"), ["a\nc\n", "b\n"]);
    assert.deepEqual(await logs("--stdout"), ["a\nc\n", ""]);
    assert.deepEqual(await logs("--stderr"), ["", "b\n"]);
    assert.deepEqual(await logs("--stdout", "--stderr"), ["a\nc\n", "b\n"]);
    const [stamped] = await logs("-t", "--stdout");
    const [first, second] = stamped!.trimEnd().split("\n")
      .map((line) => line.split(" ")[0]!);
    assert.deepEqual(await logs("--stdout", "--until", first!), ["a\n", ""]);
    assert.deepEqual(await logs("--since", second!), ["c\n", ""]);
    // Seconds since 1970, to the nanosecond.
    const seconds = Math.floor(Date.parse(second!) / 1000);
    const nanos = second!.slice(20, 29);
    assert.deepEqual(await logs("--since", `${seconds}.${nanos}`), ["c\n", ""]);
    failed(
      await box.rkl("container", "logs", "--tail", "few", name),
      125,
      "container logs: --tail few: must be a number of lines, or all",
    );
  },
});

Deno.test({
  name: "logs -f --until ends when that moment comes",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", "echo a; sleep 60"]);
    const until = new Date(Date.now() + 700).toISOString();
    const words = ["container", "logs", "-f", "--until", until, name];
    assert.equal(succeeded(await box.rkl(...words)), "a\n");
    const late = Date.now() - Date.parse(until);
    assert.ok(late >= 0 && late < 20_000, `${late} ms`);
  },
});

Deno.test({
  name: "the end of a log of a gigabyte is found without reading the rest",
  ...native,
  async fn() {
    await using box = sandbox();
    const line = `${"x".repeat(127)}\n`;
    await Deno.writeTextFile(`${box.directory}/lines`, line.repeat(1 << 19));
    const script = "for i in $(seq 16); do cat /in/lines; done; sleep 0.1; " +
      "echo late";
    const name = nameIn(box);
    await runToEnd(
      box,
      script,
      ...["--log-opt", "max-size=-1", "-v", `${box.directory}:/in:ro`],
    );
    const timed = async (...words: string[]) => {
      const start = performance.now();
      const args = [...box.roots, "container", "logs", ...words, name];
      const { stdout } = await command("sh", [
        "-c",
        '"$@" | tail -n 1',
        "sh",
        RKL,
        ...args,
      ]);
      return { time: performance.now() - start, stdout };
    };
    const quickest = async (...words: string[]) => {
      const tries = [];
      for (let i = 0; i < 3; i++) tries.push(await timed(...words));
      return tries.reduce((a, b) => a.time < b.time ? a : b);
    };
    const whole = await timed();
    const stamped = await quickest("-t", "--tail", "1");
    const [since] = stamped.stdout.split(" ");
    const found = await quickest("--since", since!);
    const tail = await quickest("--tail", "1000");
    for (const { stdout } of [whole, found, tail]) {
      assert.equal(stdout, "late\n");
    }
    for (const { time } of [stamped, found, tail]) {
      assert.ok(time < whole.time / 3, `${time} of ${whole.time} ms`);
    }
  },
});
