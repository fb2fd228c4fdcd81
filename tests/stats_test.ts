/**
 * `rkl stats`: what the kernel counts, of whoever runs now.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  IMAGE,
  killNow,
  launch,
  monitorOf,
  nameIn,
  ROOTFS,
  sleeper,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { place } from "./netns.ts";
import { eventually, RKL, type Sandbox, sandbox } from "./rkl.ts";
import { Terminal } from "./tmux.ts";

const root = needs("root");

/** A line of `--format json`. */
interface Row {
  ID: string;
  Name: string;
  CPUPerc: string;
  MemUsage: string;
  MemPerc: string;
  NetIO: string;
  BlockIO: string;
  PIDs: string;
}

function parse(lines: string): Row[] {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** What is used now. */
async function look(box: Sandbox, ...words: string[]): Promise<Row[]> {
  const once = ["stats", "--no-stream", "--format", "json", ...words];
  return parse(succeeded(await box.rkl(...once)));
}

Deno.test({
  name: "stats --no-stream: processor, memory and its limit, tasks",
  ...root,
  async fn() {
    await using box = sandbox();
    const [idle, busy] = [nameIn(box, "idle"), nameIn(box, "busy")];
    succeeded(await box.rkl(...sleeper(idle, "-m", "64Mi")));
    const spin = "sleep 1000 & while :; do :; done";
    await launch(box, ["--name", busy, ROOTFS, "sh", "-c", spin]);
    const rows = await look(box, busy, idle);
    assert.deepEqual(rows.map(({ Name }) => Name).sort(), [busy, idle].sort());
    const [one, two] = [idle, busy].map((name) =>
      rows.find(({ Name }) => Name === name)!
    );
    assert.match(one!.MemUsage, /^[1-9][\d.]*KiB \/ 64MiB$/);
    assert.match(one!.MemPerc, /^0\.[1-9]\d%$/);
    assert.deepEqual([one!.PIDs, two!.PIDs], ["1", "2"]);
    assert.match(one!.CPUPerc, /^[01]\.\d\d%$/);
    assert(parseFloat(two!.CPUPerc) > 5, two!.CPUPerc);
    assert(parseFloat(two!.CPUPerc) < 110, two!.CPUPerc);
    const { total } = Deno.systemMemoryInfo();
    assert.match(two!.MemUsage, / \/ [\d.]+[GM]iB$/);
    const limit = parseFloat(two!.MemUsage.split(" / ")[1]!);
    const unit = two!.MemUsage.endsWith("GiB") ? 2 ** 30 : 2 ** 20;
    assert(Math.abs(limit * unit - total) < 0.01 * total);
    for (const { NetIO } of rows) assert.equal(NetIO, "0B / 0B");
  },
});

Deno.test({
  name: "stats: a table of what runs, with --all of what does not, or of names",
  ...root,
  async fn() {
    await using box = sandbox();
    const ended = nameIn(box, "e");
    const { id } = await startSleeper(box);
    succeeded(
      await box.rkl("container", "run", "--name", ended, IMAGE, "true"),
    );
    const [table, full, all, named] = await Promise.all([
      box.rkl("stats", "--no-stream"),
      box.rkl("stats", "--no-stream", "--no-trunc"),
      look(box, "--all"),
      look(box, ended),
    ]);
    const [head, row, ...rest] = succeeded(table).trimEnd().split("\n");
    assert.match(
      head!,
      /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
    assert(row!.startsWith(`${id.slice(0, 12)} `));
    assert.deepEqual(rest, []);
    assert(succeeded(full).includes(`\n${id} `));
    assert.equal(all.length, 2);
    const { MemUsage, CPUPerc, PIDs } = named[0]!;
    assert.deepEqual([MemUsage, CPUPerc, PIDs], ["0B / 0B", "0.00%", "0"]);
    failed(
      await box.rkl("stats", "nobody"),
      125,
      /^rkl: .*container "?nobody"? .*\n$/,
    );
  },
});

Deno.test({
  name: "stats: who starts appears, who ends or is killed goes",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [first, second] = [nameIn(box, "1"), nameIn(box, "2")];
    const one = await startSleeper(box, [], first);
    const child = box.spawn(["stats", "--format", "json"], {
      stdin: "null",
      stdout: "piped",
    });
    let text = "";
    const reading = (async () => {
      for await (const chunk of child.stdout) {
        text += new TextDecoder().decode(chunk);
      }
    })();
    /** The names of the last lines, as many as there are containers. */
    const shows = (...names: string[]) => {
      const last = text.slice(0, text.lastIndexOf("\n") + 1);
      const rows = parse(last).map(({ Name }) => Name);
      return rows.slice(-2 * names.length).join() ===
        [...names, ...names].join();
    };
    await eventually("one is shown", () => shows(first), 60);
    const two = await startSleeper(box, [], second);
    await eventually("two are shown", () => shows(second, first), 60);
    succeeded(await box.rkl("container", "stop", "-t", "0", one.id));
    await eventually("the one that was stopped is gone", () => {
      return shows(second);
    }, 60);
    killNow([monitorOf(two)]);
    const length = () => text.length;
    await eventually("nothing is shown any more", async () => {
      const before = length();
      await new Promise((done) => setTimeout(done, 2500));
      return length() === before;
    }, 60);
    child.kill("SIGTERM");
    await child.status;
    await reading;
  },
});

Deno.test({
  name: "stats in a terminal: redrawn in place, as large as it is",
  ...needs("root", "tmux", "native"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await startSleeper(box, [], name);
    await using tty = await Terminal.open(box.directory);
    await tty.enter([RKL, ...box.roots, "stats"].join(" "));
    await tty.shows(new RegExp(`^CONTAINER ID .*\n[0-9a-f]{12} +${name} `));
    const other = nameIn(box, "other");
    await startSleeper(box, [], other);
    await tty.shows(
      new RegExp(`^CONTAINER ID .*\n.* ${other} .*\n.* ${name} [^\n]*$`),
    );
    await tty.resize(40, 3);
    await tty.shows(/^CONTAINER ID [^\n]*\n… and 2 more$/);
    await tty.resize(100, 24);
    succeeded(await box.rkl("container", "delete", "--force", name, other));
    await tty.shows(/^CONTAINER ID [^\n]*$/);
    await tty.type("", "C-c");
    await tty.shows(/host>$/);
  },
});

Deno.test({
  name: "stats: what passes a container's networks, from the container's side",
  ...needs("root", "tool:nsenter"),
  async fn() {
    await using here = place();
    succeeded(
      await here.network("create", "--subnet", "10.9.8.0/24", "front"),
    );
    const { code, stderr } = await here.start("web", "--network", "front");
    assert.equal(code, 0, stderr);
    const own = ["--name", "peer", "--network", "container:web"];
    const run = ["container", "run", "-d", ...own, ROOTFS, "sleep", "1000"];
    assert.equal((await here.rkl(...run)).code, 0);
    const stats = async () => {
      const words = ["stats", "--no-stream", "--format", "json", "web", "peer"];
      const { stdout } = await here.rkl(...words);
      return parse(stdout).map(({ NetIO }) => NetIO);
    };
    // 20 packets with 1400 bytes and headers, there and back, and a few more.
    const ping = "ping -q -c 20 -i 0.01 -s 1400 10.9.8.1";
    const before = (await stats()).map(bytesOf);
    succeeded(await here.exec("web", ping));
    const after = (await stats()).map(bytesOf);
    assert.equal(after.length, 2);
    for (const [index, [received, sent]] of after.entries()) {
      const grown = [
        received! - before[index]![0]!,
        sent! - before[index]![1]!,
      ];
      for (const bytes of grown) assert(28_000 < bytes && bytes < 60_000);
    }
    const one = await here.exec(
      "web",
      "cat /sys/class/net/eth0/statistics/rx_bytes",
    );
    assert(Math.abs(Number(one.stdout) - after[0]![0]!) < 3000, one.stdout);
  },
});

/** `1.5kB / 20B` in bytes. */
function bytesOf(text: string): number[] {
  return text.split(" / ").map((size) => {
    const [, number, unit] = /^([\d.]+)(k|M)?B$/.exec(size)!;
    const times = { k: 1e3, M: 1e6 }[unit ?? ""] ?? 1;
    return Number(number) * times;
  });
}

Deno.test({
  name: "stats of many containers takes little of a processor",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const count = 40;
    const names = Array.from({ length: count }, (_, i) => nameIn(box, `${i}`));
    for (let at = 0; at < count; at += 10) {
      await Promise.all(
        names.slice(at, at + 10).map((name) => box.rkl(...sleeper(name))),
      );
    }
    const child = box.spawn(["stats", "--format", "json"], {
      stdin: "null",
      stdout: "null",
    });
    const ticks = () => {
      const stat = Deno.readTextFileSync(`/proc/${child.pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(fields[11]) + Number(fields[12]);
    };
    await new Promise((done) => setTimeout(done, 3000));
    // Whatever else the machine does can only add to it.
    let percent = Infinity;
    for (let round = 0; round < 12 && percent >= 5; round++) {
      const before = ticks();
      await new Promise((done) => setTimeout(done, 5000));
      percent = Math.min(percent, (ticks() - before) / 5);
    }
    child.kill("SIGTERM");
    await child.status;
    succeeded(await box.rkl("container", "delete", "--force", ...names));
    // 200 are to take less, where nothing else keeps the processor from it.
    assert(percent < 5, `${percent} %`);
  },
});
