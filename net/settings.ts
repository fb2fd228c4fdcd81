/**
 * Settings of the host that networks depend on.
 *
 * @module
 */
import { type Answer, type Finding, findingOf } from "../sys/finding.ts";
import { SWITCHES } from "./forwarding.ts";
import { kernelSysctls, type Sysctls } from "./sysctl.ts";

/** What bridge packets are shown to; see the kernel's networking/bridge.rst. */
const BRIDGE_FILTERS = ["iptables", "ip6tables", "arptables"] as const;

/** Findings about settings, as the calling thread's network namespace has them. */
export function findSettings(sysctls: Sysctls = kernelSysctls): Finding[] {
  return [
    findingOf({
      name: "ipv6",
      why: "is what networks with --ipv6 speak",
      remedy: "CONFIG_IPV6, and no ipv6.disable=1 when booting; networks " +
        "without --ipv6 work",
    }, ipv6Answer(sysctls)),
    findingOf({
      name: "ip-forward",
      why: "lets containers out; it is turned on with the first network",
      remedy:
        "net.ipv4.ip_forward=1, set on the host; internal networks work " +
        "without",
    }, forwardAnswer(sysctls)),
    findingOf({
      name: "br-netfilter",
      why: "shows the host's iptables what passes within a network",
      remedy: "net.bridge.bridge-nf-call-iptables=0, where the host's rules " +
        "drop what containers send each other",
    }, bridgeAnswer(sysctls)),
  ];
}

function ipv6Answer({ read }: Sysctls): Answer {
  const disabled = read("ipv6/conf/all/disable_ipv6");
  if (disabled === undefined) return { status: "missing", detail: "" };
  return disabled === "1"
    ? { status: "limited", detail: "net.ipv6.conf.all.disable_ipv6=1" }
    : { status: "ok", detail: "" };
}

function forwardAnswer({ read, canWrite }: Sysctls): Answer {
  const states = ([4, 6] as const).map((family) => ({
    family,
    on: read(SWITCHES[family]) === "1",
  }));
  const isStuck = !states[0]!.on && !canWrite(SWITCHES[4]);
  const detail = [
    ...states.map(({ family, on }) => `IPv${family} ${on ? "on" : "off"}`),
    ...(isStuck ? ["cannot be changed here"] : []),
  ].join(", ");
  return { status: isStuck ? "limited" : "ok", detail };
}

/** Where the module is not loaded, nothing of what passes a bridge is shown. */
function bridgeAnswer({ read }: Sysctls): Answer {
  const values = BRIDGE_FILTERS.map((name) =>
    [name, read(`bridge/bridge-nf-call-${name}`)] as const
  );
  if (values.every(([, value]) => value === undefined)) {
    return { status: "ok", detail: "not loaded" };
  }
  const on = values.filter(([, value]) => value === "1").map(([name]) => name);
  return {
    status: "ok",
    detail: on.length > 0 ? `on for ${on.join(" ")}` : "off",
  };
}
