/**
 * Published ports as `container list` shows them.
 *
 * @module
 */
import type { Publication } from "../../container/network/publication.ts";

/** Ports in a row that lead to ports in a row. */
interface Run {
  readonly first: Publication;
  /** How many there are behind the first. */
  readonly more: number;
}

/**
 * Ports as docker shows them, `0.0.0.0:8080->80/tcp`, with commas in between;
 * those in a row are one: `0.0.0.0:8000-8009->80-89/tcp`.
 */
export function portsText(ports: readonly Publication[]): string {
  const runs: Run[] = [];
  for (const port of ports.toSorted(inOrder)) {
    const last = runs.at(-1);
    if (last && follows(last, port)) {
      runs.splice(-1, 1, { ...last, more: last.more + 1 });
    } else {
      runs.push({ first: port, more: 0 });
    }
  }
  return runs.map(({ first, more }) => {
    const { hostPort, containerPort, protocol } = first;
    const [host, inside] = [hostPort, containerPort].map((port) =>
      more ? `${port}-${port + more}` : String(port)
    );
    return `${hostOf(first)}:${host}->${inside}/${protocol}`;
  }).join(", ");
}

/** The host's address as it stands before a port: `0.0.0.0`, `[::]`. */
export function hostOf({ hostIP }: Publication): string {
  return hostIP.includes(":") ? `[${hostIP}]` : hostIP;
}

/** So that ports in a row are neighbours; IPv4 first. */
function inOrder(a: Publication, b: Publication): number {
  return Number(a.hostIP.includes(":")) - Number(b.hostIP.includes(":")) ||
    compare(a.hostIP, b.hostIP) || compare(a.protocol, b.protocol) ||
    a.containerPort - b.containerPort || a.hostPort - b.hostPort;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function follows({ first, more }: Run, port: Publication): boolean {
  return port.hostIP === first.hostIP && port.protocol === first.protocol &&
    port.hostPort === first.hostPort + more + 1 &&
    port.containerPort === first.containerPort + more + 1;
}
