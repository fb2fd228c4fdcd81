/**
 * `rkl container inspect`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { inspectContainer } from "../../container/describe.ts";
import { INSPECT_FORMAT, inspectorOf } from "../format.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { CONTAINER_DESCRIPTION, inspectFields } from "./inspect_fields.ts";
import { SELECT, selectNames } from "./select.ts";

export default verb({
  help:
    "Prints all that is known of containers as a JSON array, with docker's fields:\n" +
    "what they were made from, how they run, and how they ended; under `rkl` what is\n" +
    "rkl's own, such as the OCI configuration.",
  operands: ["[NAMES...]"],
  flags: { format: INSPECT_FORMAT, ...SELECT },
  examples: [
    ["rkl container inspect web", "Print what is known of web"],
    [
      "rkl container inspect -f '{{.State.Status}} {{.State.ExitCode}}' web",
      "Print how web is, or how it ended",
    ],
  ],
  async run({ flags: { format: asked, ...selection }, args, globals }) {
    const format = await inspectorOf(asked, CONTAINER_DESCRIPTION);
    const store = storeOf(globals);
    await reviveDaemon(store);
    const names = await selectNames(store, args.names, selection);
    const found = await Promise.all(
      names.map((name) => inspectContainer(store, name)),
    );
    for (const line of format(found.map(inspectFields))) print(line);
  },
});
