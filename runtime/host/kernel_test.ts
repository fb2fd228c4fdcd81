import assert from "node:assert/strict";
import { findKernel, wslOf } from "./kernel.ts";

const RELEASES: readonly (readonly [string, 1 | 2 | undefined])[] = [
  ["4.4.0-19041-Microsoft", 1],
  ["5.15.90.1-microsoft-standard-WSL2", 2],
  ["6.6.36.3-microsoft-standard-WSL2+", 2],
  ["6.18.0-my-kernel-WSL2", 2],
  ["6.1.0-56-amd64", undefined],
];

for (const [release, wsl] of RELEASES) {
  Deno.test(`${release} is ${wsl ? `WSL ${wsl}` : "plain Linux"}`, () => {
    assert.equal(wslOf(release), wsl);
  });
}

Deno.test("a kernel that is too old, or none, is missing", () => {
  const statusOf = (release: string) => findKernel(release).status;
  assert.equal(statusOf("5.12.0"), "ok");
  assert.equal(statusOf("6.1.0-56-amd64"), "ok");
  assert.equal(statusOf("5.11.22-generic"), "missing");
  assert.equal(statusOf("4.19.0"), "missing");
  const wsl = findKernel("4.4.0-19041-Microsoft");
  assert.equal(wsl.status, "missing");
  assert.match(wsl.remedy!, /--set-version DISTRIBUTION 2/);
});
