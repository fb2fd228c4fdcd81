import assert from "node:assert/strict";
import { check } from "../../sys/schema.ts";
import { Mounts } from "./fields.ts";
import { placeOf } from "./place.ts";

/** What is wrong with a list of mounts, a line each. */
function problems(...mounts: unknown[]): string[] {
  const result = check(Mounts, mounts);
  return "problems" in result
    ? result.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

/** What a mount is read as. */
function read(mount: object) {
  const result = check(Mounts, [mount]);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.value[0];
}

Deno.test("a mount with a name is a volume, any other a bind", () => {
  const rest = { destination: "/a", readOnly: false, options: [] };
  assert.deepEqual(read({ name: "ab", mountPath: "/a" }), {
    type: "volume",
    name: "ab",
    ...rest,
  });
  assert.deepEqual(read({ source: "/s", target: "/a" }), {
    type: "bind",
    source: "/s",
    ...rest,
  });
});

Deno.test("Kubernetes' words for propagation are taken", () => {
  const words = {
    None: "rprivate",
    HostToContainer: "rslave",
    shared: "shared",
  };
  for (const [mountPropagation, expected] of Object.entries(words)) {
    const mount = { source: "/s", mountPath: "/a", mountPropagation };
    assert.equal(read(mount)?.propagation, expected);
  }
});

Deno.test("mounts say what does not go together", () => {
  const cases: [mount: object, problem: string][] = [
    [
      { type: "volume", source: "/s" },
      "[0].source: a volume has a name; use name, or type: bind for a path",
    ],
    [
      { type: "bind", source: "/s", name: "ab" },
      "[0].name: a bind mount has a source; use type: volume for a name",
    ],
    [
      { name: "a/b" },
      '[0].name: expected 2 to 255 letters, digits, _ . or -, the first a letter or digit, got "a/b"',
    ],
    [
      { type: "tmpfs", noCopy: true },
      "[0].noCopy: a tmpfs mount has none; it is for type: volume",
    ],
    [
      { type: "tmpfs", subPath: "a" },
      "[0].subPath: a tmpfs mount has none; it is for type: bind or volume",
    ],
    [
      { name: "ab", subPath: "../a" },
      '[0].subPath: expected a relative path without "..", got "../a"',
    ],
    [
      { type: "volume", subPath: "a" },
      "[0].subPath: a volume of the container's own begins empty; name one",
    ],
    [
      { source: "/s", recursive: "writable" },
      "[0].recursive: writable is for readOnly: true",
    ],
    [
      {
        source: "/s",
        readOnly: true,
        recursive: "readonly",
        propagation: "rslave",
      },
      "[0].recursive: readonly needs propagation: rprivate, not rslave",
    ],
    [
      { name: "ab", driver: "nfs" },
      '[0].driver: expected local, the only driver there is, got "nfs"',
    ],
    [
      { name: "ab", destination: "/." },
      "[0].destination: expected a path below /, which is the image",
    ],
  ];
  for (const [mount, problem] of cases) {
    assert.deepEqual(problems({ destination: "/a", ...mount }), [problem]);
  }
});

Deno.test("no two mounts have one destination", () => {
  assert.deepEqual(
    problems(
      { type: "tmpfs", destination: "/a" },
      { type: "tmpfs", destination: "/b" },
      { name: "ab", destination: "/./a/" },
    ),
    ["[2].destination: /a is the destination of mounts[0] too"],
  );
  assert.equal(placeOf({ destination: "//a/./b/" }), "/a/b");
});
