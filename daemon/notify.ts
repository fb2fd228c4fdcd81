/**
 * Telling a supervisor that asked for it how the daemon is, as sd_notify(3).
 *
 * @module
 */
import { sendUnix } from "../sys/socket.ts";

/** Says that commands are answered from now on. */
export function notifyReady(): void {
  const path = Deno.env.get("NOTIFY_SOCKET");
  if (path) sendUnix(path, "READY=1");
}
