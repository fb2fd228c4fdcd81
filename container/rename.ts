/**
 * Calling a container something else.
 *
 * @module
 */
import { PlanError } from "../runtime/plan_error.ts";
import type { Store } from "../runtime/store.ts";
import type { Warn } from "./network/ending.ts";
import { findLocked } from "./find.ts";
import { note, ofContainer } from "./journal/journal.ts";
import { renameDeath } from "./journal/death.ts";
import { isName, NAME_RULE } from "./name.ts";
import { dropName, giveName } from "./name_index.ts";
import { containerDirectory, writeContainer } from "./store.ts";

/**
 * Gives a container another name; its host name stays. On its networks it is
 * found by the new one.
 *
 * @throws {NoSuchContainerError | DuplicateContainerError | PlanError} when the
 * name cannot be one, or is its own
 */
export async function renameContainer(
  store: Store,
  word: string,
  name: string,
  warn: Warn = () => {},
): Promise<void> {
  if (!isName(name)) {
    throw new PlanError(
      `"${name}" is no container name; allowed: ${NAME_RULE}`,
    );
  }
  using locked = await findLocked(store, word);
  const { container, status } = locked;
  if (container.name === name) {
    throw new PlanError(`container "${word}" is called ${name} already`);
  }
  giveName(
    store,
    name,
    container.id,
    () =>
      writeContainer(containerDirectory(store, container.id), {
        ...container,
        name,
      }),
  );
  dropName(store, container.name);
  const renamed = { ...container, name };
  renameDeath(store, renamed);
  note(
    store,
    ofContainer(renamed, "rename", { oldName: container.name }),
    warn,
  );
  if (status === "stopped" || container.network?.kind !== "networks") return;
  const { tellDaemon } = await import("./daemon_poke.ts");
  await tellDaemon(store, warn);
}
