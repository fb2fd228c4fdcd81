/**
 * The library, as the README shows it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { place } from "./netns.ts";
import { command, REPOSITORY } from "./rkl.ts";

Deno.test({
  name: "the README's program runs a container, with the network it has",
  ...needs("root", "native", "tool:nsenter"),
  async fn() {
    await using here = place();
    const { directory, roots } = here.box;
    const readme = Deno.readTextFileSync(`${REPOSITORY}README.md`);
    const section = readme.slice(readme.indexOf("## Library"));
    const [config, program] = ["json", "ts"].map((language) =>
      new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(section)![1]!
    );
    const [, root, , dataRoot] = roots;
    const store = JSON.stringify({ root, dataRoot });
    Deno.symlinkSync(REPOSITORY, `${directory}/rkl`);
    Deno.writeTextFileSync(`${directory}/deno.json`, config!);
    Deno.writeTextFileSync(
      `${directory}/main.ts`,
      // The example's store is this machine's own.
      program!.replace("  DEFAULT_STORE,\n", "")
        .replace("\n\n", `\n\nconst DEFAULT_STORE = ${store};\n`),
    );
    const netns = `--net=/proc/${Deno.pid}/fd/${here.netns.number}`;
    const result = await command(
      "nsenter",
      [netns, "--", Deno.execPath(), "run", "--allow-all", "main.ts"],
      { cwd: directory },
    );
    assert.equal(succeeded(result), "exit code 3\nhello from rkl\n");
  },
});
