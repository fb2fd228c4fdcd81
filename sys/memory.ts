/**
 * Buffers by their addresses, and addresses as buffers.
 *
 * When an address is stored inside another buffer (argv, iovec), the inner one
 * has to stay in a variable until the call returns, so that it is not
 * collected early.
 *
 * @module
 */

/** The address of a buffer's first byte; 0 when it is empty. */
export function addressOf(buffer: Uint8Array): bigint {
  if (buffer.byteLength === 0) return 0n;
  return BigInt(
    Deno.UnsafePointer.value(
      Deno.UnsafePointer.of(buffer as Uint8Array<ArrayBuffer>),
    ),
  );
}

/** The memory at an address, shared and not copied. */
export function viewMemory(address: bigint, length: number): Uint8Array {
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null) throw new RangeError("no memory at address 0");
  return new Uint8Array(
    Deno.UnsafePointerView.getArrayBuffer(pointer, length),
  );
}

/** A buffer's bytes as numbers. */
export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** A NUL-terminated copy of a string. */
export function cstr(text: string): Uint8Array {
  return new TextEncoder().encode(text + "\0");
}

/** Byte strings, one after the other, in a new one. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** 64-bit words in host order, as structures of the kernel hold them. */
export function words(...values: (number | bigint)[]): Uint8Array {
  const array = BigInt64Array.from(values, (value) => BigInt(value));
  return new Uint8Array(array.buffer);
}
