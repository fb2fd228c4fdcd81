/**
 * What `--volume`, `--mount`, `--tmpfs` and `--volumes-from` mount, and `mounts`
 * of a file.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  ask,
  failed,
  launch,
  nameIn,
  ROOTFS,
  run,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, eventually, exists, RKL, sandbox } from "./rkl.ts";

const root = needs("root");
const native = needs("root", "native");

Deno.test({
  name: "--volume makes a directory that is missing, --mount refuses it",
  ...root,
  async fn() {
    await using box = sandbox();
    const missing = `${box.directory}/made/here`;
    const words = (...flags: string[]) => run(...flags, ROOTFS, "ls", "/a");
    failed(
      await box.rkl(...words("--mount", `type=bind,src=${missing},dst=/a`)),
      125,
      `the mount at /a: source ${missing} does not exist`,
    );
    assert.ok(!exists(missing));
    const plan = await box.rkl(
      ...run(
        "--dry-run",
        "-v",
        `${missing}:/a`,
        "-v",
        "files:/b",
        ROOTFS,
        "true",
      ),
    );
    assert.match(
      succeeded(plan),
      /make the directory .*\ncreate the volume files\n/,
    );
    assert.ok(!exists(missing) && !exists(`${box.directory}/data/volumes`));
    succeeded(await box.rkl(...words("-v", `${missing}:/a`)));
    assert.equal(Deno.statSync(missing).mode! & 0o777, 0o755);
    const made = `type=bind,src=${missing}2,dst=/a,bind-create-src`;
    succeeded(await box.rkl(...words("--mount", made)));
    assert.ok(exists(`${missing}2`));
  },
});

Deno.test({
  name: "mounts are made from the root down, whatever their order",
  ...root,
  async fn() {
    await using box = sandbox();
    const flags = ["-v", "deep:/a/b/c", "-v", "top:/a", "--tmpfs", "/a/b"];
    const { mounted } = await ask(box, [...flags, ROOTFS], {
      mounted:
        "touch /a/1 /a/b/2 /a/b/c/3; cut -d' ' -f2 /proc/mounts | grep ^/a",
    });
    assert.equal(mounted, "/a\n/a/b\n/a/b/c");
    const content = (volume: string) =>
      [...Deno.readDirSync(`${box.directory}/data/volumes/${volume}/_data`)]
        .map(({ name }) => name).sort();
    assert.deepEqual(content("top"), ["1", "b"]);
    assert.deepEqual(content("deep"), ["3"]);
  },
});

Deno.test({
  name: "read-only reaches the mounts below, unless they are to be writable",
  ...native,
  async fn() {
    await using box = sandbox();
    const script = `set -e
      mkdir ${box.directory}/top; mount -t tmpfs top ${box.directory}/top
      mkdir ${box.directory}/top/below
      mount -t tmpfs below ${box.directory}/top/below
      exec ${RKL} ${box.roots.join(" ")} "$@"`;
    const top = `type=bind,src=${box.directory}/top`;
    const touch =
      "touch /a/x 2>/dev/null && echo top; touch /a/below/x 2>/dev/null && echo below";
    const flags = [
      "--mount",
      `${top},dst=/a,ro`,
      "--mount",
      `${top},dst=/b,ro,bind-recursive=writable`,
      "--mount",
      `${top},dst=/c,ro,bind-recursive=disabled`,
    ];
    const each = ["/a", "/b", "/c"].map((path) =>
      `echo ${path}; ${touch.replaceAll("/a", path)}; true`
    );
    const words = run(...flags, ROOTFS, "sh", "-c", each.join("\n"));
    const inside = [
      "-m",
      "sh",
      "-c",
      script.replace("set -e", "set -e; mount --make-rprivate /"),
      "sh",
      ...words,
    ];
    const printed = succeeded(await command("unshare", inside));
    // Without what is mounted, the directory is the read-only one.
    assert.equal(printed, "/a\n/b\nbelow\n/c\n");
  },
});

Deno.test({
  name: "mounts spread between host and container as they are asked to",
  ...native,
  async fn() {
    await using box = sandbox();
    const place = `${box.directory}/place`;
    const name = nameIn(box);
    const rkl = `${RKL} ${box.roots.join(" ")}`;
    const start = (propagation: string) =>
      `${rkl} container run -d --name ${name} --cap-add SYS_ADMIN ` +
      `-v ${place}:/a:${propagation} ${ROOTFS} sleep 100 2>&1 >/dev/null`;
    const script = `set -e; mount --make-rprivate /
      mkdir ${place}; mount -t tmpfs place ${place}
      ${start("rslave")} || true
      mount --make-shared ${place}; mkdir ${place}/one ${place}/two
      ${start("rslave")}
      mount -t tmpfs later ${place}/one
      ${rkl} container exec ${name} grep -c ' /a/one ' /proc/mounts
      ${rkl} container rm -f ${name} >/dev/null; umount ${place}/one
      ${start("rshared")}
      ${rkl} container exec ${name} mount -t tmpfs inner /a/two
      grep -c ' ${place}/two ' /proc/mounts
      ${rkl} container inspect ${name} | grep -o '"Propagation": "rshared"'
      ${rkl} container rm -f ${name} >/dev/null
      umount ${place}/two`;
    const { code, stdout, stderr } = await command("unshare", [
      "-m",
      "sh",
      "-c",
      script,
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(
      stdout,
      `rkl: the mount at /a: rslave needs ${place} to be on a mount that is ` +
        `shared or a slave; "mount --make-shared ${place}" makes that one so\n` +
        '1\n1\n"Propagation": "rshared"\n',
    );
  },
});

Deno.test({
  name: "a part of a volume is mounted, and no link in it leads out",
  ...root,
  async fn() {
    await using box = sandbox();
    const subPath = (path: string, volume = "files") =>
      run(
        "--mount",
        `src=${volume},dst=/b,volume-subpath=${path}`,
        ROOTFS,
        "ls",
        "/b",
      );
    const fill =
      "mkdir -p /a/d/e; touch /a/d/e/f; ln -s /etc /a/etc; ln -s d/e /a/l; ln -s ../../../etc /a/up";
    succeeded(
      await box.rkl(...run("-v", "files:/a", ROOTFS, "sh", "-c", fill)),
    );
    assert.equal(succeeded(await box.rkl(...subPath("d/e"))), "f\n");
    assert.equal(succeeded(await box.rkl(...subPath("l"))), "f\n");
    assert.equal(succeeded(await box.rkl(...subPath("d/e/f"))), "/b\n");
    for (const path of ["none", "etc", "up"]) {
      failed(
        await box.rkl(...subPath(path)),
        125,
        /the mount at \/b: there is no /,
      );
    }
    failed(
      await box.rkl(...subPath("../x")),
      125,
      /--mount: expected a relative path/,
    );
  },
});

Deno.test({
  name: "a part of a volume that somebody swaps for links never leads out",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box, "swap");
    const swap =
      "mkdir -p /a/real; touch /a/real/own; ln -s /etc /a/evil; cd /a\n" +
      "while :; do mv real part; mv part real; cp -P evil part; rm part; done";
    await launch(box, [
      "--name",
      name,
      "-v",
      "files:/a",
      ROOTFS,
      "sh",
      "-c",
      swap,
    ]);
    const mount = "src=files,dst=/b,volume-subpath=part";
    const seen = new Set<string>();
    for (let i = 0; i < 15; i++) {
      const { code, stdout, stderr } = await box.rkl(
        ...run("--mount", mount, ROOTFS, "ls", "/b"),
      );
      seen.add(
        code === 0
          ? stdout
          : stderr.replace(/.*there is no.*|.*ENOENT.*/, "missing"),
      );
    }
    seen.delete("missing\n");
    seen.delete("own\n");
    assert.deepEqual([...seen], []);
  },
});

Deno.test({
  name: "--volumes-from mounts what another container has mounted",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const bind = `${box.directory}/bind`;
    const words = [
      "-v",
      `${bind}:/a:ro`,
      "-v",
      "files:/b",
      "-v",
      "/own",
      "--tmpfs",
      "/t",
    ];
    await launch(box, [
      "--name",
      name,
      ...words,
      ROOTFS,
      "sh",
      "-c",
      "echo 1 > /own/f; sleep 100",
    ]);
    const own = ["container", "exec", name, "cat", "/own/f"];
    const written = async () => (await box.rkl(...own)).stdout === "1\n";
    await eventually("it has written", written);
    const from = (access: string, ...flags: string[]) =>
      ask(box, ["--volumes-from", `${name}${access}`, ...flags, ROOTFS], {
        mounts: "cut -d' ' -f2 /proc/mounts | grep -xE '/(a|b|own|t)' | sort",
        own: "cat /own/f",
        written: "for i in a b; do touch /$i/x && echo $i; done 2>/dev/null",
      });
    assert.deepEqual(await from(""), {
      mounts: "/a\n/b\n/own",
      own: "1",
      written: "b",
    });
    assert.equal((await from(":ro")).written, "");
    assert.equal((await from(":rw", "-v", "other:/b:ro")).written, "a");
    // The first's own volume is not the second's to remove.
    const listed = await box.rkl("volume", "ls", "-q");
    assert.equal(succeeded(listed).trim().split("\n").length, 3);
    failed(
      await box.rkl(...run("--volumes-from", "none", ROOTFS, "true")),
      125,
      /container "none" does not exist/,
    );
  },
});

Deno.test({
  name:
    "mounts in a file have Kubernetes' names, and errors say where they are",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/c.yaml`;
    Deno.mkdirSync(`${box.directory}/site`);
    Deno.writeTextFileSync(`${box.directory}/site/index`, "hello\n");
    const write = (mounts: string) =>
      Deno.writeTextFileSync(
        file,
        `image: ${ROOTFS}\nargs: [sh, -c, "cat /www/index; ls /data"]\nmounts:\n${mounts}`,
      );
    write(
      "- { name: files, mountPath: /data }\n" +
        "- { source: site, mountPath: /www, readOnly: true, mountPropagation: None }\n",
    );
    assert.equal(succeeded(await box.rkl(...run(file))), "hello\n");
    // A flag's mount takes the place of the file's.
    failed(
      await box.rkl(...run("--tmpfs", "/www", file)),
      0,
      /can't open '\/www\/index'/,
    );
    write(
      "- { name: files, mountPath: /data }\n- { type: tmpfs, destination: /data/ }\n",
    );
    failed(
      await box.rkl(...run(file)),
      125,
      `${file}:5:31: mounts[1].destination: /data is the destination of mounts[0] too`,
    );
  },
});

Deno.test({
  name: "inspect shows the mounts",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = [
      "--name",
      name,
      "-v",
      "files:/a:ro",
      "--tmpfs",
      "/t:size=1m",
    ];
    await launch(box, [...words, ROOTFS, "sleep", "100"]);
    const format = ["--format", "{{json .Mounts}}", name];
    const printed = await box.rkl("container", "inspect", ...format);
    assert.deepEqual(JSON.parse(succeeded(printed)), [
      {
        Type: "volume",
        Name: "files",
        Source: `${box.directory}/data/volumes/files/_data`,
        Destination: "/a",
        Driver: "local",
        Mode: "rbind,rprivate,rro",
        RW: false,
        Propagation: "",
      },
      {
        Type: "tmpfs",
        Name: "",
        Source: "",
        Destination: "/t",
        Driver: "",
        Mode: "nosuid,nodev,noexec,mode=1777,size=1m",
        RW: true,
        Propagation: "",
      },
    ]);
    const listed = ["--filter", "volume=files", "--format", "{{.Mounts}}"];
    assert.equal(
      succeeded(await box.rkl("container", "list", ...listed)),
      "files\n",
    );
  },
});
