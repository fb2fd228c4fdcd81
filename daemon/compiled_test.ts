import assert from "node:assert/strict";
import { sweepCompiled } from "./compiled.ts";

Deno.test("what is compiled is kept until there is too much of it", () => {
  const directory = Deno.makeTempDirSync();
  const kept = `${directory}/compiled`;
  sweepCompiled(kept, 0); // nothing is there yet
  Deno.mkdirSync(kept);
  Deno.writeFileSync(`${kept}/cache`, new Uint8Array(64 * 1024));
  sweepCompiled(kept, 1 << 20);
  assert.deepEqual([...Deno.readDirSync(kept)].length, 1);
  sweepCompiled(kept, 32 * 1024);
  assert.deepEqual([...Deno.readDirSync(directory)], []);
  Deno.removeSync(directory);
});
