/**
 * Passing on connections of TCP.
 *
 * @module
 */
import { sleep } from "../../sys/timer.ts";
import { formatAddress } from "../address.ts";
import type { Relay, RelayTarget } from "./relay.ts";

/**
 * So many at once, each with two descriptors of the daemon, which has other
 * things to do: everybody on the host may connect.
 */
const MOST = 1024;

/** Accepts connections on a port of ::1 and joins each with one to `target`. */
export function relayConnections(
  target: RelayTarget,
  most: number = MOST,
): Relay {
  const listener = Deno.listen({ hostname: "::1", port: 0 });
  const open = new Set<Deno.Conn>();
  serve(listener, target, open, most);
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      listener.close();
      for (const conn of open) close(conn);
    },
  };
}

async function serve(
  listener: Deno.Listener,
  target: RelayTarget,
  open: Set<Deno.Conn>,
  most: number,
): Promise<void> {
  for (;;) {
    let client: Deno.Conn;
    try {
      client = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return; // it was closed
      // Too many files are open, or the client has gone: the next may do.
      await sleep(100);
      continue;
    }
    if (open.size >= 2 * most) close(client);
    else join(client, target, open);
  }
}

/** Until both have ended, or one fails. */
async function join(
  client: Deno.Conn,
  { address, port }: RelayTarget,
  open: Set<Deno.Conn>,
): Promise<void> {
  open.add(client);
  let server: Deno.Conn | undefined;
  try {
    server = await Deno.connect({ hostname: formatAddress(address), port });
    open.add(server);
    await Promise.all([copy(client, server), copy(server, client)]);
  } catch {
    // Whoever is left learns it from the end of the connection.
  } finally {
    for (const conn of [client, server]) {
      if (!conn) continue;
      open.delete(conn);
      close(conn);
    }
  }
}

/** Passes on the end too: the other direction may go on. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) return await to.closeWrite();
    for (let sent = 0; sent < count;) {
      sent += await to.write(buffer.subarray(sent, count));
    }
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
