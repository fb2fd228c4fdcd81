import assert from "node:assert/strict";
import { kebab } from "../flags.ts";
import { REFUSED_FLAGS } from "./refused_flags.ts";
import run from "./run.ts";

const GLOBALS = {} as Parameters<typeof run.run>[2];

Deno.test("a flag of docker's or podman's that rkl lacks is refused by name", async () => {
  const cases: [words: string[], message: string][] = [
    [
      ["--gpus", "all"],
      "--gpus is not supported: it needs NVIDIA's hooks or CDI; give the " +
      "devices with --device",
    ],
    [
      ["-it", "--pull=always"],
      "--pull is not supported: it comes with images: images are " +
      "directories, which nothing has to pull",
    ],
    [
      ["--rm", "--userns", "host"],
      "--userns is not supported: it comes with user namespaces; a bundle " +
      "can have one (linux.namespaces)",
    ],
    [["--gpu", "all"], "unknown flag --gpu"],
  ];
  for (const [words, message] of cases) {
    const line = [...words, "/image", "true"];
    await assert.rejects(run.run("container run", line, GLOBALS), { message });
  }
});

Deno.test("no flag is both there and refused", () => {
  const flags = Object.keys(run.flags).map(kebab);
  assert.deepEqual(flags.filter((flag) => flag in REFUSED_FLAGS), []);
});
