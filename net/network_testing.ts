/**
 * What the tests of networks share.
 *
 * @module
 */
import type { Network } from "./network.ts";
import {
  type NetworkWishes,
  planNetwork,
  type Surroundings,
} from "./network_plan.ts";
import type { Sysctls } from "./sysctl.ts";

/** A network as it is planned where there is nothing else, unless given. */
export function plan(
  wishes: NetworkWishes = {},
  around: Partial<Surroundings> = {},
): Network {
  return planNetwork(wishes, {
    networks: [],
    host: [],
    random: (count) => Uint8Array.from({ length: count }, (_, i) => i + 0xa0),
    now: "2026-01-02T03:04:05.000Z",
    ...around,
  });
}

/** Settings in memory. */
export function fakeSysctls(
  settings: Record<string, string>,
): Sysctls & { settings: Record<string, string> } {
  return {
    settings,
    read: (name) => settings[name],
    canWrite: () => true,
    write: (name, value) => void (settings[name] = value),
    list: (directory) => {
      const below = Object.keys(settings)
        .filter((name) => name.startsWith(`${directory}/`))
        .map((name) => name.slice(directory.length + 1).split("/")[0]!);
      return [...new Set(below)];
    },
  };
}
