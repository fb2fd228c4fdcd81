/**
 * Commands that are run to prepare a measurement, and are not measured.
 *
 * @module
 */
import { inNetns, type NetnsRef } from "../../net/netns.ts";

/** Whether a command is found in PATH. */
export async function isInstalled(name: string): Promise<boolean> {
  const path = Deno.env.get("PATH") ?? "";
  const found = await Promise.all(
    path.split(":").map((directory) => exists(`${directory}/${name}`)),
  );
  return found.includes(true);
}

/** Whether there is a file. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/**
 * What a command prints.
 *
 * @throws {Error} with what it wrote to stderr, if it fails
 */
export async function output(...words: string[]): Promise<string> {
  return await printed(words, start(words));
}

/** The same of a command that runs in a network namespace. */
export async function outputIn(
  netns: NetnsRef,
  ...words: string[]
): Promise<string> {
  return await printed(words, inNetns(netns, () => start(words)));
}

function start([command = "", ...args]: readonly string[]): Deno.ChildProcess {
  const pipes = { stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(command, { args, ...pipes }).spawn();
}

async function printed(
  words: readonly string[],
  child: Deno.ChildProcess,
): Promise<string> {
  const { success, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return decode(stdout);
  const reason = decode(stderr) || decode(stdout);
  throw new Error(`Cannot run ${words.join(" ")}: ${reason}`);
}
