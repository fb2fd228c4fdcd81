/**
 * The options before the verb: where rkl keeps its state, and how it logs.
 *
 * @module
 */
import type { FlagTable, FlagValues } from "./flags.ts";
import { oneOf, text } from "./values.ts";

/** `rkl [GLOBAL FLAGS] VERB …` */
export const GLOBAL_FLAGS = {
  root: {
    type: text,
    value: "DIR",
    help: "Keep live state in DIR instead of /run/rkl",
  },
  dataRoot: {
    type: text,
    value: "DIR",
    help: "Keep logs and other lasting data in DIR instead of /var/lib/rkl",
  },
  cniConfDir: {
    type: text,
    value: "DIR",
    help: "Find CNI networks in DIR instead of /etc/cni/net.d",
  },
  cniPath: {
    type: text,
    value: "DIR[:DIR...]",
    help: "Find CNI plugins there, not in CNI_PATH, /opt/cni/bin …",
  },
  log: {
    type: text,
    value: "FILE",
    help: "Append errors to FILE as well as printing them",
  },
  logFormat: {
    type: oneOf("text", "json"),
    value: "FORMAT",
    help: "Format of --log: text (default) or json",
  },
  debug: { type: Boolean, help: "Print what caused an error, cause by cause" },
  version: { type: Boolean, alias: "v", help: "Print the version" },
  help: { type: Boolean, alias: "h", help: "Print this help" },
} as const satisfies FlagTable;

/** What the user said before the verb. */
export type Globals = FlagValues<typeof GLOBAL_FLAGS>;
