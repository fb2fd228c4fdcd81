import assert from "node:assert/strict";
import { type Capabilities, unservedCapabilities } from "./capabilities.ts";
import { type Attachment, planChain, withPrevResult } from "./chain.ts";
import { parseNetworkList } from "./network_list.ts";

const NETWORK = parseNetworkList(
  JSON.stringify({
    cniVersion: "1.0.0",
    name: "front",
    plugins: [
      { type: "bridge", isGateway: true, "cni.dev/valid-attachments": [] },
      { type: "portmap", capabilities: { portMappings: true, mac: false } },
    ],
  }),
  "front.conflist",
);

const capabilities: Capabilities = {
  portMappings: [{ hostPort: 80, containerPort: 8080, protocol: "tcp" }],
  mac: "02:00:00:00:00:01",
};

const attachment: Attachment = {
  containerId: "web",
  ifName: "eth0",
  netns: "/run/netns/web",
  args: [["IgnoreUnknown", "1"], ["K", "V"]],
  capabilities,
};

const directories = ["/a", "/b"];

Deno.test("ADD goes forward; each plugin gets what it is capable of", () => {
  const calls = planChain("ADD", NETWORK, { directories, attachment });
  assert.deepEqual(calls.map(({ plugin, conf }) => [plugin, conf]), [
    ["bridge", {
      type: "bridge",
      isGateway: true,
      cniVersion: "1.0.0",
      name: "front",
    }],
    ["portmap", {
      type: "portmap",
      cniVersion: "1.0.0",
      name: "front",
      runtimeConfig: { portMappings: capabilities.portMappings },
    }],
  ]);
  assert.deepEqual(calls[0]!.environment, {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: "web",
    CNI_NETNS: "/run/netns/web",
    CNI_IFNAME: "eth0",
    CNI_ARGS: "IgnoreUnknown=1;K=V",
    CNI_PATH: "/a:/b",
  });
  const prevResult = { cniVersion: "1.0.0" };
  const second = withPrevResult(calls[1]!, prevResult);
  assert.deepEqual(second.conf, { ...calls[1]!.conf, prevResult });
});

Deno.test("DEL goes backward, with the result of ADD from 0.4.0 on", () => {
  const prevResult = { cniVersion: "1.0.0" };
  const options = { directories, attachment, prevResult };
  const calls = planChain("DEL", NETWORK, options);
  assert.deepEqual(calls.map(({ plugin }) => plugin), ["portmap", "bridge"]);
  assert(calls.every(({ conf }) => conf.prevResult === prevResult));
  const old = { ...NETWORK, version: "0.3.1" as const };
  const [first] = planChain("DEL", old, options);
  assert(!("prevResult" in first!.conf));
});

Deno.test("GC gets what is valid, and no attachment", () => {
  const valid = [{ containerID: "web", ifname: "eth0" }];
  const [call] = planChain("GC", NETWORK, { directories, valid });
  assert.deepEqual(call!.conf["cni.dev/valid-attachments"], valid);
  assert.deepEqual(call!.environment.CNI_CONTAINERID, "");
});

Deno.test("what no plugin is capable of can be told", () => {
  assert.deepEqual(unservedCapabilities(NETWORK, capabilities), ["mac"]);
  assert.deepEqual(unservedCapabilities(NETWORK, {}), []);
});
