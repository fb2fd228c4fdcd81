/**
 * Having the daemon know what there is to look after.
 *
 * @module
 */
import type { Reached } from "../daemon/client.ts";
import { DaemonError } from "../daemon/error.ts";
import type { Store } from "../runtime/store.ts";
import type { Warn } from "./network/ending.ts";
import { isKept } from "./kept.ts";
import type { Container } from "./store.ts";

/** Begun early: it comes up while the container is made. */
export async function reachDaemon(store: Store): Promise<Reached> {
  const { reachDaemon } = await import("../daemon/client.ts");
  return await reachDaemon(store);
}

/** Has the daemon see what has changed in the networks of running containers. */
export async function tellDaemon(
  store: Store,
  warn: Warn,
): Promise<void> {
  using daemon = await reachDaemon(store);
  await poke(daemon, warn);
}

/** Has the daemon look after a container on no network that has a wish of it. */
export async function keep(
  store: Store,
  container: Container,
  warn: Warn = () => {},
  reached?: Reached,
): Promise<void> {
  if (!isKept(container)) return;
  using daemon = reached ?? await reachDaemon(store);
  try {
    (await daemon.poke()).forEach(warn);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    warn(
      `${error.message}; without it container "${container.name}" is neither ` +
        "restarted nor checked",
    );
  }
}

/** Has the daemon know what there is, or does without it. */
export async function poke(
  daemon: Reached,
  warn: Warn,
  without: () => Promise<void> = async () => {},
): Promise<void> {
  try {
    for (const problem of await daemon.poke()) warn(problem);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    warn(
      `${error.message}; without it containers are not found by name, and what ` +
        "others take out of rkl's packet filter is not put back",
    );
    await without();
  }
}
