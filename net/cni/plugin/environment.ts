/**
 * What a runtime asks of a plugin by its environment: CNI_COMMAND and its
 * fellows, as the CNI specification 1.1.0 has them in section 2.
 *
 * @module
 */
import type { Problem } from "../../../sys/problem.ts";
import { type Address, parseAddress } from "../../address.ts";
import { formatMac, parseMac } from "../../mac.ts";
import { checkLinkName } from "../../link_name.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { CNI_COMMANDS, isCommand } from "../version.ts";

/** A container's interface on a network; the two name it. */
export interface Attachment {
  readonly containerId: string;
  readonly ifname: string;
}

/** What is asked for. */
export type Invocation =
  | {
    readonly command: "ADD" | "CHECK";
    readonly attachment: Attachment;
    /** The path of the container's network namespace. */
    readonly netns: string;
    readonly args: CniArgs;
    /** The namespace may be the plugin's own. */
    readonly mayShare: boolean;
  }
  | {
    readonly command: "DEL";
    readonly attachment: Attachment;
    /** Missing where the namespace is gone. */
    readonly netns?: string;
    readonly mayShare: boolean;
  }
  | { readonly command: "GC" | "STATUS" | "VERSION" };

/** What CNI_ARGS may say. */
export interface CniArgs {
  /** The container's Ethernet address. */
  readonly mac?: string;
  /** An address for host-local to lease. */
  readonly ip?: Address;
}

/** Variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How ids and names of networks look; they become names of files. */
export const NAME = /^[a-zA-Z0-9][\w.-]*$/;

/** Words for {@linkcode NAME}. */
export const NAME_RULE = 'letters, digits, "_", "." and "-", the first a ' +
  "letter or a digit";

/**
 * Reads the environment of a plugin.
 *
 * @throws {CniError} INVALID_ENVIRONMENT, which names the variables
 */
export function parseEnvironment(environment: Environment): Invocation {
  const get = (name: string) => environment[name] || undefined;
  const command = get("CNI_COMMAND");
  if (!isCommand(command)) {
    throw invalid(
      "CNI_COMMAND",
      `allowed: ${CNI_COMMANDS.join(", ")}`,
      command,
    );
  }
  if (command === "GC" || command === "STATUS" || command === "VERSION") {
    return { command };
  }
  const netns = get("CNI_NETNS");
  const isMissing = {
    CNI_CONTAINERID: get("CNI_CONTAINERID") === undefined,
    CNI_IFNAME: get("CNI_IFNAME") === undefined,
    CNI_NETNS: netns === undefined && command !== "DEL",
  };
  const missing = Object.entries(isMissing).filter(([, is]) => is);
  if (missing.length > 0) {
    throw new CniError(
      CNI_CODE.INVALID_ENVIRONMENT,
      `${missing.map(([name]) => name).join(", ")} missing; ` +
        `${command} needs ${missing.length > 1 ? "them" : "it"}`,
    );
  }
  const attachment = {
    containerId: readContainerId(get("CNI_CONTAINERID")!),
    ifname: readInterface(get("CNI_IFNAME")!),
  };
  const mayShare = /^(1|true)$/i.test(get("CNI_NETNS_OVERRIDE") ?? "");
  if (command === "DEL") {
    return { command, attachment, mayShare, ...(netns && { netns }) };
  }
  const args = parseArgs(get("CNI_ARGS") ?? "");
  return { command, attachment, netns: netns!, args, mayShare };
}

/**
 * Reads CNI_ARGS, `KEY=VALUE` with `;` between. A key that is not known is an
 * error, unless `IgnoreUnknown` says otherwise.
 *
 * @throws {CniError} INVALID_ENVIRONMENT
 */
export function parseArgs(text: string): CniArgs {
  const fail = (problem: string): never => {
    throw invalid("CNI_ARGS", problem, text);
  };
  const pairs = text.split(";").filter(Boolean).map((pair) => {
    const [key = "", value, ...more] = pair.split("=");
    return value === undefined || more.length > 0
      ? fail(`${JSON.stringify(pair)} is not KEY=VALUE`)
      : [key, value] as const;
  });
  const known = Object.fromEntries(pairs);
  const ignores = known["IgnoreUnknown"] ?? "0";
  if (!/^([01]|true|false)$/i.test(ignores)) {
    fail("IgnoreUnknown is 1, true, 0 or false");
  }
  const unknown = pairs.map(([key]) => key)
    .filter((key) => !["MAC", "IP", "IgnoreUnknown"].includes(key));
  if (unknown.length > 0 && !/^(1|true)$/i.test(ignores)) {
    fail(
      `unknown: ${unknown.join(", ")}; allowed: MAC, IP, and all others with ` +
        "IgnoreUnknown=1",
    );
  }
  const { MAC, IP } = known;
  try {
    return {
      ...(MAC && { mac: formatMac(parseMac(MAC)) }),
      ...(IP && { ip: parseAddress(IP.split("/")[0]!) }),
    };
  } catch (error) {
    if (error instanceof Error) return fail(error.message);
    throw error;
  }
}

/** The error of wrong values in a configuration, all of them in one line. */
export function configError(
  problems: readonly Pick<Problem, "path" | "message">[],
): CniError {
  return new CniError(
    CNI_CODE.INVALID_CONFIG,
    "invalid network configuration",
    problems.map(({ path, message }) => path ? `${path}: ${message}` : message)
      .join("; "),
  );
}

function readContainerId(id: string): string {
  if (NAME.test(id)) return id;
  throw invalid("CNI_CONTAINERID", `allowed: ${NAME_RULE}`, id);
}

function readInterface(name: string): string {
  try {
    return checkLinkName(name);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw invalid("CNI_IFNAME", error.message);
  }
}

function invalid(name: string, problem: string, value?: string): CniError {
  const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
  return new CniError(
    CNI_CODE.INVALID_ENVIRONMENT,
    `invalid ${name}${shown}`,
    problem,
  );
}
