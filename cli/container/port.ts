/**
 * `rkl container port`
 *
 * @module
 */
import { portsOf } from "../../container/describe.ts";
import type { Publication } from "../../container/network/publication.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";
import { hostOf } from "./ports_text.ts";
import { expose } from "./publish_flag.ts";

export default verb({
  help:
    "Prints which ports of the host lead to a container: all, or those to one of\n" +
    "its ports.",
  operands: ["NAME", "[PORT]"],
  flags: {},
  examples: [
    ["rkl container port web", "Print all: 80/tcp -> 0.0.0.0:8080"],
    ["rkl container port web 53/udp", "Print where its port 53/udp is"],
  ],
  async run({ args: { name, port }, globals }) {
    const asked = port === undefined ? [] : readPort(port);
    const ports = await portsOf(storeOf(globals), name);
    if (port === undefined) {
      for (const one of ports) print(`${insideOf(one)} -> ${outsideOf(one)}`);
      return;
    }
    const found = ports.filter((one) => asked.includes(insideOf(one)));
    if (found.length === 0) {
      throw new Error(`container "${name}" publishes no port ${asked[0]}`);
    }
    for (const one of found) print(outsideOf(one));
  },
});

/** What it is asked for, as `80/tcp`. */
function readPort(text: string): string[] {
  try {
    return expose(text).map(({ containerPort, protocol }) =>
      `${containerPort}/${protocol.toLowerCase()}`
    );
  } catch (error) {
    throw new UsageError(`container port ${text}: ${(error as Error).message}`);
  }
}

/** `80/tcp` */
function insideOf({ containerPort, protocol }: Publication): string {
  return `${containerPort}/${protocol}`;
}

/** `0.0.0.0:8080`, `[::]:8080` */
function outsideOf(port: Publication): string {
  return `${hostOf(port)}:${port.hostPort}`;
}
