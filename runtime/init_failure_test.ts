import assert from "node:assert/strict";
import { ERRNO } from "../sys/errno.ts";
import { ExecError, explainFailure } from "./init_failure.ts";
import { parseConfig } from "./spec.ts";

/** What is said when `name` may not be executed in a root filesystem. */
function denied(rootfs: string, name: string): [string, number] {
  const { process } = parseConfig({
    ociVersion: "1.2.0",
    process: { args: [name], cwd: "/", env: ["PATH=/bin"] },
    root: { path: rootfs },
  }, "config.json");
  const what = `exec ${JSON.stringify(name)}`;
  const error = explainFailure(what, ERRNO.EACCES!, { rootfs, process });
  assert(error instanceof ExecError);
  return [error.message, error.exitCode];
}

Deno.test("explainFailure() tells a loop of links and a directory from a file", () => {
  const rootfs = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${rootfs}/bin/directory`, { recursive: true });
    Deno.symlinkSync("loop", `${rootfs}/bin/loop`);
    Deno.writeTextFileSync(`${rootfs}/bin/text`, "");
    assert.deepEqual(denied(rootfs, "loop"), [
      'exec "loop": too many levels of symbolic links from /bin/loop',
      126,
    ]);
    assert.deepEqual(denied(rootfs, "/bin/directory"), [
      'exec "/bin/directory": permission denied: it is a directory',
      126,
    ]);
    assert.deepEqual(denied(rootfs, "/bin/text"), [
      'exec "/bin/text": permission denied: it is not an executable file, ' +
      "or its filesystem is mounted noexec",
      126,
    ]);
  } finally {
    Deno.removeSync(rootfs, { recursive: true });
  }
});
