import assert from "node:assert/strict";
import { precompiled } from "./precompiled.ts";
import { compileSeccomp } from "./compile.ts";
import { defaultSeccomp } from "./default_profile.ts";

Deno.test("precompiled() is what the default profile compiles to", () => {
  const usual = ["CAP_CHOWN", "CAP_SYS_CHROOT"];
  for (const arch of ["x86_64", "aarch64"] as const) {
    assert.deepEqual(
      precompiled(arch, usual)?.toHex(),
      compileSeccomp(defaultSeccomp(arch, usual), arch).toHex(),
      `${arch}: run \`deno task precompile\``,
    );
  }
});

Deno.test("precompiled() has nothing for unusual capabilities", () => {
  assert.equal(precompiled("x86_64", []), undefined);
  const more = ["CAP_SYS_CHROOT", "CAP_SYS_ADMIN"];
  assert.equal(precompiled("x86_64", more), undefined);
});
