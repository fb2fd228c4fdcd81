/**
 * `resolvConf` of host-local: a file whose contents go into the result.
 *
 * @module
 */
import { readText } from "../../../sys/text_file.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { CniDns } from "../fields.ts";

/**
 * Reads a file in the form of resolv.conf(5). Unlike a resolver it keeps
 * `domain` and `search` apart, as results of CNI do.
 *
 * @throws {CniError} INVALID_CONFIG when it cannot be read
 */
export function readDns(path: string): CniDns {
  return parseDns(
    readText(path, "resolvConf names a file to read", (reason) =>
      new CniError(
        CNI_CODE.INVALID_CONFIG,
        "invalid network configuration",
        `ipam.resolvConf: ${path}: ${reason}`,
      )),
  );
}

/** What a text says; what it does not say is not there. */
export function parseDns(text: string): CniDns {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => !/^[#;]/.test(line))
    .map((line) => line.split(/\s+/))
    .filter(([, value]) => value !== undefined);
  const of = (keyword: string) =>
    lines.filter(([first]) => first === keyword).map(([, ...words]) => words);
  const nameservers = of("nameserver").map(([address]) => address!);
  const domain = of("domain").at(-1)?.[0];
  const search = of("search").flat();
  const options = of("options").flat();
  return {
    ...(nameservers.length > 0 && { nameservers }),
    ...(domain !== undefined && { domain }),
    ...(search.length > 0 && { search }),
    ...(options.length > 0 && { options }),
  };
}
