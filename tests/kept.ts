/**
 * Containers that the daemon keeps running, or checks, as tests see them.
 *
 * @module
 */
import {
  type Details,
  inspect as inspectAny,
  killNow,
  launch,
  processesOf,
  ROOTFS,
  sleeper,
  succeeded,
} from "./container.ts";
import { eventually, type Sandbox } from "./rkl.ts";

/** What `inspect` says of one. */
export type Kept = Details & {
  restart: { name: string; maximumRetryCount?: number };
  restartCount: number;
  error?: string;
  health?: string;
  healthState?: {
    Status: string;
    FailingStreak: number;
    Log: { Start: string; End: string; ExitCode: number; Output: string }[];
  };
};

/** What is known of a container. */
export async function inspectKept(box: Sandbox, name: string): Promise<Kept> {
  return await inspectAny(box, name) as Kept;
}

/** Runs a shell script that is restarted. */
export function runKept(
  box: Sandbox,
  name: string,
  policy: string,
  script: string,
): Promise<string> {
  const flags = ["--name", name, "--restart", policy];
  return launch(box, [...flags, ROOTFS, "sh", "-c", script]);
}

/** Runs a container that sleeps, and is checked by a command of the shell. */
export async function checked(
  box: Sandbox,
  name: string,
  command: string,
  ...flags: string[]
): Promise<void> {
  const check = ["--health-cmd", command, "--health-interval", "200ms"];
  const fast = ["--stop-timeout", "0", "--health-retries", "2"];
  succeeded(await box.rkl(...sleeper(name, ...check, ...fast, ...flags)));
}

/** Waits until a container is so. */
export async function until(
  box: Sandbox,
  name: string,
  what: string,
  holds: (details: Kept) => boolean,
  seconds?: number,
): Promise<Kept> {
  let found!: Kept;
  const look = async () => holds(found = await inspectKept(box, name));
  await eventually(`${name} ${what}`, look, seconds);
  return found;
}

/** Waits until checks of a container have failed so many times in a row. */
export async function failing(
  box: Sandbox,
  name: string,
  times: number,
): Promise<NonNullable<Kept["healthState"]>> {
  const isSo = ({ healthState }: Kept) => healthState!.FailingStreak >= times;
  const { healthState } = await until(box, name, `fails ${times} times`, isSo);
  return healthState!;
}

/** The pid of the daemon of a sandbox, if there is one. */
export async function daemonOf(box: Sandbox): Promise<number | undefined> {
  const { stdout } = await box.rkl("daemon", "status", "--format", "json");
  return JSON.parse(stdout).pid;
}

/** What a boot leaves: the data, and nothing that runs. */
export async function boot(box: Sandbox): Promise<void> {
  const pid = await daemonOf(box);
  if (pid !== undefined) killNow([pid]);
  const gone = () => {
    killNow(processesOf(box.directory));
    return processesOf(box.directory).length === 0;
  };
  await eventually("nothing runs", gone);
  for (const { name } of Deno.readDirSync(`${box.directory}/root`)) {
    if (name.startsWith(".")) continue;
    // Its cgroups would be gone as well.
    succeeded(await box.rkl("delete", "--force", name));
  }
  Deno.removeSync(`${box.directory}/root`, { recursive: true });
}
