import assert from "node:assert/strict";
import { joinSecurityOptions, securityOption } from "./security_opt.ts";

Deno.test("securityOption() takes docker's words, with = and with :", () => {
  const table: [string, object][] = [
    ["no-new-privileges", { allowPrivilegeEscalation: false }],
    ["no-new-privileges:true", { allowPrivilegeEscalation: false }],
    ["no-new-privileges=false", { allowPrivilegeEscalation: true }],
    ["seccomp=unconfined", { seccompProfile: { type: "Unconfined" } }],
    ["seccomp:unconfined", { seccompProfile: { type: "Unconfined" } }],
    ["seccomp=builtin", { seccompProfile: { type: "RuntimeDefault" } }],
    ["seccomp=/p:1.json", {
      seccompProfile: { type: "Localhost", localhostProfile: "/p:1.json" },
    }],
    ["apparmor=unconfined", { appArmorProfile: { type: "Unconfined" } }],
    ["apparmor=mine", {
      appArmorProfile: { type: "Localhost", localhostProfile: "mine" },
    }],
    ["label=disable", {}],
    ["label:disable", {}],
    ["systempaths=unconfined", { procMount: "Unmasked" }],
    ["mask=/proc/a:/proc/b", { maskedPaths: ["/proc/a", "/proc/b"] }],
    ["unmask=ALL", { unmaskedPaths: ["ALL"] }],
    ["unmask=/proc/*", { unmaskedPaths: ["/proc/*"] }],
  ];
  for (const [text, fields] of table) {
    assert.deepEqual(securityOption(text), fields, text);
  }
});

Deno.test("securityOption() says what is allowed", () => {
  const table: [string, RegExp][] = [
    ["no-new-privileges=maybe", /no-new-privileges must be true or false/],
    ["seccomp=", /seccomp must be a FILE, unconfined or builtin/],
    ["label=type:a", /label must be disable: rkl sets no SELinux labels/],
    ["systempaths=all", /systempaths must be unconfined/],
    ["mask=proc", /mask must be absolute paths/],
    ["writable", /must be one of no-new-privileges, seccomp, apparmor, /],
    ["toString", /must be one of /],
  ];
  for (const [text, message] of table) {
    assert.throws(() => securityOption(text), message);
  }
});

Deno.test("joinSecurityOptions() takes the last word, and all paths", () => {
  const options = [
    "seccomp=unconfined",
    "seccomp=builtin",
    "mask=/a",
    "mask=/b",
  ];
  assert.deepEqual(joinSecurityOptions(options.map(securityOption)), {
    seccompProfile: { type: "RuntimeDefault" },
    maskedPaths: ["/a", "/b"],
    unmaskedPaths: [],
  });
});
