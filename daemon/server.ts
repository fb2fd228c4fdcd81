/**
 * The daemon: it listens to commands, has its duties reconciled, and ends when
 * nothing needs it.
 *
 * Duties reconcile when they have news, when a command pokes the daemon, and
 * now and then in any case. Nothing is known here that is not on disk, so it may
 * be killed at any time.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { waitFor } from "../sys/epoll.ts";
import { isShortage } from "../sys/errors.ts";
import { IN, watchPaths } from "../sys/inotify.ts";
import { acceptUnix } from "../sys/socket.ts";
import { startTimer, type Timer } from "../sys/timer.ts";
import { BUILD } from "./build.ts";
import { DutyAtWork, type StartDuty } from "./duty.ts";
import { LineSocket } from "./line_socket.ts";
import {
  daemonDirectory,
  type Hold,
  ownNetns,
  rememberPlace,
  unlinkSocket,
} from "./place.ts";
import { type Answer, readRequest, type Request } from "./protocol.ts";

/** How a daemon serves. */
export interface ServeOptions {
  /** Of rkl, for people. */
  readonly version: string;
  readonly duties: readonly StartDuty[];
  /** Seconds for which nothing has to need it before it ends; else it stays. */
  readonly idle?: number;
  /** Writes a line to the log. */
  readonly log: (line: string) => void;
}

/** Milliseconds after which duties reconcile if nothing had them do so. */
const INTERVAL = 30_000;
/** Milliseconds for which a command waits where there is no descriptor for it. */
const SHORTAGE = 100;

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Serves a store until there is a reason to end. Commands that told it to end
 * wait until what is returned is disposed of, or the process has ended.
 */
export async function serve(
  store: Store,
  hold: Hold,
  options: ServeOptions,
): Promise<Disposable> {
  using server = new Server(store, hold, options);
  const reason = await server.run();
  options.log(`ends: ${reason}`);
  return server.connections;
}

class Server implements Disposable {
  readonly #store: Store;
  readonly #hold: Hold;
  readonly #options: ServeOptions;
  readonly #presence;
  readonly #netns = ownNetns();
  readonly #since = new Date().toISOString();
  readonly #duties: readonly DutyAtWork[];
  readonly #clients = new Set<LineSocket>();
  readonly #end = Promise.withResolvers<string>();
  readonly #waits = new Set<() => void>();
  #rest: Timer | undefined;
  #ending = false;

  constructor(store: Store, hold: Hold, options: ServeOptions) {
    this.#store = store;
    this.#hold = hold;
    this.#options = options;
    this.#presence = rememberPlace(store);
    const { log } = options;
    const ended = () => this.#considerRest();
    this.#duties = options.duties.map((start) =>
      new DutyAtWork(start, { store, log, ended })
    );
  }

  /** Resolves to the reason for which it ends. */
  async run(): Promise<string> {
    const { log, version } = this.#options;
    log(
      `rkl ${version} (${BUILD}) serves ${this.#store.root}, pid ${Deno.pid}`,
    );
    const listeners = SIGNALS.map((signal) =>
      [signal, () => this.#endBy(signal)] as const
    );
    for (const each of listeners) Deno.addSignalListener(...each);
    const fail = (error: unknown) => this.#end.reject(error);
    this.#accept().catch(fail);
    this.#watchPlace().catch(fail);
    this.#repeat().catch(fail);
    try {
      return await this.#end.promise;
    } finally {
      for (const each of listeners) Deno.removeSignalListener(...each);
    }
  }

  /** Waits for something, or for the end; true if it came before that. */
  #wait(done: Promise<unknown>, cancel: () => void): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = () => {
      cancel();
      resolve(false);
    };
    this.#waits.add(stop);
    done.then(() => {
      this.#waits.delete(stop);
      resolve(true);
    });
    return promise;
  }

  /** The same, of milliseconds. */
  #sleep(ms: number): Promise<boolean> {
    const timer = startTimer(ms);
    return this.#wait(timer.over, () => timer[Symbol.dispose]());
  }

  /** At first, and now and then: looks after all. */
  async #repeat(): Promise<void> {
    for (;;) {
      this.#checkPlace();
      await this.#roundOfAll();
      if (!await this.#sleep(INTERVAL)) return;
    }
  }

  async #roundOfAll(): Promise<void> {
    await Promise.all(this.#duties.map((duty) => duty.round()));
  }

  /** Without its place nobody finds it, and another may have its place. */
  #checkPlace(): void {
    if (!this.#presence.isInPlace()) {
      this.#endBy(`${daemonDirectory(this.#store)} is no longer its own`);
    }
  }

  async #watchPlace(): Promise<void> {
    const { root } = this.#store;
    using watch = watchPaths(
      [root, daemonDirectory(this.#store)],
      IN.DELETE | IN.MOVED_FROM | IN.DELETE_SELF | IN.MOVE_SELF,
    );
    for (;;) {
      const { done, cancel } = watch.changed();
      if (!await this.#wait(done, cancel)) return;
      this.#checkPlace();
    }
  }

  async #accept(): Promise<void> {
    const { socket } = this.#hold;
    for (;;) {
      try {
        for (let fd; (fd = acceptUnix(socket));) {
          void this.#attend(new LineSocket(fd));
        }
        const { events, cancel } = waitFor(socket.number);
        if (!await this.#wait(events, cancel)) return;
      } catch (error) {
        if (!isShortage(error) || !await this.#sleep(SHORTAGE)) throw error;
      }
    }
  }

  async #attend(client: LineSocket): Promise<void> {
    this.#clients.add(client);
    this.#considerRest();
    try {
      for (;;) {
        const line = await client.receive();
        const request = line === undefined ? undefined : readRequest(line);
        const answer = request && await this.#answer(request);
        if (!answer || !client.send(answer)) break;
      }
    } catch (error) {
      this.#options.log(`a command: ${(error as Error).message}`);
    }
    client[Symbol.dispose]();
    this.#clients.delete(client);
    this.#considerRest();
  }

  /** Undefined, and the connection breaks, for who came too late. */
  async #answer(request: Request): Promise<Answer | undefined> {
    const { dataRoot } = this.#store;
    switch (request.ask) {
      case "status":
        return this.#status();
      case "stop":
        return this.#leave("a command said so");
      case "poke":
        if (request.dataRoot !== dataRoot) {
          return elsewhere(`--data-root ${dataRoot}`, request.dataRoot);
        }
        if (request.netns !== this.#netns) {
          return elsewhere(`network namespace ${this.#netns}`, request.netns);
        }
        if (request.build !== BUILD) {
          return this.#leave(`rkl ${request.build} takes its place`);
        }
        await this.#roundOfAll();
        if (this.#ending) return undefined;
        return { is: "done", problems: this.#problems() };
    }
  }

  /** Its connection stays, so that it shows when the process has ended. */
  #leave(reason: string): Answer {
    this.#endBy(reason);
    return { is: "leaving" };
  }

  #endBy(reason: string): void {
    this.#ending = true;
    this.#end.resolve(reason);
  }

  #problems(): string[] {
    return this.#duties.map(({ status }) => status).flatMap((
      { name, problem },
    ) => problem === undefined ? [] : [`${name}: ${problem}`]);
  }

  #status(): Answer {
    const { version, idle } = this.#options;
    return {
      is: "status",
      pid: Deno.pid,
      since: this.#since,
      version,
      build: BUILD,
      dataRoot: this.#store.dataRoot,
      memory: Deno.memoryUsage().rss,
      ...(idle !== undefined && { idle }),
      duties: this.#duties.map(({ status }) => status),
    };
  }

  get #isNeeded(): boolean {
    return this.#clients.size > 0 ||
      this.#duties.some(({ status }) => status.needed !== undefined);
  }

  /** Lets time run while nothing needs the daemon. */
  #considerRest(): void {
    const { idle } = this.#options;
    if (idle === undefined) return;
    if (this.#isNeeded) {
      this.#rest?.[Symbol.dispose]();
      this.#rest = undefined;
      return;
    }
    if (this.#rest) return;
    const rest = this.#rest = startTimer(idle * 1000);
    rest.over.then(async () => {
      // Someone may need it since who did not, or could not, say so.
      await this.#roundOfAll();
      if (this.#rest === rest) this.#endBy("nothing needs it");
    });
  }

  /** Those that are open. */
  get connections(): Disposable {
    return {
      [Symbol.dispose]: () =>
        this.#clients.forEach((client) => client[Symbol.dispose]()),
    };
  }

  /**
   * Whoever connects while it ends meets a closed connection, or none, and
   * starts another: the lock, which goes last, is free by then.
   */
  [Symbol.dispose](): void {
    this.#rest?.[Symbol.dispose]();
    for (const stop of this.#waits) stop();
    for (const duty of this.#duties) duty[Symbol.dispose]();
    if (this.#presence.isInPlace()) unlinkSocket(this.#store);
  }
}

function elsewhere(here: string, there: string): Answer {
  return { is: "elsewhere", where: `it serves ${here}, not ${there}` };
}
