/**
 * The daemon as a service of systemd.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { ENGINE } from "./engine.ts";
import { placesOf } from "./self.ts";

/**
 * The unit file, as systemd.service(5), of the daemon of a store.
 *
 * @param program The words that run rkl; the first is an absolute path.
 */
export function unitFile(store: Store, program: readonly string[]): string {
  const words = [...program, ...placesOf(store), "daemon", "run", "--replace"];
  return `[Unit]
Description=rkl daemon, which keeps containers running
Wants=network-online.target
After=network-online.target
RequiresMountsFor=${escapeUnit(store.dataRoot)}

[Service]
Type=notify
Environment=DENO_V8_FLAGS=${ENGINE}
ExecStart=${words.map(quoteUnit).join(" ")}
Restart=always
RestartSec=1
# Containers and their monitors live on when the daemon ends.
KillMode=process
Delegate=yes
TasksMax=infinity
OOMPolicy=continue

[Install]
WantedBy=multi-user.target
`;
}

/** A word as a command line of systemd has it. */
export function quoteUnit(word: string): string {
  const escaped = escapeUnit(word).replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$-]+$/.test(escaped)) return escaped;
  const quoted = escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${quoted}"`;
}

/** Percent signs are specifiers where they are not doubled. */
function escapeUnit(text: string): string {
  return text.replaceAll("%", "%%");
}
