/**
 * What is said between a command and the daemon: JSON, a line each way, any
 * number of times over a connection.
 *
 * Commands and daemons of different versions meet. So `ask` and `is` keep their
 * meaning, and fields that a reader does not know are passed over.
 *
 * @module
 */
import { tryParseJson } from "../sys/json.ts";
import {
  check,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Output,
  scalar,
  type Schema,
  textThat,
} from "../sys/schema.ts";

/** The longest line that is read, in bytes. */
export const LONGEST_LINE = 64 << 10;

const text = textThat("text", () => true);
const natural = integer(0, Number.MAX_SAFE_INTEGER);
const is = <const T extends string>(word: T): Schema<T> =>
  scalar(`"${word}"`, (value) => value === word);

const REQUEST = object({
  /**
   * `poke`: look at what is on disk now, and answer when all that follows from
   * it is done; a daemon of another build makes room instead. `status`: say
   * how you are. `stop`: end.
   */
  ask: oneOf(["poke", "status", "stop"]),
  /** Of the program that asks. */
  build: text,
  /** The store's; a daemon has one. */
  dataRoot: text,
  /** The network namespace, as the link of its file names it. */
  netns: text,
});
/** What a command asks for. */
export type Request = Output<typeof REQUEST>;

const DUTY = object({
  name: text,
  /** What it is needed for, in a few words; absent if for nothing. */
  needed: optional(text),
  /** Why it could not be done the last time. */
  problem: optional(text),
});

const STATUS = object({
  is: is("status"),
  pid: natural,
  /** RFC 3339. */
  since: text,
  /** Of rkl. */
  version: text,
  build: text,
  dataRoot: text,
  /** Bytes of memory, those shared with other programs among them. */
  memory: natural,
  /** Seconds after which it ends when nothing needs it; absent if it stays. */
  idle: optional(scalar<number>("a number", (value) => Number(value) >= 0)),
  duties: list(DUTY, "duties"),
});
/** One of its duties. */
export type DutyStatus = Output<typeof DUTY>;
/** A daemon that runs. */
export type Status = Output<typeof STATUS>;

const ANSWERS = {
  /** All that follows from what was on disk is done, but for these problems. */
  done: object({ is: is("done"), problems: list(text, "problems") }),
  /** It ends, as it was told, or because it is of another build. */
  leaving: object({ is: is("leaving") }),
  /** It serves another data root or network namespace, and says which. */
  elsewhere: object({ is: is("elsewhere"), where: text }),
  status: STATUS,
} as const;
/** What the daemon says. */
export type Answer = Output<typeof ANSWERS[keyof typeof ANSWERS]>;

/** A line as the daemon reads it; undefined for what no command says. */
export function readRequest(line: string): Request | undefined {
  return readAs(REQUEST, line);
}

/** A line as a command reads it; undefined for what no daemon says. */
export function readAnswer(line: string): Answer | undefined {
  for (const schema of Object.values(ANSWERS)) {
    const answer = readAs<Answer>(schema, line);
    if (answer) return answer;
  }
  return undefined;
}

function readAs<T>(schema: Pick<Schema<T>, "expected" | "read">, line: string) {
  const result = check(schema, tryParseJson(line));
  return "value" in result ? result.value : undefined;
}
