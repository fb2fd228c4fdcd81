/**
 * Reaching the daemon of a store, which is started where none runs.
 *
 * It can be begun early, so that the daemon comes up while something else is
 * being done, and be waited for later:
 *
 * @example
 * ```ts
 * using daemon = await reachDaemon(store);
 * const container = await create(store, "web", { bundle });
 * await daemon.poke(); // it runs, and knows of the container
 * await start(store, "web");
 * ```
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { sleep, startTimer, type Timer } from "../sys/timer.ts";
import { BUILD } from "./build.ts";
import { DaemonError } from "./error.ts";
import { LineSocket } from "./line_socket.ts";
import {
  daemonDirectory,
  type Hold,
  ownNetns,
  tryConnect,
  tryHold,
  wasKilled,
} from "./place.ts";
import {
  type Answer,
  readAnswer,
  type Request,
  type Status,
} from "./protocol.ts";
import type { Spawned } from "./spawn.ts";

/** Milliseconds within which a daemon answers, one that is yet to start too. */
const PATIENCE = 10_000;
/** How many are started that end at once. */
const ATTEMPTS = 3;
/** Milliseconds between looks at a place that is just changing hands. */
const PAUSE = 5;

/** A daemon that runs, or is about to. */
export interface Reached extends Disposable {
  /**
   * Waits until it has seen what is on disk now, and has done what follows.
   * Returns what it could not do.
   *
   * @throws {DaemonError}
   */
  poke(): Promise<readonly string[]>;
}

/**
 * Has a daemon run, until this is disposed of and for as long as something
 * needs it. Does not wait until it is up; what stands in the way is told by
 * {@linkcode Reached.poke}.
 */
export async function reachDaemon(store: Store): Promise<Reached> {
  const place = new Reaching(store);
  await place.connect();
  return place;
}

/**
 * Has a daemon run, and see what is on disk now. Returns what it could not do.
 *
 * @throws {DaemonError}
 */
export async function pokeDaemon(store: Store): Promise<readonly string[]> {
  using daemon = await reachDaemon(store);
  return await daemon.poke();
}

/**
 * Has another daemon take the place of one that was killed; what it was needed
 * for may be there still. Commands that start nothing call this.
 */
export async function reviveDaemon(store: Store): Promise<void> {
  if (!wasKilled(store)) return;
  using _daemon = await reachDaemon(store);
}

/**
 * Has a running daemon see what is on disk now; starts none. Returns whether
 * one runs that serves this store.
 *
 * @throws {DaemonError} when it does not answer
 */
export async function tryPokeDaemon(store: Store): Promise<boolean> {
  return (await tryAsk(store, "poke"))?.is === "done";
}

/**
 * How the daemon is; undefined when none runs.
 *
 * @throws {DaemonError} when it does not answer
 */
export async function daemonStatus(store: Store): Promise<Status | undefined> {
  const answer = await tryAsk(store, "status");
  return answer?.is === "status" ? answer : undefined;
}

/**
 * Ends the daemon, and returns once it has ended; false when none ran.
 *
 * @throws {DaemonError} when it does not end
 */
export async function stopDaemon(store: Store): Promise<boolean> {
  return await tryAsk(store, "stop", { untilClosed: true }) !== undefined;
}

/**
 * Takes the place of a daemon, and ends the one that has it.
 *
 * @throws {DaemonError} when it does not end
 */
export async function replaceDaemon(store: Store): Promise<Hold> {
  using timer = startTimer(PATIENCE);
  let late = false;
  timer.over.then(() => late = true);
  for (;;) {
    const hold = tryHold(store);
    if (hold) return hold;
    if (late) throw new DaemonError(store.root, "it does not end");
    await stopDaemon(store);
    await sleep(PAUSE);
  }
}

/** Asks a running daemon; undefined when there is none, or it ended just then. */
async function tryAsk(
  store: Store,
  ask: Request["ask"],
  { untilClosed = false } = {},
): Promise<Answer | undefined> {
  const fd = tryConnect(store);
  if (!fd) return undefined;
  using socket = new LineSocket(fd);
  using timer = startTimer(PATIENCE);
  const answer = await exchange(store, socket, ask, timer);
  if (answer && untilClosed) await receive(store, socket, timer);
  return answer;
}

/** See {@linkcode reachDaemon}. */
class Reaching implements Reached {
  readonly #store: Store;
  #socket: LineSocket | undefined;
  #spawned: Spawned | undefined;
  #spawns = 0;
  #problem: unknown;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Connects to a daemon, or starts one; if neither can be, notes why. */
  async connect(): Promise<void> {
    this[Symbol.dispose]();
    try {
      if (!this.#tryConnect()) await this.#tryStart();
    } catch (error) {
      this.#problem = error;
    }
  }

  #tryConnect(): boolean {
    const fd = tryConnect(this.#store);
    this.#socket = fd && new LineSocket(fd);
    return fd !== undefined;
  }

  async #tryStart(): Promise<void> {
    using hold = tryHold(this.#store);
    if (!hold) return; // somebody else does, or ends just now
    const { spawnDaemon } = await import("./spawn.ts");
    this.#spawned = spawnDaemon(this.#store, hold);
    this.#spawns++;
    this.#tryConnect();
  }

  async poke(): Promise<readonly string[]> {
    using timer = startTimer(PATIENCE);
    let late = false;
    timer.over.then(() => late = true);
    for (;; await this.connect()) {
      if (this.#problem) {
        throw this.#failed("it cannot be started", this.#problem);
      }
      if (!this.#socket) {
        if (late) throw this.#failed("whoever has its place does not listen");
        await sleep(PAUSE);
        continue;
      }
      const answer = await exchange(this.#store, this.#socket, "poke", timer);
      if (answer?.is === "done") return answer.problems;
      if (answer?.is === "elsewhere") throw this.#failed(answer.where);
      if (answer?.is === "leaving") {
        await receive(this.#store, this.#socket, timer);
        continue;
      }
      // It ended just then, or never came up.
      const failure = this.#spawned?.failure();
      if (failure) throw this.#failed(failure);
      if (this.#spawns >= ATTEMPTS) {
        throw this.#failed(
          `it ends as soon as it is started; ${seeLog(this.#store)}`,
        );
      }
    }
  }

  #failed(problem: string, cause?: unknown): DaemonError {
    const why = cause instanceof Error
      ? `${problem}: ${cause.message}`
      : problem;
    return new DaemonError(this.#store.root, why, { cause });
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
    this.#spawned?.[Symbol.dispose]();
    this.#socket = this.#spawned = undefined;
  }
}

/** Asks, and returns the answer; undefined when the connection breaks. */
async function exchange(
  store: Store,
  socket: LineSocket,
  ask: Request["ask"],
  timer: Timer,
): Promise<Answer | undefined> {
  const request: Request = {
    ask,
    build: BUILD,
    dataRoot: store.dataRoot,
    netns: ownNetns(),
  };
  if (!socket.send(request)) return undefined;
  const line = await receive(store, socket, timer);
  if (line === undefined) return undefined;
  const answer = readAnswer(line);
  if (answer) return answer;
  throw new DaemonError(store.root, `it says ${JSON.stringify(line)}`);
}

async function receive(
  store: Store,
  socket: LineSocket,
  timer: Timer,
): Promise<string | undefined> {
  const late = timer.over.then(() => {
    const problem = `it does not answer within ${PATIENCE / 1000} s`;
    throw new DaemonError(store.root, `${problem}; ${seeLog(store)}`);
  });
  return await Promise.race([socket.receive(), late]);
}

function seeLog(store: Store): string {
  return `see ${daemonDirectory(store)}/log`;
}
