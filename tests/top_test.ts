/**
 * `rkl top`: the processes of a container.
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
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { eventually, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root");

/** Rows of a table, each split at its blanks. */
async function top(box: Sandbox, ...words: string[]): Promise<string[][]> {
  const lines = succeeded(await box.rkl("top", ...words)).trimEnd().split("\n");
  return lines.map((line) => line.trim().split(/ +/));
}

Deno.test({
  name: "top: a container's processes as the host sees them",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "sleep 1000 & exec sleep 2000";
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", script]);
    const { pid } = await inspect(box, name);
    await eventually("both run", async () => {
      const rows = await top(box, name);
      return rows.filter((row) => row[7] === "sleep").length === 2;
    });
    const [head, ...rows] = await top(box, name);
    assert.equal(head!.join(" "), "UID PID PPID C STIME TTY TIME CMD");
    const init = rows.find((row) => row[1] === String(pid))!;
    assert.deepEqual([init[0], ...init.slice(5)], [
      "root",
      "?",
      "00:00:00",
      "sleep",
      "2000",
    ]);
    const other = rows.find((row) => row[1] !== String(pid))!;
    assert.equal(other[2], String(pid));
    assert.equal(
      Deno.readTextFileSync(`/proc/${other[1]}/cmdline`),
      "sleep\0" + "1000\0",
    );
    assert.deepEqual(await top(box, name, "pid", "hpid", "comm"), [
      ["PID", "HPID", "COMMAND"],
      ["1", String(pid), "sleep"],
      ["2", other[1]!, "sleep"],
    ]);
  },
});

Deno.test({
  name: "top: what rkl has no column for is asked of ps",
  ...needs("root", "tool:ps"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await launch(box, ["--name", name, ROOTFS, "sleep", "1000"]);
    const { pid } = await inspect(box, name);
    const [head, ...rows] = await top(box, name, "-o", "pid,wchan");
    assert.deepEqual(head, ["PID", "WCHAN"]);
    assert.deepEqual(rows.map(([first]) => first), [String(pid)]);
  },
});

Deno.test({
  name: "top: a container that does not run has no processes",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    succeeded(
      await box.rkl("container", "run", "--name", name, ROOTFS, "true"),
    );
    failed(
      await box.rkl("top", name),
      125,
      `cannot list the processes of container "${name}": it is stopped; ` +
        "start it first",
    );
  },
});
