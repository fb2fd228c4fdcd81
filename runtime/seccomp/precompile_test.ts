import assert from "node:assert/strict";
import { compileSeccomp } from "./compile.ts";
import { defaultSeccomp } from "./default_profile.ts";
import { precompiledText } from "./precompile.ts";
import { precompiled } from "./precompiled.ts";

Deno.test("precompiled.ts is what precompile.ts writes", () => {
  const file = new URL("./precompiled.ts", import.meta.url);
  const text = Deno.readTextFileSync(file);
  assert(text === precompiledText(), "run `deno task precompile`");
});

Deno.test("precompiled() is what the default profile compiles to", () => {
  const usual = [["CAP_CHOWN", "CAP_SYS_CHROOT"], ["CAP_CHOWN"], []];
  for (const arch of ["x86_64", "aarch64"] as const) {
    for (const capabilities of usual) {
      assert.deepEqual(
        precompiled(arch, capabilities)?.toHex(),
        compileSeccomp(defaultSeccomp(arch, capabilities), arch).toHex(),
      );
    }
  }
});

Deno.test("precompiled() has nothing for unusual capabilities", () => {
  const more = ["CAP_SYS_CHROOT", "CAP_SYS_ADMIN"];
  assert.equal(precompiled("x86_64", more), undefined);
});
