/**
 * Waiting: one epoll_wait(2) in one call on another thread serves every
 * descriptor; what became ready is then read on the main thread without
 * blocking. A blocking read for each would use up Deno's pool of threads.
 *
 * @module
 */
import { eventCounter, Fd } from "./fd.ts";
import { viewMemory } from "./memory.ts";
import { mapMemory, syscall, syscallElsewhere, trySyscall } from "./syscall.ts";

/** Events, from sys/epoll.h. Errors and hang-ups are always reported. */
export const EPOLL = { IN: 1, OUT: 4, ERR: 8, HUP: 16 } as const;

const ONESHOT = 1 << 30;
const CTL = { ADD: 1, DEL: 2 } as const;
const MOST_EVENTS = 64;
/** struct epoll_event is packed on x86_64 alone. */
const EVENT_SIZE = Deno.build.arch === "x86_64" ? 12 : 16;
const DATA_OFFSET = EVENT_SIZE - 8;
const EVENTS_SIZE = MOST_EVENTS * EVENT_SIZE;
const PROT_READ_WRITE = 3; // asm-generic/mman-common.h

/** A wait: the kernel tells its turn, as the descriptor may be another by then. */
interface Waiting {
  readonly turn: number;
  readonly resolve: (events: number) => void;
}

const waiting = new Map<number, Waiting>();
let turns = 0;
let poll: Poll | undefined;
let running = false;

/** What waiting takes; made by the first wait. */
interface Poll {
  readonly epoll: Fd;
  /** An eventfd(2) that ends a wait. */
  readonly wake: Fd;
  /**
   * Where the kernel writes events. It is no memory of V8's: that is freed with
   * a worker, while the other thread may still wait, and be about to write.
   */
  readonly eventsAddress: bigint;
  readonly events: DataView;
}

/** Which events became true, once, for a descriptor. */
export interface Readiness {
  /** Resolves to the events; never after {@linkcode cancel}. */
  readonly events: Promise<number>;
  /** Stops waiting; does nothing once the events came. */
  cancel(): void;
}

/**
 * Waits once for events of a descriptor that epoll can watch: pipes, sockets,
 * terminals, pidfds, inotify. One wait for a descriptor at a time.
 *
 * @throws {SyscallError} EPERM for a regular file, EEXIST for a second wait
 */
export function waitFor(fd: number, wanted: number = EPOLL.IN): Readiness {
  const { epoll } = open();
  const turn = turns = (turns + 1) >>> 0;
  const event = new Uint8Array(EVENT_SIZE);
  const view = new DataView(event.buffer);
  view.setUint32(0, wanted | ONESHOT, true);
  view.setInt32(DATA_OFFSET, fd, true);
  view.setUint32(DATA_OFFSET + 4, turn, true);
  syscall("epoll_ctl", epoll.number, CTL.ADD, fd, event);
  const { promise, resolve } = Promise.withResolvers<number>();
  waiting.set(fd, { turn, resolve });
  if (!running) void run();
  return {
    events: promise,
    cancel() {
      if (waiting.get(fd)?.turn !== turn) return;
      forget(fd);
      if (waiting.size === 0) wakeUp();
    },
  };
}

/** Waits until a descriptor has something to read, or its other end closed. */
export async function readable(fd: number): Promise<void> {
  await waitFor(fd).events;
}

function open(): Poll {
  if (poll) return poll;
  const EPOLL_CLOEXEC = 0o2000000;
  const epoll = new Fd(syscall("epoll_create1", EPOLL_CLOEXEC), "epoll");
  const wake = eventCounter();
  const event = new Uint8Array(EVENT_SIZE);
  const view = new DataView(event.buffer);
  view.setUint32(0, EPOLL.IN, true);
  view.setInt32(DATA_OFFSET, wake.number, true);
  syscall("epoll_ctl", epoll.number, CTL.ADD, wake.number, event);
  const eventsAddress = mapMemory(EVENTS_SIZE, PROT_READ_WRITE);
  const { buffer } = viewMemory(eventsAddress, EVENTS_SIZE);
  return poll = { epoll, wake, eventsAddress, events: new DataView(buffer) };
}

function forget(fd: number): void {
  waiting.delete(fd);
  // The descriptor may be closed already, which removed it by itself.
  trySyscall("epoll_ctl", open().epoll.number, CTL.DEL, fd, null);
}

function wakeUp(): void {
  const one = new Uint8Array(8);
  one[0] = 1;
  trySyscall("write", open().wake.number, one, 8);
}

async function run(): Promise<void> {
  running = true;
  const { epoll, wake, eventsAddress, events } = open();
  while (waiting.size > 0) {
    // -1 is an interrupted wait: there is nothing else it could be.
    const count = await syscallElsewhere(
      "epoll_pwait",
      epoll.number,
      eventsAddress,
      MOST_EVENTS,
      -1,
      0,
      8,
    );
    for (let i = 0; i < count; i++) {
      const fd = events.getInt32(i * EVENT_SIZE + DATA_OFFSET, true);
      if (fd === wake.number) {
        trySyscall("read", fd, new Uint8Array(8), 8);
        continue;
      }
      const one = waiting.get(fd);
      const turn = events.getUint32(i * EVENT_SIZE + DATA_OFFSET + 4, true);
      if (one?.turn !== turn) continue; // of a wait that is over
      forget(fd);
      one.resolve(events.getUint32(i * EVENT_SIZE, true));
    }
  }
  running = false;
}
