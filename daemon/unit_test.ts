import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { quoteUnit, unitFile } from "./unit.ts";

Deno.test("words are quoted as systemd reads them", () => {
  const quoted = {
    "/usr/bin/rkl": "/usr/bin/rkl",
    "--data-root=/a": "--data-root=/a",
    "/a b": '"/a b"',
    "": '""',
    'a"b\\c': '"a\\"b\\\\c"',
    "50%": "50%%",
    "$HOME": "$$HOME",
  };
  for (const [word, text] of Object.entries(quoted)) {
    assert.equal(quoteUnit(word), text);
  }
});

const STORE = { root: "/run/rkl", dataRoot: "/var/lib/rkl" };

Deno.test("the unit runs that program on that store, in place of another", () => {
  const store = { ...STORE, cni: { conf: "/etc/my cni" } };
  const unit = unitFile(store, ["/usr/bin/rkl"]);
  assert.match(
    unit,
    /^ExecStart=\/usr\/bin\/rkl --root \/run\/rkl --data-root \/var\/lib\/rkl --cni-conf-dir "\/etc\/my cni" daemon run --replace$/m,
  );
  assert.match(unit, /^KillMode=process$/m);
  assert.match(unit, /^RequiresMountsFor=\/var\/lib\/rkl$/m);
});

Deno.test({
  name: "systemd finds nothing wrong with the unit",
  ...needs("tool:systemd-analyze"),
  async fn() {
    const directory = Deno.makeTempDirSync({ prefix: "rkl-unit-" });
    try {
      const path = `${directory}/rkl.service`;
      const program = [Deno.execPath(), "a b", "$x"];
      Deno.writeTextFileSync(path, unitFile(STORE, program));
      const { code, stdout, stderr } = await new Deno.Command(
        "systemd-analyze",
        { args: ["verify", "--man=no", path] },
      ).output();
      const text = [stdout, stderr].map((bytes) =>
        new TextDecoder().decode(bytes)
      ).join("");
      const about = text.split("\n").filter((line) => line.includes("rkl"));
      assert.deepEqual(about, []);
      assert.equal(code, 0, text);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  },
});
