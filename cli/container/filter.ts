/**
 * `--filter` of commands about containers.
 *
 * @module
 */
import type { Summary } from "../../container/describe.ts";
import { resolveAsText } from "../../sys/path.ts";
import {
  type Condition,
  type Conditions,
  type Filter,
  filterFlag,
  labelConditions,
} from "../filter.ts";
import { stateWord } from "./status_text.ts";

/** A container among all others, whose ages some conditions compare. */
export interface Candidate {
  readonly container: Summary;
  readonly all: readonly Summary[];
}

const STATES = ["created", "running", "paused", "restarting", "exited"];
const HEALTHS = ["starting", "healthy", "unhealthy", "none"];
const PORT = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/;

const CONDITIONS: Conditions<Candidate> = {
  id: ["TEXT", (value) => ({ container: { id } }) => id.startsWith(value)],
  name: ["TEXT", (value) => {
    const pattern = patternOf(value);
    // Docker's names begin with a slash, and so do some patterns.
    return ({ container: { name } }) =>
      pattern.test(name) || pattern.test(`/${name}`);
  }],
  status: ["STATE", (value) => {
    if (!STATES.includes(value)) {
      throw new Error(`status must be ${STATES.join(", ")}`);
    }
    return ({ container }) => stateWord(container) === value;
  }],
  health: ["HEALTH", (value) => {
    if (!HEALTHS.includes(value)) {
      throw new Error(`health must be ${HEALTHS.join(", ")}`);
    }
    return ({ container: { health = "none" } }) => health === value;
  }],
  exited: ["CODE", (value) => {
    if (!/^\d+$/.test(value)) throw new Error("exited must be an exit code");
    return ({ container: { exitCode } }) => exitCode === Number(value);
  }],
  ancestor: ["IMAGE", (value) => {
    const path = resolveAsText(value, Deno.cwd());
    return ({ container: { image } }) => image === value || image === path;
  }],
  before: ["CONTAINER", aged((created, other) => created < other)],
  since: ["CONTAINER", aged((created, other) => created > other)],
  network: [
    "NAME",
    (value) => ({ container }) => container.networkNames.includes(value),
  ],
  volume: [
    "NAME|PATH",
    (value) => ({ container }) =>
      container.mounts.some(({ name, destination }) =>
        name === value || destination === value
      ),
  ],
  publish: ["PORT[/PROTO]", port((one) => one.hostPort)],
  expose: ["PORT[/PROTO]", port((one) => one.containerPort)],
  ...labelConditions<Candidate>(({ container }) => container.labels),
};

/** The flag. */
export const FILTER = filterFlag(CONDITIONS);

/** A condition on containers. */
export type ContainerFilter = Filter<Candidate>;

/** Docker takes a regular expression for a name. */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new Error(
      `name is no regular expression: ${(error as Error).message}`,
    );
  }
}

/** Compares with the age of a container that is named. */
function aged(
  holds: (created: string, other: string) => boolean,
): Condition<Candidate> {
  return (value) => ({ container, all }) => {
    const other = all.find(({ id, name }) =>
      name === value || id.startsWith(value)
    );
    if (!other) throw new Error(`--filter: there is no container "${value}"`);
    return holds(container.created, other.created);
  };
}

function port(
  of: (port: NonNullable<Summary["ports"]>[number]) => number,
): Condition<Candidate> {
  return (value) => {
    const [, first, last = first, protocol] = PORT.exec(value) ?? [];
    if (first === undefined) {
      throw new Error("must be a port such as 80, 80/udp or 8000-8010");
    }
    return ({ container: { ports = [] } }) =>
      ports.some((one) =>
        of(one) >= Number(first) && of(one) <= Number(last) &&
        (protocol ?? one.protocol) === one.protocol
      );
  };
}
