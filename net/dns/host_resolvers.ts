/**
 * Whom the host asks for names, read again when its resolv.conf changes.
 *
 * Servers on the host's loopback are good here: the host's network is where
 * they are asked from.
 *
 * @module
 */
import { HOST_PATHS } from "../names/files.ts";
import { type NameServer, parseResolvConf } from "../names/resolv_conf.ts";
import { parseAddress } from "../address.ts";

/** Whom to ask, and how patiently. */
export interface Resolvers {
  /** In order. */
  readonly servers: readonly NameServer[];
  /** How long one may take, in milliseconds. */
  readonly timeout: number;
  /** How often each is asked. */
  readonly attempts: number;
}

/** As resolv.h has it: resolvers ask no more than three. */
const MOST_SERVERS = 3;
const [MOST_SECONDS, MOST_ATTEMPTS] = [30, 5];

/**
 * Resolvers wait 5 seconds for a server, but so does the asker for this one:
 * another should have been asked by then.
 */
const [SECONDS, ATTEMPTS] = [2, 2];

/** How long a look at the file is good for, in milliseconds. */
const FRESH = 1000;

/** From resolv.conf(5): what a file without servers means. */
const LOCAL: NameServer = { address: parseAddress("127.0.0.1") };

/** Reads what a resolv.conf says of servers. */
export function resolversOf(text: string): Resolvers {
  const { nameServers, options } = parseResolvConf(text);
  const numberOf = (name: string, usual: number, most: number) => {
    const option = options.findLast((text) => text.startsWith(`${name}:`));
    const value = Number(option?.slice(name.length + 1));
    return value >= 1 ? Math.min(most, Math.floor(value)) : usual;
  };
  return {
    servers: nameServers.length > 0
      ? nameServers.slice(0, MOST_SERVERS)
      : [LOCAL],
    timeout: 1000 * numberOf("timeout", SECONDS, MOST_SECONDS),
    attempts: numberOf("attempts", ATTEMPTS, MOST_ATTEMPTS),
  };
}

/**
 * Tells what a resolv.conf says now. It looks no more than once a second, and
 * reads the file when it is another one or was written to. What cannot be read,
 * as a file that is being replaced, and what is no file leave things as they
 * are: whoever asks for names is not to end for it.
 */
export function watchResolvers(
  path: string = HOST_PATHS.resolvConf,
  now: () => number = () => performance.now(),
): () => Resolvers {
  let known = resolversOf("");
  let seen = "";
  let looked = -Infinity;
  return () => {
    if (now() - looked < FRESH) return known;
    looked = now();
    try {
      const { isFile, ino, size, mtime } = Deno.statSync(path);
      const state = `${ino} ${size} ${mtime?.getTime()}`;
      if (!isFile || state === seen) return known;
      known = resolversOf(Deno.readTextFileSync(path));
      seen = state;
    } catch {
      // Whoever asked is not to wait for the host's file to be put right.
    }
    return known;
  };
}
