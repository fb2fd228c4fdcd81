/**
 * rkl as a CNI plugin: the bridge plugin of the CNI specification 1.1.0.
 *
 * Environment and stdin in, what goes to stdout and an exit code out.
 *
 * @module
 */
import { SyscallError } from "../../../sys/errors.ts";
import { NetlinkError } from "../../netlink/errors.ts";
import { CNI_CODE, CniError, formatError } from "../error.ts";
import { formatResult } from "../result.ts";
import {
  CNI_VERSIONS,
  type CniVersion,
  knowsCommand,
  NEWEST_VERSION,
  parseVersion,
} from "../version.ts";
import { type BridgeConfig, parseConfig, parseStdin } from "./config.ts";
import {
  type Environment,
  type Invocation,
  parseEnvironment,
} from "./environment.ts";
import { ipamOf } from "./ipam.ts";
import { openContainer, tryOpenContainer } from "./netns.ts";

/** What the plugin prints, and how it ends. */
export interface PluginOutput {
  /** 0, or 1 after a failure. */
  readonly code: number;
  /** A result or an error, as JSON; undefined when there is nothing to say. */
  readonly stdout?: object;
}

/** Does what the environment asks for. Never throws what CNI can tell. */
export async function runPlugin(
  environment: Environment,
  readStdin: () => string,
): Promise<PluginOutput> {
  let version: CniVersion = NEWEST_VERSION;
  try {
    const invocation = parseEnvironment(environment);
    const stdin = readStdin();
    if (invocation.command === "VERSION") return tellVersions(stdin);
    const json = parseStdin(stdin);
    version = parseVersion(json["cniVersion"]);
    refuseOlder(version, invocation);
    const args = "args" in invocation ? invocation.args : {};
    const config = parseConfig(json, args);
    const path = environment["CNI_PATH"] ?? "";
    const stdout = await carryOut(invocation, config, { stdin, path });
    return { code: 0, ...(stdout && { stdout }) };
  } catch (error) {
    return { code: 1, stdout: formatError(asCniError(error), version) };
  }
}

async function carryOut(
  invocation: Exclude<Invocation, { command: "VERSION" }>,
  config: BridgeConfig,
  call: { stdin: string; path: string },
): Promise<object | undefined> {
  const ipam = ipamOf(config, call);
  switch (invocation.command) {
    case "ADD": {
      const { attachment, netns, mayShare } = invocation;
      const { add } = await import("./add.ts");
      using container = openContainer(netns, mayShare);
      const result = await add(config, attachment, container, ipam);
      return formatResult(result, config.version);
    }
    case "DEL": {
      const { attachment, netns, mayShare } = invocation;
      const { del } = await import("./remove.ts");
      using container = netns === undefined
        ? undefined
        : tryOpenContainer(netns, mayShare);
      return void await del(config, attachment, container, ipam);
    }
    case "CHECK": {
      const { attachment, netns, mayShare } = invocation;
      const { checkAttachment } = await import("./check.ts");
      using container = openContainer(netns, mayShare);
      return void await checkAttachment(config, attachment, container, ipam);
    }
    case "GC": {
      const { gc } = await import("./remove.ts");
      return void await gc(config, ipam);
    }
    case "STATUS": {
      const { checkStatus } = await import("./check.ts");
      return void await checkStatus(config, ipam);
    }
  }
}

function tellVersions(stdin: string): PluginOutput {
  const { cniVersion } = stdin.trim() === ""
    ? { cniVersion: undefined }
    : parseStdin(stdin);
  return {
    code: 0,
    stdout: {
      cniVersion: typeof cniVersion === "string" ? cniVersion : NEWEST_VERSION,
      supportedVersions: CNI_VERSIONS,
    },
  };
}

function refuseOlder(version: CniVersion, { command }: Invocation): void {
  if (knowsCommand(version, command)) return;
  throw new CniError(
    CNI_CODE.INCOMPATIBLE_VERSION,
    `cniVersion ${version} has no ${command}`,
  );
}

/** Any failure, with a code. */
function asCniError(error: unknown): CniError {
  if (error instanceof CniError) return error;
  const { message } = error instanceof Error ? error : new Error(String(error));
  const isFile = error instanceof SyscallError && error.syscall !== "setns";
  const isForbidden = (error instanceof NetlinkError || isFile) &&
    ["EPERM", "EACCES"].includes(error.code);
  return new CniError(
    isFile ? CNI_CODE.IO_FAILURE : CNI_CODE.INTERNAL,
    message,
    isForbidden
      ? "a CNI plugin takes CAP_NET_ADMIN, which root has"
      : undefined,
    { cause: error },
  );
}
