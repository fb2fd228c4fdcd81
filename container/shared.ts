/**
 * Namespaces of another container that a container joins when it starts:
 * `--pid` and `--ipc container:NAME`.
 *
 * @module
 */
import type { Namespace } from "../runtime/spec.ts";
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import { find } from "./find.ts";
import { sharedMemoryAt, SHM } from "./mount/mounts.ts";
import { containerOf } from "./specification/sharing_fields.ts";
import type { Container } from "./store.ts";

/** A container whose IPC objects are its own, and to stay so. */
export class NotShareableError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NotShareableError";
  /** Makes the message. */
  constructor(
    /** The container's name. */
    readonly container: string,
  ) {
    super(
      `container "${container}" does not share its IPC objects; it would, ` +
        "created with --ipc shareable",
    );
  }
}

/**
 * The container with the namespaces, and the shared memory, of those it shares
 * them with, if it does.
 *
 * @throws {NoSuchContainerError | StatusError | NotShareableError} when one of
 * them does not run, or does not share
 */
export async function withSharedNamespaces(
  store: Store,
  container: Container,
): Promise<Container> {
  const { config } = container;
  const paths = new Map<Namespace["type"], string>();
  let mounts = config.mounts;
  for (const type of ["pid", "ipc"] as const) {
    const name = containerOf(container[type]);
    if (name === undefined) continue;
    const pid = await findOwner(store, name, type);
    paths.set(type, `/proc/${pid}/ns/${type}`);
    if (type === "pid") continue;
    const shared = sharedMemoryAt(`/proc/${pid}/root${SHM}`);
    mounts = mounts.map((mount) =>
      mount.destination === SHM && mount.type === "tmpfs" ? shared : mount
    );
  }
  if (paths.size === 0) return container;
  const namespaces = config.linux.namespaces.map((namespace) => {
    const path = paths.get(namespace.type);
    return path === undefined ? namespace : { ...namespace, path };
  });
  const linux = { ...config.linux, namespaces };
  return { ...container, config: { ...config, mounts, linux } };
}

/** The pid of a container whose namespace may be joined. */
async function findOwner(
  store: Store,
  name: string,
  type: "pid" | "ipc",
): Promise<number> {
  const { status, record, container } = await find(store, name);
  const pid = record?.init?.pid;
  if (status === "stopped" || pid === undefined) {
    const what = type === "pid" ? "processes" : "IPC objects";
    const action = `share the ${what} of`;
    throw new StatusError(action, name, status, "start it first");
  }
  // One that has the host's, or another's, has nothing to keep to itself.
  const { ipc } = container;
  const own = ipc === undefined || ipc === "private" || ipc === "none";
  if (type === "ipc" && own) throw new NotShareableError(name);
  return pid;
}
