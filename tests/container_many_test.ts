/**
 * Containers of a process that has many: its descriptors have high numbers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readLogs } from "../container/logs.ts";
import { waitContainer } from "../container/wait.ts";
import { runContainer } from "../container/run.ts";
import { validateSpecification } from "../container/specification/specification.ts";
import { open } from "../sys/fd.ts";
import { nameIn, ROOTFS } from "./container.ts";
import { needs } from "./facts.ts";
import { sandbox } from "./rkl.ts";

Deno.test({
  name:
    "a container has its output and its end, whatever numbers its pipes have",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [root, dataRoot] = ["root", "data"].map((name) =>
      `${box.directory}/${name}`
    ) as [string, string];
    const store = { root, dataRoot };
    using stack = new DisposableStack();
    // Each starts one number further, across those a monitor has for itself.
    for (let first = 84; first < 104; first += 2) {
      for (;;) {
        const fd = stack.use(open("/dev/null"));
        if (fd.number >= first) break;
      }
      const spec = validateSpecification({
        name: nameIn(box, `n${first}`),
        image: ROOTFS,
        args: ["sh", "-c", "echo out; echo err >&2; exit 7"],
        network: "none",
      });
      await runContainer(store, spec, { detach: true });
      assert.equal(await waitContainer(store, spec.name!), 7);
      const pieces = [];
      for await (const { bytes } of readLogs(store, spec.name!)) {
        pieces.push(new TextDecoder().decode(bytes));
      }
      assert.deepEqual(pieces.join("").split("\n").sort(), ["", "err", "out"]);
    }
  },
});
