/**
 * `rkl schema container`
 *
 * @module
 */
import { specificationSchema } from "../../container/specification/schema.ts";
import { printJson } from "../output.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Prints the JSON Schema (2020-12) of a container's specification, for editors\n" +
    "and for programs that write one.",
  operands: [],
  flags: {},
  examples: [
    ["rkl schema container > container.json", "Keep it for an editor"],
  ],
  run: () => printJson(specificationSchema()),
});
