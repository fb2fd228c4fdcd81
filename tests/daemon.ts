/**
 * What the tests of `rkl daemon` share.
 *
 * @module
 */
import type { Status } from "../daemon/protocol.ts";
import {
  commandLine,
  proc,
  processesThat,
  statusOf as statusIn,
} from "./container.ts";
import type { Place } from "./netns.ts";
import type { Result, Sandbox } from "./rkl.ts";

/** What `rkl daemon status --format json` prints of a daemon that runs. */
export type Running = { running: true; root: string } & Omit<Status, "is">;

/** Runs a verb of `rkl daemon` there. */
export function daemon(here: Place, ...words: string[]): Promise<Result> {
  return here.rkl("daemon", ...words);
}

/** The daemon of a place; undefined when none runs. */
export async function statusOf(here: Place): Promise<Running | undefined> {
  const { stdout } = await daemon(here, "status", "--format", "json");
  const status: Running | { running: false } = JSON.parse(stdout);
  return status.running ? status : undefined;
}

/** The pids of all daemons of a sandbox, as the kernel tells. */
export function daemonsOf(box: Sandbox): number[] {
  return processesThat((pid) => {
    const words = commandLine(pid);
    return words.includes("__daemon") &&
      words.includes(`${box.directory}/root`);
  });
}

/** The checkers of health that a daemon has started. */
export function checkersOf(daemon: number): number[] {
  return processesThat((pid) =>
    proc(pid, "comm") === "rkl-health\n" &&
    Number(statusIn(pid, "PPid")) === daemon
  );
}
