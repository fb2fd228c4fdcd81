import assert from "node:assert/strict";
import { mountOption, tmpfsMount, volumeMount } from "./mount_flags.ts";

const HERE = Deno.cwd();

Deno.test("volumeMount() tells paths from names, as docker does", () => {
  const cases: [text: string, mount: object][] = [
    ["/a", { type: "volume", destination: "/a" }],
    ["files:/a", { type: "volume", name: "files", destination: "/a" }],
    ["/srv:/a", {
      type: "bind",
      source: "/srv",
      createSource: true,
      destination: "/a",
    }],
    ["./x/..:/a", {
      type: "bind",
      source: HERE,
      createSource: true,
      destination: "/a",
    }],
  ];
  for (const [text, mount] of cases) {
    assert.deepEqual(
      volumeMount(text),
      { ...mount, readOnly: false, options: [] },
      text,
    );
  }
});

Deno.test("volumeMount() knows docker's options, and podman's of mount(8)", () => {
  const fields = (options: string) => {
    const { type, name, destination, ...rest } = volumeMount(
      `ab:/a:${options}`,
    );
    assert.deepEqual([type, name, destination], ["volume", "ab", "/a"]);
    return rest;
  };
  assert.deepEqual(fields("ro,nocopy,z,cached"), {
    readOnly: true,
    noCopy: true,
    options: [],
  });
  assert.deepEqual(fields("noexec,rw,nodev"), {
    readOnly: false,
    options: ["noexec", "nodev"],
  });
  assert.deepEqual(fields("rshared"), {
    readOnly: false,
    propagation: "rshared",
    options: [],
  });
  assert.throws(
    () => volumeMount("ab:/a:U"),
    /has no option "U"; allowed: ro, /,
  );
});

Deno.test("mountOption() knows the keys of docker", () => {
  assert.deepEqual(
    mountOption(
      "type=bind,src=/s,dst=/d,ro,bind-propagation=rslave," +
        "bind-nonrecursive=true,consistency=cached",
    ),
    {
      type: "bind",
      source: "/s",
      destination: "/d",
      readOnly: true,
      propagation: "rslave",
      recursive: "disabled",
      options: [],
    },
  );
  assert.deepEqual(
    mountOption(
      'source=files,target=/d,volume-nocopy,volume-subpath=a/b,"volume-opt=o=a,b",' +
        "volume-opt=type=tmpfs,volume-label=x=1,volume-label=y,volume-driver=local",
    ),
    {
      type: "volume",
      name: "files",
      destination: "/d",
      readOnly: false,
      noCopy: true,
      subPath: "a/b",
      driverOptions: { o: "a,b", type: "tmpfs" },
      labels: { x: "1", y: "" },
      driver: "local",
      options: [],
    },
  );
  assert.deepEqual(
    mountOption("type=tmpfs,destination=/d,tmpfs-size=1m,tmpfs-mode=700"),
    {
      type: "tmpfs",
      destination: "/d",
      readOnly: false,
      options: ["size=1m", "mode=700"],
    },
  );
});

Deno.test("flags of mounts say what is wrong with them", () => {
  const cases: [parse: (text: string) => unknown, text: string, RegExp][] = [
    [volumeMount, "", /must be \[SOURCE:\]TARGET/],
    [volumeMount, ":/a", /must be \[SOURCE:\]TARGET/],
    [volumeMount, "a b:/a", /SOURCE is a path from \/ or \.\/, or the name/],
    [volumeMount, "x:/a", /the name of a volume: 2 to 255 letters/],
    [mountOption, "type=bind,dst=/a", /has no source=PATH/],
    [
      mountOption,
      "type=npipe,dst=/a",
      /type is "npipe" and must be bind, volume/,
    ],
    [mountOption, "src=/srv,dst=/a", /is a path, .*add type=bind/],
    [mountOption, "src=x,dst=/a", /is no volume name/],
    [mountOption, "dst=/a,ro=maybe", /ro is "maybe" and must be true or false/],
    [mountOption, "src=ab", /has no target=PATH/],
    [
      mountOption,
      "dst=/a,bind-propagation=up",
      /bind-propagation is "up" and must be private, rprivate/,
    ],
    [tmpfsMount, "a", /the target a must be an absolute path/],
  ];
  for (const [parse, text, message] of cases) {
    assert.throws(() => parse(text), { message }, text);
  }
});
