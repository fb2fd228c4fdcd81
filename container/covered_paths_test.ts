import assert from "node:assert/strict";
import { coveredPaths } from "./covered_paths.ts";
import { validateSpecification } from "./specification/specification.ts";

const BASE = {
  maskedPaths: ["/proc/kcore", "/proc/keys", "/sys/firmware"],
  readonlyPaths: ["/proc/sys", "/proc/irq"],
};

function covered(securityContext: object) {
  const spec = validateSpecification({ image: "/image", securityContext });
  return coveredPaths(spec.securityContext, BASE);
}

Deno.test("coveredPaths() are the image's", () => {
  assert.deepEqual(covered({}), BASE);
});

Deno.test("coveredPaths() has nothing for a privileged container", () => {
  const none = { maskedPaths: [], readonlyPaths: [] };
  assert.deepEqual(covered({ privileged: true }), none);
  assert.deepEqual(covered({ procMount: "Unmasked" }), none);
  assert.deepEqual(covered({ unmaskedPaths: ["ALL"] }), none);
});

Deno.test("coveredPaths() masks and unmasks single paths and patterns", () => {
  assert.deepEqual(
    covered({
      maskedPaths: ["/proc/cpuinfo", "/sys/firmware"],
      unmaskedPaths: ["/proc/k*", "/proc/sys"],
    }),
    {
      maskedPaths: ["/sys/firmware", "/proc/cpuinfo"],
      readonlyPaths: ["/proc/irq"],
    },
  );
});
