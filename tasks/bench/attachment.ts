/**
 * What it takes to connect a container to a network and to publish a port of
 * it, and to undo both.
 *
 * @module
 */
import type { ContainerId } from "../../container/id.ts";
import { tryTakePlace } from "../../container/network/network.ts";
import { raisePlace } from "../../container/network/up.ts";
import { leaveNetworks } from "../../container/network/site.ts";
import { planPorts } from "../../container/network/port_plan.ts";
import { holdPorts, toRule } from "../../container/network/ports.ts";
import { attach, detach } from "../../net/attach.ts";
import { createNetwork } from "../../net/network_making.ts";
import { inNetns, newNetns } from "../../net/netns.ts";
import { publishPorts, withdrawPorts } from "../../net/publish.ts";
import type { Store } from "../../runtime/store.ts";
import type { Fd } from "../../sys/fd.ts";
import { CniChain, missingForCni } from "./cni.ts";
import { interleave, timed, timeTable, type Trial } from "./measure.ts";
import { Shell } from "./shell.ts";

/** How often, where all is made already, and where it is used first. */
const ROUNDS = 30, FIRST_ROUNDS = 10;

const NAME = "bench", PORT = 8080;
/** The id of a container that is not there. */
const CONTAINER = "0".repeat(64) as ContainerId;

/** What one side gets: a host, a container on it, and a place for files. */
interface World {
  readonly host: Fd;
  readonly container: Fd;
  readonly directory: string;
}

/** Measures it, and returns tables. */
export async function measureAttachment(directory: string): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(newNetns()), container = stack.use(newNetns());
  const world = { host, container, directory: `${directory}/own` };
  inNetns(host, () => createNetwork(storeIn(world), { name: NAME }));
  const missing = await missingForCni();
  const cni = missing ? undefined : await cniWorld(stack, directory);
  const own = "rkl, in process", other = "CNI bridge and portmap";
  const pair = "the same two ends by ip -batch";
  const times = await interleave({
    [own]: timed(() => inNetns(host, () => cycle(world))),
    ...cni && { [other]: () => cni.cycle(), [pair]: await pairOf(cni) },
  }, ROUNDS);
  const firsts = await interleave({
    [own]: () => firstUse(stack, directory),
    ...cni && { [other]: () => firstCni(stack, directory) },
  }, FIRST_ROUNDS);
  const bars = cni ? { [own]: 0.2 } : {};
  return "A container connected to a bridge, with a published port, and " +
    "disconnected" + (missing ? `; without CNI: no ${missing} here` : "") +
    `\n\n${timeTable(times, other, bars)}\n\n` +
    "The same where the bridge and the rules are not there yet\n\n" +
    timeTable(firsts, other, bars);
}

/** What a start does for it, and the end of a container. */
function cycle(world: World): void {
  const store = storeIn(world);
  const attachments = [{ name: NAME, interface: "eth0", aliases: [] }];
  const { endpoints, out } = tryTakePlace(store, CONTAINER, attachments) ??
    raisePlace(store, CONTAINER, attachments);
  attach(world.container, endpoints);
  const hostPort = { first: PORT, last: PORT };
  const port = { containerPort: 80, hostPort, protocol: "TCP" } as const;
  const { sockets, publications } = holdPorts(store, planPorts([port], out));
  const rules = publications.map((one) => toRule(store, CONTAINER, one));
  publishPorts(out[0]!.bridge, rules);
  withdrawPorts(rules);
  for (const socket of sockets) socket[Symbol.dispose]();
  detach(endpoints[0]!.port);
  leaveNetworks(store, CONTAINER, attachments);
}

/**
 * The first container of a host, in ms. The host goes with the stack, not
 * before: the kernel would be busy with it in the next round.
 */
async function firstUse(
  stack: AsyncDisposableStack,
  parent: string,
): Promise<number> {
  const host = stack.use(newNetns()), container = stack.use(newNetns());
  const directory = await Deno.makeTempDir({ dir: parent, prefix: "own-" });
  const world = { host, container, directory };
  inNetns(host, () => createNetwork(storeIn(world), { name: NAME }));
  return await timed(() => inNetns(host, () => cycle(world)))();
}

async function firstCni(
  stack: AsyncDisposableStack,
  directory: string,
): Promise<number> {
  return await (await cniWorld(stack, directory)).cycle();
}

/** The plugins on a host of their own, which goes with the stack. */
async function cniWorld(
  stack: AsyncDisposableStack,
  parent: string,
): Promise<CniChain> {
  const host = stack.use(newNetns()), container = stack.use(newNetns());
  const directory = await Deno.makeTempDir({ dir: parent, prefix: "cni-" });
  const shell = stack.use(inNetns(host, () => new Shell(directory)));
  const netns = `/proc/${Deno.pid}/fd/${container.number}`;
  return new CniChain(shell, { netns, hostPort: PORT, directory });
}

/** What the kernel takes for the veth pair alone: the least that it can be. */
async function pairOf(
  { shell, target: { netns, directory } }: CniChain,
): Promise<Trial> {
  await shell.run("ip", "link", "add", "bench0", "up", "type", "bridge");
  const batch = `${directory}/pair`;
  Deno.writeTextFileSync(
    batch,
    "link add bench1 master bench0 up type veth peer name eth0 " +
      `netns ${netns}\nlink delete bench1\n`,
  );
  return () => shell.run("ip", "-batch", batch);
}

function storeIn({ directory }: World): Store {
  return { root: `${directory}/run`, dataRoot: `${directory}/data` };
}
