/**
 * `ports` of a specification: what a container listens on, and where the host
 * publishes it.
 *
 * @module
 */
import { parseAddress, tryParse } from "../../net/address.ts";
import { parseSource } from "../../net/prefix.ts";
import { complain, refuse } from "../../sys/problem.ts";
import {
  integer,
  jsonSchema,
  oneOf,
  optional,
  type Output,
  type Schema,
  strictObject,
  textThat,
  withDefault,
} from "../../sys/schema.ts";
import { text } from "../specification/values.ts";

/** Ports of the host, one of which is to be had; 0 is any that is free. */
export interface HostPorts {
  /** The first that may be taken. */
  readonly first: number;
  /** The last. */
  readonly last: number;
}

const PORT = 0xffff;
const HOST_PORT =
  "a port from 1 to 65535, 0 for a free one, or a range such as 8000-8010";

/** A number, or `FIRST-LAST`. */
const hostPorts: Schema<HostPorts, number | string> = {
  expected: HOST_PORT,
  json: () => ({
    anyOf: [
      { type: "integer", minimum: 0, maximum: PORT },
      { type: "string", pattern: "^[1-9]\\d{0,4}-[1-9]\\d{0,4}$" },
    ],
  }),
  read(value, at, problems) {
    if (typeof value === "number") {
      const right = Number.isInteger(value) && value >= 0 && value <= PORT;
      return right
        ? { first: value, last: value }
        : refuse(HOST_PORT, value, at, problems);
    }
    const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(String(value)) ?? [];
    const [first, last] = [Number(from), Number(to)];
    return first >= 1 && first <= last && last <= PORT
      ? { first, last }
      : refuse(HOST_PORT, value, at, problems);
  },
};

const Fields = strictObject({
  containerPort: integer(1, PORT),
  hostPort: optional(hostPorts),
  /** An address of the host; all of them unless given. */
  hostIP: optional(
    textThat(
      "an IPv4 or IPv6 address",
      (text) => tryParse(parseAddress, text) !== undefined,
    ),
  ),
  protocol: withDefault(oneOf(["TCP", "UDP", "SCTP"]), "TCP"),
  name: optional(text),
});

/** One entry of `ports`; one with a `hostPort` is published. */
export const Port: typeof Fields = {
  expected: Fields.expected,
  json: () => ({
    ...jsonSchema(Fields),
    dependentRequired: { hostIP: ["hostPort"] },
  }),
  read(value, at, problems) {
    const before = problems.length;
    const port = Fields.read(value, at, problems);
    const whole = problems.length === before;
    if (whole && port.hostIP !== undefined && port.hostPort === undefined) {
      const message = "needs hostPort, which it is the address of; hostPort: " +
        "0 takes a free one";
      complain(message, { key: "hostIP", above: at }, problems);
    }
    return port;
  },
};
/** What a container listens on, checked. */
export type Port = Output<typeof Fields>;

/** One entry of `publishFrom`. */
export const publishFrom: Schema<string> = textThat(
  "an address, or a range of them such as 192.0.2.0/24",
  (text) => tryParse(parseSource, text) !== undefined,
);
