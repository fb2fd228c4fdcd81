import assert from "node:assert/strict";
import { openNetlink, sendNetlink } from "../../sys/netlink.ts";
import { syscall } from "../../sys/syscall.ts";
import { inNetns, newNetns } from "../netns.ts";
import { concat, nest, str, u8 } from "./attribute.ts";
import { addBridge } from "./bridge.ts";
import { LostAnswerError, NetlinkError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import {
  decodeLink,
  deleteLink,
  getLink,
  IFLA,
  linkHeader,
  listLinks,
  setLink,
} from "./link.ts";
import {
  decodeMessages,
  encodeRequest,
  type Message,
  NLM_F,
  NLMSG,
  type Request,
} from "./message.ts";
import { RTM } from "./rtm.ts";
import { NetlinkSocket, receiver } from "./socket.ts";
import { kernelTest } from "./testing.ts";

kernelTest("a socket stays in the namespace in which it was opened", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const links = socket.dump(listLinks()).map(decodeLink);
  assert.deepEqual(links.map(({ name }) => name), ["lo"]);
});

kernelTest("a batch goes on after a request that fails", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const requests = [
    addBridge({ name: "a" }),
    deleteLink("nothing"),
    getLink("a"),
    addBridge({ name: "a" }),
    addBridge({ name: "b" }),
  ];
  const outcomes = socket.tryBatch(requests);
  const codes = outcomes.map((o) => o instanceof NetlinkError ? o.code : "");
  assert.deepEqual(codes, ["", "ENODEV", "", "EEXIST", ""]);
  assert.equal(decodeLink((outcomes[2] as Message[])[0]!).name, "a");
  assert.equal(socket.dump(listLinks()).length, 3);
  assert.throws(
    () => socket.batch(requests),
    /cannot add the bridge a: EEXIST/,
  );
  assert.deepEqual(socket.batch([]), []);
});

kernelTest("the kernel's complaint about an attribute is shown", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const body = concat(linkHeader(1), u8(IFLA.MTU, 1)); // a byte for an MTU
  const request = { what: "shrink", type: RTM.SETLINK, flags: NLM_F.ACK, body };
  assert.throws(() => socket.request(request), (error) => {
    assert(error instanceof NetlinkError);
    assert.equal(error.verdict.offset, 32);
    assert.match(
      error.message,
      /^cannot shrink: .* of attribute 4 at byte 32$/,
    );
    return true;
  });
  const filter = nest(IFLA.AF_SPEC);
  const dump = { ...listLinks(), body: concat(linkHeader(0), filter) };
  assert.throws(
    () => socket.dump(dump),
    /cannot list the links: EINVAL .*the kernel says "Unsupported attribute/,
  );
});

kernelTest("thousands of requests are answered in one round trip", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const requests = Array.from({ length: 5000 }, () => setLink("lo", {}));
  assert.equal(socket.batch(requests).length, 5000);
});

kernelTest(
  "answers that find no room are lost, and the socket works on",
  () => {
    using netns = newNetns();
    // Its buffer has the size every socket begins with: a few hundred answers.
    using fd = inNetns(netns, () => openNetlink(0));
    const exchange = new Exchange({
      send: (datagram) => sendNetlink(fd, datagram),
      receive: receiver(fd),
    });
    const requests = Array.from({ length: 1500 }, () => setLink("lo", {}));
    const outcomes = exchange.send(requests);
    const lost = outcomes.filter((o) => o instanceof LostAnswerError);
    assert(lost.length > 0 && lost.length < 1500, `${lost.length} were lost`);
    assert.match(lost[0]!.message, /more came than the socket's buffer holds/);
    assert.deepEqual(exchange.send([setLink("lo", { mtu: 1234 })]), [[]]);
    const [lo] = exchange.dump(listLinks()).map(decodeLink);
    assert.equal(lo!.mtu, 1234);
  },
);

kernelTest("what a process sends is not taken for the kernel's", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => openNetlink(0));
  using liar = inNetns(netns, () => openNetlink(0));
  const address = new Uint8Array(12); // struct sockaddr_nl, port and all
  const size = new Uint8Array(Int32Array.of(12).buffer);
  syscall("getsockname", socket.number, address, size);
  const lie = new Uint8Array(16);
  syscall("sendto", liar.number, lie, lie.length, 0, address, address.length);
  sendNetlink(socket, encodeRequest(setLink("lo", {}), 1));
  const receive = receiver(socket);
  const [verdict] = decodeMessages(receive() as Uint8Array);
  assert.equal(verdict!.type, NLMSG.ERROR); // the lie was before it
  assert.equal(receive(), undefined);
});

/** A message of nf_tables, or the frame of a transaction of it. */
function nft(
  what: string,
  type: number,
  flags: number,
  ...attrs: Uint8Array[]
): Request {
  // struct nfgenmsg { u8 family; u8 version; be16 res_id; }
  const [NFPROTO_INET, NFNL_SUBSYS_NFTABLES] = [1, 10];
  const header = Uint8Array.of(NFPROTO_INET, 0, 0, NFNL_SUBSYS_NFTABLES);
  return { what, type, flags, body: concat(header, ...attrs) };
}

/** From linux/netfilter/nf_tables.h and nfnetlink.h. */
const NFT = {
  BATCH_BEGIN: 16,
  BATCH_END: 17,
  NEWTABLE: 0xa00,
  GETTABLE: 0xa01,
  NEWCHAIN: 0xa03,
} as const;

kernelTest(
  "a transaction of nf_tables is carried out whole or not at all",
  () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    const make = NLM_F.ACK | NLM_F.CREATE;
    const table = (name: string) =>
      nft(`add the table ${name}`, NFT.NEWTABLE, make, str(1, name));
    const chain = (table: string) =>
      nft("add a chain", NFT.NEWCHAIN, make, str(1, table), str(3, "c"));
    const transact = (...requests: Request[]) =>
      socket.batch([
        nft("begin", NFT.BATCH_BEGIN, 0),
        ...requests,
        nft("end", NFT.BATCH_END, 0),
      ]);
    const count = () => socket.dump(nft("list", NFT.GETTABLE, 0)).length;

    transact(table("a"), chain("a"));
    assert.equal(count(), 1);
    assert.throws(
      () => transact(table("b"), chain("missing"), chain("b")),
      /cannot add a chain: ENOENT .* attribute 1 at byte 20/,
    );
    assert.equal(count(), 1);
    // More than a send buffer begins with: it grows.
    const long = "x".repeat(240);
    transact(...Array.from({ length: 999 }, (_, i) => table(`${long}${i}`)));
    assert.equal(count(), 1000);
  },
);
