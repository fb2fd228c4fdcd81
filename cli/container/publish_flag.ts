/**
 * Ports as `--publish` writes them.
 *
 * @module
 */

/** One of a specification's `ports`. */
export interface PublishField {
  readonly containerPort: number;
  /** A port, 0 for a free one, or `FIRST-LAST` to take one of. */
  readonly hostPort: number | string;
  /** An address of the host. */
  readonly hostIP?: string;
  readonly protocol: string;
}

const RULE = "must be [[IP:]HOST:]CONTAINER[/PROTOCOL], such as 8080:80, " +
  "127.0.0.1:53:53/udp, [::1]:8080:80 or 8000-8009:8000-8009";

/**
 * Reads `[[IP:]HOST:]CONTAINER[/PROTOCOL]`: ports are numbers or ranges. Ranges
 * of the same length are published port by port; of a range for one port of
 * the container, one that is free is taken.
 *
 * @throws {Error} that says what is allowed.
 */
export function publish(text: string): PublishField[] {
  const [, ip, host, container, protocol = "tcp"] =
    /^(?:(?:(\[[^\]]*\]|[^:[\]]*):)?([\d-]*):)?([\d-]+)(?:\/(\w+))?$/
      .exec(text) ?? [];
  if (container === undefined) throw new Error(RULE);
  const inside = range(container);
  const outside = host && host !== "0" ? range(host) : undefined;
  const rest = {
    ...(ip && { hostIP: ip.replace(/^\[(.*)\]$/, "$1") }),
    protocol: protocol.toUpperCase(),
  };
  const ports = numbers(inside);
  if (!outside) {
    return ports.map((port) => ({
      containerPort: port,
      hostPort: 0,
      ...rest,
    }));
  }
  if (ports.length === 1 && numbers(outside).length > 1) {
    return [{ containerPort: ports[0]!, hostPort: host!, ...rest }];
  }
  if (numbers(outside).length !== ports.length) {
    throw new Error(
      `has ${numbers(outside).length} ports of the host for ${ports.length} ` +
        "of the container; ranges are of one length",
    );
  }
  return ports.map((port, index) => ({
    containerPort: port,
    hostPort: outside.first + index,
    ...rest,
  }));
}

/**
 * Reads `PORT[/PROTOCOL]` of `--expose`: what the container listens on, for
 * `--publish-all`.
 *
 * @throws {Error} that says what is allowed.
 */
export function expose(
  text: string,
): { containerPort: number; protocol: string }[] {
  const [, container, protocol = "tcp"] = /^([\d-]+)(?:\/(\w+))?$/
    .exec(text) ?? [];
  if (container === undefined) {
    throw new Error("must be PORT[/PROTOCOL], such as 80, 53/udp or 7000-7005");
  }
  return numbers(range(container)).map((containerPort) => ({
    containerPort,
    protocol: protocol.toUpperCase(),
  }));
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function range(text: string): Range {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const first = Number(from), last = Number(to ?? from);
  if (!(first >= 1 && first <= last && last <= 0xffff)) {
    throw new Error(`has "${text}", where ports are from 1 to 65535`);
  }
  return { first, last };
}

function numbers({ first, last }: Range): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
